using System.Text.RegularExpressions;

namespace Nn.Tests.Unit.House;

/// <summary>
/// How many lines types have, with their comments and attributes. The parts of a partial type, wherever they stand, are one type; what generators write of it
/// stands in no source file and is not counted.
/// </summary>
internal static partial class TypeSizes
{
    /// <summary>The lines of each type by its full name.</summary>
    /// <param name="sources">The texts of files, whose types stand at the left margin.</param>
    public static Dictionary<string, int> Of(IEnumerable<string> sources) =>
        sources.SelectMany(Parts).GroupBy(p => p.Type).ToDictionary(g => g.Key, g => g.Sum(p => p.Lines));

    private static IEnumerable<(string Type, int Lines)> Parts(string source)
    {
        string[] lines = source.ReplaceLineEndings("\n").Split('\n');
        string within = lines.Select(l => Namespace().Match(l)).FirstOrDefault(m => m.Success)?.Groups[1].Value ?? "";
        int first = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            Match type = Declaration().Match(lines[i]);
            if (!type.Success)
            {
                // What stands above a type is told of it: its comments and attributes.
                if (!Above().IsMatch(lines[i])) first = i + 1;
                continue;
            }

            int last = End(lines, i);
            yield return ($"{within}.{type.Groups[1].Value}", last + 1 - first);
            (i, first) = (last, last + 1);
        }
    }

    // Where its body ends at the margin, or its only line, or, without a body, the line that ends its parameters.
    private static int End(string[] lines, int at)
    {
        if (lines[at].EndsWith('}')) return at;
        while (lines[at] != "{" && !lines[at].EndsWith(';')) at++;
        if (lines[at] == "{") while (lines[at] != "}") at++;
        return at;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex Namespace();

    // With the number of its type parameters, by which types of one name differ.
    [GeneratedRegex(@"^(?:\w+ )*(?:class|struct|record|interface|enum) (?!class |struct )(\w+(?:<[^>]*>)?)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^(?://|\[)")]
    private static partial Regex Above();
}
