using System.Text;
using Nn.Files;

namespace Nn.Data;

/// <summary>
/// Sentences in columns, as the shared tasks of CoNLL have them: a word a line with its tags behind it, between blanks or tabs, and an empty line between
/// sentences. Lines that begin with
/// <c># </c> are comments; <c>-DOCSTART-</c> is no word.
/// </summary>
internal static class TagFile
{
    // A sentence of more words is a file without empty lines.
    private const int MostWords = 4096;

    private static readonly char[] s_blanks = [' ', '\t'];

    /// <summary>Reads sentences with the tags of one column.</summary>
    /// <exception cref="NnException">The file has no sentences, a line has no such column, or it is not UTF-8.</exception>
    public static RawData Read(string path, DataSpec spec)
    {
        if (InputFile.LengthOf(path) == 0) throw Bad(path, "it is empty, or a pipe or device, which are not read");
        TextEncoding.Check(path);
        var sentences = new TaggedSentences(path);
        List<string> words = [], tags = [];
        long number = 0;
        using var reader = new StreamReader(path, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            number++;
            string[] columns = line.Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length == 0) End();
            if (columns.Length == 0 || columns[0] == "-DOCSTART-" || line.StartsWith("# ", StringComparison.Ordinal)) continue;
            int tag = spec.TagColumn ?? columns.Length;
            if (columns.Length < 2 || tag > columns.Length || spec.WordColumn > columns.Length)
                throw Bad(path,
                    $"line {number:N0} has {Plural.Of(columns.Length, "column")}; "
                        + $"{(columns.Length < 2 ? "a word and its tag are wanted" : $"column {Math.Max(tag, spec.WordColumn)} is wanted")}");
            words.Add(columns[spec.WordColumn - 1]);
            tags.Add(columns[tag - 1]);
            if (words.Count > MostWords)
                throw Bad(path, $"the sentence that ends at line {number:N0} has more than {MostWords:N0} words; an empty line ends a sentence");
        }

        End();
        if (sentences.Count == 0) throw Bad(path, "it has no sentences: a word and its tag a line, an empty line between sentences");
        return sentences.Raw(spec.AtLeast, spec.Trained);

        void End()
        {
            if (words.Count > 0) sentences.Add([.. words], [.. tags]);
            words.Clear();
            tags.Clear();
        }
    }

    private static NnException Bad(string path, string why) => new(ExitCode.BadFile, $"{path} cannot be used as tagged sentences: {why}");
}
