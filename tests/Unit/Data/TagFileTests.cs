using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Tests.Unit.Data;

/// <summary>Tagged sentences in columns.</summary>
public class TagFileTests
{
    private const string Two = "-DOCSTART- -X- O\n\n# a comment\nAnna NNP B-PER\nsings VBZ O\n\n\nsings\tVBZ\tO\nnobody NN O\nsings VB O\n";

    [Fact]
    public void Sentences_end_at_empty_lines_and_words_are_numbered_by_how_often_they_occur()
    {
        LoadedData data = Load(Two, s => s);
        Assert.Equal(["<unknown>", "sings", "Anna", "nobody"], data.Input.Names);
        Assert.Equal(["B-PER", "O"], data.Target.Names);
        Assert.Equal([2, 1, -1, 1, 3, 1], Symbols(data.Training.Input));
        Assert.Equal([0, 1, -1, 1, 1, 1], Symbols(data.Training.Target));
        Assert.Equal([2, 3], data.Input.Lengths(data.Training.Input));
        Assert.Equal("length", data.Input.Length);
        Assert.Equal("length", data.Target.Length);
    }

    [Fact]
    public void A_column_is_named_and_rare_words_are_unknown()
    {
        LoadedData data = Load(Two, s => s with { TagColumn = 2, AtLeast = 2 });
        Assert.Equal(["<unknown>", "sings"], data.Input.Names);
        Assert.Equal(["NN", "NNP", "VB", "VBZ"], data.Target.Names);
        Assert.Equal([0, 1, -1, 1, 0, 1], Symbols(data.Training.Input));
        LoadedData swapped = Load(Two, s => s with { WordColumn = 3, TagColumn = 1 });
        Assert.Equal(["<unknown>", "O", "B-PER"], swapped.Input.Names);
    }

    [Fact]
    public void A_second_file_has_the_numbers_of_the_model()
    {
        Schema trained = Load(Two, s => s).Schema;
        LoadedData other = Load("nobody X O\nwhistles X O\n\nsings X B-PER\n", s => s with { Trained = trained });
        Assert.Equal(trained.Input.Names, other.Input.Names);
        Assert.Equal([3, 0, 1, -1], Symbols(other.Training.Input));
        Assert.Equal([1, 1, 0, -1], Symbols(other.Training.Target));
        Assert.Contains("'I-PER'", Assert.Throws<NnException>(() => Load("Anna X I-PER\n", s => s with { Trained = trained })).Message);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("\n\n", "it has no sentences")]
    [InlineData("Anna B-PER\nsings\n", "line 2 has 1 column; a word and its tag are wanted")]
    [InlineData("Anna B-PER\n", "line 1 has 2 columns; column 5 is wanted", 5)]
    public void What_is_no_tagged_sentence_is_told(string text, string why, int? column = null) =>
        Assert.Contains(why, Assert.Throws<NnException>(() => Load(text, s => s with { TagColumn = column })).Message);

    private static int[] Symbols(byte[] stored) => MemoryMarshal.Cast<byte, int>(stored).ToArray();

    private static LoadedData Load(string text, Func<DataSpec, DataSpec> change)
    {
        using var folder = new TemporaryFolder();
        folder.Write("s.conll", text);
        return DataLoader.Load(change(new DataSpec { Name = "s", Source = DataSource.Tags, Path = "s.conll" }), [folder.Path]);
    }
}
