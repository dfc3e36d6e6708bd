using System.Runtime.InteropServices;
using System.Text;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

public sealed class TextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Windows_follow_each_other_and_the_target_is_the_next_character()
    {
        // a b c, numbered in the order of their code points; the last 'b' is a target only.
        LoadedData data = Load("abcabcb", 3);
        Assert.Equal(2, data.Training.Samples);
        Assert.Equal([0, 1, 2, 0, 1, 2], Numbers(data.Training.Input));
        Assert.Equal([1, 2, 0, 1, 2, 1], Numbers(data.Training.Target));
        OneField.Check(data.Schema, new Shape(3), DType.I32, new Shape(3), DType.I32, 3, 3);
        Assert.Equal(["a", "b", "c"], data.ClassNames);
    }

    [Theory]
    [InlineData(7, 3, 2)]
    [InlineData(6, 3, 1)]
    [InlineData(10, 3, 3)]
    [InlineData(4, 3, 1)]
    [InlineData(2, 1, 1)]
    public void There_are_as_many_windows_as_have_a_character_after_them(int length, int context, int windows) =>
        Assert.Equal(windows, Load(string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 5))), context).Training.Samples);

    [Fact]
    public void A_character_is_a_code_point()
    {
        LoadedData data = Load("é😀é😀\r\n", 5);
        Assert.Equal(["\\n", "\\r", "é", "😀"], data.ClassNames);
        Assert.Equal([2, 3, 2, 3, 1], Numbers(data.Training.Input));
        Assert.Equal("😀", data.Vocabulary!.Symbol(3));
    }

    [Fact]
    public void Characters_without_a_picture_are_shown_as_what_they_are() =>
    Assert.Equal(["\\u0000", "\\t", "␣", "\\\\", "b", "\\u00a0"], Load("\0\t \\b\u00a0b", 3).ClassNames);

    [Fact]
    public void A_byte_order_mark_is_no_character() => Assert.Equal(["a", "b"], Load("\ufeffabab", 2).ClassNames);

    [Fact]
    public void A_split_without_shuffling_keeps_the_order()
    {
        var spec = new DataSpec { Name = "d", Source = DataSource.Text, Path = "t.txt", Context = 1, Split = [0.5, 0.5], Shuffle = false };
        _folder.Write("t.txt", "abcde");
        LoadedData data = DataLoader.Load(spec, [_folder.Path]);
        Assert.Equal([0, 1], Numbers(data.Training.Input));
        Assert.Equal([2, 3], Numbers(data.Validation.Input));
    }

    [Fact]
    public void A_given_vocabulary_numbers_the_text()
    {
        Vocabulary vocabulary = Vocabulary.Parse(" abxy");
        LoadedData data = Load("ybab ", 4, vocabulary);
        Assert.Equal([4, 2, 1, 2], Numbers(data.Training.Input));
        Assert.Equal(5, data.Target.Symbols);
    }

    [Fact]
    public void Characters_that_a_given_vocabulary_lacks_are_named() =>
        Assert.Contains("the model knows 2 characters, the text has others: \\n, é", Refused(Encoding.UTF8.GetBytes("abé\nab"), 2, Vocabulary.Parse("ab")));

    [Theory]
    [InlineData("", 3, "it is empty")]
    [InlineData("abc", 3, "it has 3 characters, too few for a window of 3")]
    [InlineData("a", 1, "too few")]
    [InlineData("aaaaaa", 3, "no other character than a")]
    [InlineData("abc", int.MaxValue, "too few")]
    public void What_cannot_be_learned_from_is_refused(string text, int context, string message) =>
    Assert.Contains(message, Refused(Encoding.UTF8.GetBytes(text), context));

    [Theory]
    [InlineData(new byte[] { 97, 98, 0xff, 99 }, "the byte 0xff at 2 is no UTF-8")]
    [InlineData(new byte[] { 97, 98, 99, 0xc3 }, "the byte 0xc3 at 3")]
    [InlineData(new byte[] { 97, 0xed, 0xa0, 0x80, 98 }, "the byte 0xed at 1")]
    [InlineData(new byte[] { 97, 0xc0, 0x80, 98 }, "the byte 0xc0 at 1")]
    [InlineData(new byte[] { 0xff, 0xfe, 97, 0, 98, 0 }, "the byte 0xff at 0")]
    public void What_is_no_UTF_8_is_refused_with_its_place(byte[] bytes, string message) => Assert.Contains(message, Refused(bytes, 1));

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            // Some of them close to text.
            if (i % 2 == 0) bytes = Array.ConvertAll(bytes, b => (byte)(b % 3 == 0 ? b : b & 0x7f));
            _folder.Write("t.txt", bytes);
            try
            {
                LoadedData data = DataLoader.Load(Spec(3, null), [_folder.Path]);
                Assert.Equal(data.Training.Samples * 3, Numbers(data.Training.Target).Length);
            }
            catch (NnException e)
            {
                Assert.Equal(ExitCode.BadFile, e.Code);
            }
        }
    }

    [Fact]
    public void A_missing_file_is_told() =>
        Assert.Contains("there is no file 't.txt'", Assert.Throws<NnException>(() => DataLoader.Load(Spec(3, null), [_folder.Path])).Message);

    [Theory]
    [InlineData("\n !ab")]
    [InlineData("é😀")]
    [InlineData("\0a")]
    public void A_vocabulary_is_read_from_its_text(string text)
    {
        Vocabulary vocabulary = Vocabulary.Parse(text);
        Assert.Equal(text, vocabulary.Text);
        Assert.Equal(text, string.Concat(Enumerable.Range(0, vocabulary.Size).Select(vocabulary.Symbol)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ba")]
    [InlineData("aa")]
    [InlineData("a\ud83d")]
    [InlineData("a\ude00")]
    public void A_damaged_vocabulary_is_refused(string text) => Assert.Throws<FormatException>(() => Vocabulary.Parse(text));

    private static DataSpec Spec(int context, Vocabulary? vocabulary) =>
        new() { Name = "d", Source = DataSource.Text, Path = "t.txt", Context = context, Vocabulary = vocabulary };

    private LoadedData Load(string text, int context, Vocabulary? vocabulary = null)
    {
        _folder.Write("t.txt", text);
        return DataLoader.Load(Spec(context, vocabulary), [_folder.Path]);
    }

    private string Refused(byte[] bytes, int context, Vocabulary? vocabulary = null)
    {
        _folder.Write("t.txt", bytes);
        var e = Assert.Throws<NnException>(() => DataLoader.Load(Spec(context, vocabulary), [_folder.Path]));
        Assert.Equal(ExitCode.BadFile, e.Code);
        return e.Message;
    }

    private static int[] Numbers(byte[] bytes) => MemoryMarshal.Cast<byte, int>(bytes).ToArray();
}
