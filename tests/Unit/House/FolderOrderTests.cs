using System.Text.RegularExpressions;

namespace Nn.Tests.Unit.House;

/// <summary>
/// The storeys inside Runtime: a file names types of its own storey and of those below. A name that is declared in several folders says nothing, and is passed over.
/// </summary>
public partial class FolderOrderTests
{
    // From the ground up. A node has an op and an op has nodes: these two folders are one storey.
    private static readonly string[][] Storeys =
    [
        ["."],
        ["Graph", "Ops"],
        ["Passes"],
        ["Planning"],
        ["Backends"],
        ["Files"],
        ["Planning/Gpu"],
        ["Data"],
        ["Training"],
        ["Training/Search", "Files/Onnx", "Files/Weights"],
    ];

    [Fact]
    public void Every_folder_of_the_runtime_has_its_storey() =>
        Assert.Equal(Storeys.SelectMany(s => s).Order(), Files().Select(f => f.Folder).Distinct().Order());

    [Fact]
    public void No_file_of_the_runtime_names_a_type_of_a_storey_above()
    {
        (string Folder, string Path, string Code)[] files = [.. Files()];
        Dictionary<string, string> declared = files.SelectMany(f => Declared(f.Code).Select(t => (Type: t, f.Folder))).Distinct()
            .GroupBy(t => t.Type).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single().Folder);
        Assert.True(declared.Count > 200, $"only {declared.Count} types were found");
        string[] upwards =
        [
            .. files.SelectMany(f => Names().Matches(f.Code).Select(m => m.Value).Except(Members().Matches(f.Code).Select(m => m.Groups[1].Value))
                .Where(n => declared.TryGetValue(n, out string? folder) && Storey(folder) > Storey(f.Folder)).Select(n => $"{f.Path} names {n} of {declared[n]}")),
        ];
        Assert.Empty(upwards);
    }

    private static int Storey(string folder) => Array.FindIndex(Storeys, s => s.Contains(folder));

    private static IEnumerable<(string Folder, string Path, string Code)> Files()
    {
        string root = Checkout.File("src", "Runtime");
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/');
            if (folder.Split('/')[0] is not ("bin" or "obj")) yield return (folder, $"{folder}/{Path.GetFileName(file)}", TextAndComments().Replace(File.ReadAllText(file), " "));
        }
    }

    private static IEnumerable<string> Declared(string code) => Declarations().Matches(code).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:[^""\\\n]|\\.)*""|'(?:[^'\\\n]|\\.)+'", RegexOptions.Singleline)]
    private static partial Regex TextAndComments();

    // A type within a type is its own business.
    [GeneratedRegex(@"^(?:(?:public|internal|file|static|abstract|sealed|readonly|ref|unsafe|partial) )+(?:class|interface|enum|struct|record struct|record|delegate [\w<>,?\[\] ]+) ([A-Z]\w+)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    // What a file calls something itself: a name after its type, or alone in a line as a value of an enum is.
    [GeneratedRegex(@"(?:(?<![\w.])(?!new\b|return\b|is\b|as\b|in\b|not\b|or\b|and\b|case\b|throw\b|where\b|await\b|else\b|out\b|ref\b|this\b|params\b|readonly\b|static\b|public\b|internal\b|private\b|protected\b|override\b|abstract\b|virtual\b|sealed\b|required\b|const\b)[A-Za-z_][\w.]*(?:<[^;{}()]*>)?(?:\[[,]*\])?\??\s+|^\s*)([A-Z]\w+)(?=\s*(?:[,;=({)]|=>|$))", RegexOptions.Multiline)]
    private static partial Regex Members();

    // Not what stands after a dot, which is a member, unless a namespace stands before it.
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+|(?<=\b(?:Nn|Graphs|Ops|Passes|Planning|Files|Data|Training|Backends)\.)[A-Z]\w+")]
    private static partial Regex Names();
}
