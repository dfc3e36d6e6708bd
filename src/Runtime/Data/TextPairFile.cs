using System.Text;
using Nn.Files;

namespace Nn.Data;

/// <summary>A file of pairs of texts: two a line, with a tab between them; what stands behind a second tab is not read. Empty lines do not count.</summary>
internal static class TextPairFile
{
    // A line of more characters is no sentence, but a file of another kind.
    private const int MostCharacters = 4096;

    /// <summary>Reads the pairs.</summary>
    /// <exception cref="NnException">The file has no pairs, a line has one text only or a very long one, or it is not UTF-8.</exception>
    public static RawData Read(string path, DataSpec spec)
    {
        if (InputFile.LengthOf(path) == 0) throw Bad(path, "it is empty, or a pipe or device, which are not read");
        TextEncoding.Check(path);
        var pairs = new TextPairs(spec, path);
        long number = 0;
        using var reader = new StreamReader(path, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            string[] texts = line.Split('\t');
            if (texts.Length < 2) throw Bad(path, $"line {number:N0} has no tab; write two texts a line with a tab between them");
            if (texts.Take(2).FirstOrDefault(t => t.Length > MostCharacters) is { } large)
                throw Bad(path, $"a text of line {number:N0} has {large.Length:N0} characters; at most {MostCharacters:N0} are taken");
            if (!pairs.Add(texts[0], texts[1])) throw Bad(path, $"line {number:N0} has a text without a character");
        }

        return pairs.Count > 0 ? pairs.Raw() : throw Bad(path, "it has no pairs: two texts a line with a tab between them");
    }

    private static NnException Bad(string path, string why) => new(ExitCode.BadFile, $"{path} cannot be used as pairs of texts: {why}");
}
