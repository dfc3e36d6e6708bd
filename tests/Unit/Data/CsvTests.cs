using System.Runtime.InteropServices;
using System.Text;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Quotes_hold_separators_line_ends_and_doubled_quotes()
    {
        LoadedData data = Load("\"a,b\",\"say \"\"x\"\"\",y\n1,2,\"no\"\n3,4,\"two\nlines\"\n5,6,\"a \"\"b\"\"\"\n");
        Assert.Equal(["a,b", "say \"x\""], data.FeatureNames);
        Assert.Equal([1, 2, 3, 4, 5, 6], Inputs(data));
        Assert.Equal(["a \"b\"", "no", "two\nlines"], data.ClassNames);
    }

    [Theory]
    [InlineData("a,y\r\n1,2\r\n3,4\r\n")]
    [InlineData("a;y\n1;2\n3;4\n")]
    [InlineData("a\ty\n1\t2\n3\t4")]
    [InlineData("\ufeffa,y\n 1 , 2 \n\n3,4\n\n")]
    public void Line_ends_separators_spaces_and_empty_lines_are_taken_as_they_come(string text)
    {
        LoadedData data = Load(text);
        Assert.Equal(["a"], data.FeatureNames);
        Assert.Equal([1, 3], Inputs(data));
        Assert.Equal([2, 4], Floats(data.Training.Target));
    }

    [Fact]
    public void Numbers_are_read_in_every_common_form() =>
        Assert.Equal([1, -2.5f, 1e-3f, 0.5f, 3], Inputs(Load("a,y\n1,0\n-2.5,0\n1e-3,0\n.5,0\n+3,0\n")));

    [Fact]
    public void Words_become_one_hot_in_alphabetical_order()
    {
        LoadedData data = Load("colour,size,y\nred,1,0\nblue,2,1\nred,3,0\n");
        Assert.Equal(["colour=blue", "colour=red", "size"], data.FeatureNames);
        Assert.Equal([0, 1, 1, 1, 0, 2, 0, 1, 3], Inputs(data));
    }

    [Fact]
    public void A_target_of_words_becomes_classes_in_alphabetical_order()
    {
        LoadedData data = Load("a,y\n1,pear\n2,apple\n3,pear\n");
        Assert.Equal(["apple", "pear"], data.ClassNames);
        Assert.Equal(2, data.Target.Symbols);
        Assert.Equal(DType.I32, data.Target.Type);
        Assert.Equal([1, 0, 1], MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray());
    }

    [Fact]
    public void Gaps_are_filled_with_the_mean_of_the_training_part_and_counted()
    {
        // Unshuffled halves: training a = 1, gap, 3; validation gap, 100, 200.
        LoadedData data = Load("a,y\n1,0\n,0\n3,0\nNA,0\n100,0\n200,0\n", spec => spec with { Split = [0.5, 0.5], Shuffle = false });
        Assert.Equal([1, 2, 3], Inputs(data));
        Assert.Equal([2, 100, 200], Floats(data.Validation.Input));
        Assert.Contains(data.Notes, n => n.Contains("2 gaps filled with the mean"));
    }

    [Fact]
    public void A_gap_among_words_is_all_zeros() =>
        Assert.Equal([0, 1, 1, 0, 0, 0], Inputs(Load("c,y\nred,0\nblue,0\n?,0\n")));

    [Fact]
    public void Rows_without_a_target_are_left_out_and_counted()
    {
        LoadedData data = Load("a,y\n1,5\n2,\n3,7\n");
        Assert.Equal([1, 3], Inputs(data));
        Assert.Contains(data.Notes, n => n.StartsWith("1 row without"));
    }

    [Fact]
    public void Inputs_and_types_choose_columns()
    {
        LoadedData data = Load("a,b,c,y\n1,2,3,0\n4,5,6,0\n",
            spec => spec with { Inputs = ["c", "a"], Types = new Dictionary<string, ColumnType> { ["a"] = ColumnType.Word } });
        Assert.Equal(["c", "a=1", "a=4"], data.FeatureNames);
        Assert.Equal([3, 1, 0, 6, 0, 1], Inputs(data));
    }

    [Theory]
    [InlineData("", "is empty; its first line must name the columns")]
    [InlineData("a,y\n", "has a header but no rows")]
    [InlineData("a,b\n1,2\n", "has no column 'y'; it has a, b")]
    [InlineData("a,Y\n1,2\n", "did you mean 'Y'?")]
    [InlineData("a,a,y\n1,2,3\n", "has 2 columns named 'a'")]
    [InlineData("a,b,y\n1,2,3\n1,2\n", "row 2: 2 fields, but 3 columns")]
    [InlineData("a,y\n1,2\n3,4,5\n", "row 2: 3 fields, but 2 columns")]
    [InlineData("a,y\n1,\n2,NA\n", "has no row with a value of 'y'")]
    [InlineData("y\n1\n", "has no column to learn from")]
    [InlineData("a,y\n1,2\ntwo,3\n3,4\n", "row 2: 'two' in column 'a' is no number, as 2 of 3 are; correct it, leave it empty, or write: types a: word")]
    [InlineData("a,y\n1,2\n3,1e300\n3,4\n", "row 2: '1e300' in column 'y' is too large for a 32-bit number")]
    [InlineData("a;y\n1,5;2\n2,5;3\n", "row 1: '1,5' in column 'a' has a decimal comma; write a point")]
    [InlineData("a,y\n1,\"2\n3,4\n", "closed")]
    public void What_is_no_table_is_refused_with_its_place(string text, string message)
    {
        NnException e = Assert.Throws<NnException>(() => Load(text));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("table.csv", e.Message);
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void A_word_in_a_column_declared_a_number_is_refused()
    {
        NnException e = Assert.Throws<NnException>(
            () => Load("a,y\none,2\ntwo,3\n", spec => spec with { Types = new Dictionary<string, ColumnType> { ["a"] = ColumnType.Number } }));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("row 1: 'one' in column 'a' is no number", e.Message);
    }

    [Fact]
    public void A_column_named_in_inputs_or_types_must_be_there()
    {
        Assert.Contains("no column 'b'", Assert.Throws<NnException>(() => Load("a,y\n1,2\n", spec => spec with { Inputs = ["b"] })).Message);
        Assert.Contains("no column 'b'",
            Assert.Throws<NnException>(
                () => Load("a,y\n1,2\n", spec => spec with { Types = new Dictionary<string, ColumnType> { ["b"] = ColumnType.Word } })).Message);
        Assert.Contains("'y' is the target and an input", Assert.Throws<NnException>(() => Load("a,y\n1,2\n", spec => spec with { Inputs = ["y"] })).Message);
    }

    [Fact]
    public void Fields_have_a_largest_size()
    {
        int limit = 128 * 1024;
        Assert.Equal(2, Load($"a,y\nx,1\n{new string('x', limit)},2\n").Training.Samples);
        NnException e = Assert.Throws<NnException>(() => Load($"a,y\nx,1\n{new string('x', limit + 1)},2\n"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("row 2: a field of 131,073 characters in column 'a'", e.Message);
    }

    [Fact]
    public void A_quote_that_never_closes_takes_bounded_memory()
    {
        string path = _folder.Write("table.csv", "a,y\n1,\"" + new string('x', 10_000_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Read(path)).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 30_000_000);
    }

    [Fact]
    public void Bytes_that_are_no_text_end_in_a_message()
    {
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(2000)];
            random.NextBytes(bytes);
            NnException e = Assert.Throws<NnException>(() => Read(_folder.Write("table.csv", bytes)));
            Assert.Equal(ExitCode.BadFile, e.Code);
        }
    }

    [Fact]
    public void Mutated_tables_are_read_or_refused_but_never_crash()
    {
        byte[] table = Encoding.UTF8.GetBytes("a,\"b,c\",d,y\n1,red,2.5,0\n-4,\"blue \"\"x\"\"\",,1\n7,red,1e3,0\n");
        var random = new Random(2);
        for (int i = 0; i < 500; i++)
        {
            byte[] mutated = [.. table];
            for (int k = random.Next(1, 4); k > 0; k--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            try
            {
                Read(_folder.Write("table.csv", mutated));
            }
            catch (NnException e)
            {
                Assert.Equal(ExitCode.BadFile, e.Code);
            }
        }
    }

    [Fact]
    public void A_missing_file_says_where_it_was_looked_for()
    {
        NnException e = Assert.Throws<NnException>(() => Read("nowhere.csv"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("there is no file 'nowhere.csv'", e.Message);
        Assert.Contains(_folder.Path, e.Message);
        Assert.Contains("NN_DATA", e.Message);
    }

    // Not normalised, so that values can be compared as written.
    private LoadedData Load(string text, Func<DataSpec, DataSpec>? change = null) => Read(_folder.Write("table.csv", text), change);

    private LoadedData Read(string path, Func<DataSpec, DataSpec>? change = null)
    {
        var spec = new DataSpec { Name = "d", Source = DataSource.Csv, Path = path, Target = "y", Normalize = Normalization.None };
        return DataLoader.Load(change?.Invoke(spec) ?? spec, [_folder.Path]);
    }

    private static float[] Inputs(LoadedData data) => Floats(data.Training.Input);

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
