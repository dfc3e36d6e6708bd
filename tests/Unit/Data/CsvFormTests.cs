using System.Text;
using Nn.Data;
using Nn.Dsl;

namespace Nn.Tests.Unit.Data;

/// <summary>
/// Tables as they are found: other encodings, packed files, numbers as people write them, lines that are no names. Each is read right, or refused with what to
/// do.
/// </summary>
public sealed class CsvFormTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Both words would become gr??e if bytes that are no UTF-8 were read as the same sign.
    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_place()
    {
        byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);
        string rows = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i},gr\u00fc\u00dfe\n"));
        foreach ((byte[] bytes, string message) in new[]
        {
            (Latin("x,y\n0,gr\u00f6\u00dfe\n1,gr\u00fc\u00dfe\n"), "line 2, byte 5 of it: 0xf6 is no UTF-8; the file is likely in Latin-1"),
            ([.. Encoding.UTF8.GetBytes("x,y\n" + rows), .. Latin("7,\u00e9t\u00e9\n")], "line 20,002"),
            ([.. "x,y\n1,a"u8, 0xE2, 0x82], "line 2, byte 8 of the file: 0xe2 is no UTF-8"),
            (Encoding.Unicode.GetBytes("x,y\n1,2\n"), "0x00 is no part of a text; it may be UTF-16 without a mark"),
            ([0x1F, 0x8B, 8, 0, 1, 2, 3], "packed with gzip; unpack it first"),
            ([.. "PK"u8, 3, 4, 20, 0], "a zip archive, such as a workbook"),
        })
        {
            NnException e = Assert.Throws<NnException>(() => Load(bytes));
            Assert.Equal(ExitCode.BadFile, e.Code);
            Assert.Contains(message, e.Message);
        }
    }

    [Fact]
    public void Every_encoding_with_a_mark_and_every_place_of_a_block_is_read()
    {
        foreach (Encoding encoding in new[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF8Encoding(false) })
            Assert.Equal(["gr\u00f6\u00dfe", "gr\u00fc\u00dfe"],
                Load([.. encoding.GetPreamble(), .. encoding.GetBytes("x,y\n0,gr\u00f6\u00dfe\n1,gr\u00fc\u00dfe\n")]).ClassNames);
        // Characters of two to four bytes across the ends of blocks.
        for (int shift = 0; shift < 4; shift++)
        {
            string text = $"x,y\n{new string('0', shift)}1,a\n"
                + string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{i},{(i % 2 == 0 ? "\u00e9\u20ac\U0001F600" : "b")}\n"));
            Assert.Equal(["a", "b", "\u00e9\u20ac\U0001F600"], Load(Encoding.UTF8.GetBytes(text)).ClassNames);
        }
    }

    [Theory]
    [InlineData("\"1,000\",\"2,500\",\"3,750\"", "'1,000' in column 'x' has a comma that may stand between thousands or before decimals; write 1000 or 1.000")]
    [InlineData("\"1,000\",\"2,500,000\",3", "has commas between thousands; write 1000")]
    [InlineData("\"1,000\",\"2,5\",3", "has a decimal comma; write a point")]
    [InlineData("\"0,000\",\"1,500\",\"3,000\"", "has a decimal comma; write a point")]
    [InlineData("5%,6%,7.5%", "'5%' in column 'x' has a percent sign; write 5, or a hundredth of it, or write: types x: word")]
    [InlineData("$5,$6.50,$7", "has a currency; write 5")]
    [InlineData("5 EUR,6 EUR,7 EUR", "has a currency; write 5")]
    [InlineData("(200),1,2", "'(200)' in column 'x' is in brackets; write -200")]
    [InlineData("\u2212200,1,2", "'\u2212200' in column 'x' has a minus sign of printed text; write -200")]
    [InlineData("\u22121.5,\u22122.5,\u20133", "has a minus sign of printed text; write -1.5")]
    [InlineData("1'000,2'000,3'000", "has marks between thousands; write 1000")]
    [InlineData("1 000,2 000,3 000", "has marks between thousands; write 1000")]
    public void Numbers_as_people_write_them_are_told_apart(string cells, string message)
    {
        string[] each = cells.Contains('"') ? [.. cells.Split("\",").Select(c => c.StartsWith('"') ? c.TrimEnd('"') + '"' : c)] : cells.Split(',');
        string rows = string.Concat(each.Select((c, i) => $"{c},{i}\n"));
        Assert.Contains(message, Assert.Throws<NnException>(() => Load(Encoding.UTF8.GetBytes("x,y\n" + rows))).Message);
    }

    [Fact]
    public void Words_with_digits_stay_words()
    {
        foreach (string[] words in new[] { ["2020-01-01", "2020-01-02"], ["12:30", "12:45"], ["A1", "B2"], ["1-2", "3-4"], ["v1.2.3", "v1.2.4"],
            new[] { "no", "yes" } })
            Assert.Equal(2, Load(Encoding.UTF8.GetBytes($"x,y\n{words[0]},1\n{words[1]},2\n")).FeatureNames.Count);
        // And a script may say so of any.
        Assert.Equal(["x=5%", "x=6%"],
            Load("x,y\n5%,1\n6%,2\n"u8.ToArray(), s => s with { Types = new Dictionary<string, ColumnType> { ["x"] = ColumnType.Word } }).FeatureNames);
    }

    [Theory]
    [InlineData("# exported\n# twice\na,b,y\n1,2,3\n", "Line 1 is taken for the names of the columns: take out the lines of comments")]
    [InlineData("5.0,3.0,rose\n5.1,3.1,lily\n", "has no column 'y'; it has 5.0, 3.0, rose. Line 1 looks like data, but must name the columns")]
    [InlineData("5.0,5.0,y\n5.1,3.1,2\n", "has 2 columns named '5.0'; give each a name of its own. Line 1 looks like data")]
    public void A_first_line_that_is_none_of_names_is_told(string text, string message) =>
        Assert.Contains(message, Assert.Throws<NnException>(() => Load(Encoding.UTF8.GetBytes(text))).Message);

    [Fact]
    public void Numbers_that_become_one_are_told()
    {
        string Rows(Func<int, string> x) => "x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{x(i)},{i}\n"));
        string warning = Assert.Single(Load(Encoding.UTF8.GetBytes(Rows(i => $"900719925474099{i:00}"))).Warnings);
        Assert.Contains("40 different numbers of column 'x' are one with the 7 digits that are kept", warning);
        Assert.Contains("only", Assert.Single(Load(Encoding.UTF8.GetBytes(Rows(i => $"{1_700_000_000 + 60 * i}"))).Warnings));
        Assert.Empty(Load(Encoding.UTF8.GetBytes(Rows(i => $"{i}.000000001"))).Warnings);
        Assert.Empty(Load(Encoding.UTF8.GetBytes(Rows(i => $"{1_700_000_000L + 86_400 * i}"))).Warnings);
        Assert.Empty(Load(Encoding.UTF8.GetBytes(Rows(i => (i / 7.0).ToString("R", System.Globalization.CultureInfo.InvariantCulture)))).Warnings);
    }

    // Dates, numbers with a unit, names: as inputs of their own they are of one row each.
    [Theory]
    [InlineData("2024-01-{0:00}")]
    [InlineData("{0} kg")]
    [InlineData("0x{0:x}")]
    [InlineData("Doe, {0}")]
    public void A_word_for_each_row_is_warned_of(string form)
    {
        IReadOnlyList<string> Of(int rows, int words, ColumnType? type = null) => Load(
            Encoding.UTF8.GetBytes("x,y\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"\"{string.Format(form, i % words + 1)}\",{i}\n"))),
            s => type is { } t ? s with { Types = new Dictionary<string, ColumnType> { ["x"] = t } } : s).Warnings;
        Assert.Contains("column 'x' has 30 different words in 30 rows, each an input of its own", Assert.Single(Of(30, 30)));
        Assert.Single(Of(30, 28));
        Assert.Empty(Of(30, 20));
        Assert.Empty(Of(9, 9));
        // Who says that they are words knows it.
        Assert.Empty(Of(30, 30, ColumnType.Word));
    }

    [Fact]
    public void One_class_only_is_told()
    {
        Assert.Contains("one class only to train on, 'ok'", Assert.Single(Load("x,y\n1,ok\n2,ok\n"u8.ToArray()).Warnings));
        Assert.Empty(Load("x,y\n1,ok\n2,no\n"u8.ToArray()).Warnings);
    }

    // `dense classes, softmax` is what the script has already: the data are to blame, not the model.
    [Fact]
    public void A_softmax_over_one_class_is_put_down_to_the_data()
    {
        var e = Assert.Throws<ScriptException>(() => new Training.Script(
            """
            model m { dense classes, softmax }
            data d { csv "data.csv"; target y; split 80/20 }
            train { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 1; batch 2 }
            """,
            "x,y\n1,ok\n2,ok\n3,ok\n4,ok\n5,ok\n"));
        Assert.Contains("the data have one class only", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("dense classes, softmax\n", e.Message[e.Message.IndexOf("help", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    private LoadedData Load(byte[] bytes, Func<DataSpec, DataSpec>? change = null)
    {
        _folder.Write("table.csv", bytes);
        DataSpec spec = new() { Name = "d", Source = DataSource.Csv, Path = "table.csv", Target = "y" };
        return DataLoader.Load(change is null ? spec : change(spec), [_folder.Path]);
    }
}
