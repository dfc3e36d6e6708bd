using System.Text.RegularExpressions;

namespace Nn.Tests.Unit.House;

/// <summary>
/// The storeys of projects: a file names types of its own storey and of those below. A name that is declared in several folders says nothing, and is passed
/// over.
/// </summary>
public partial class FolderOrderTests
{
    // Each project from the ground up.
    private static readonly Dictionary<string, string[][]> Storeys = new()
    {
        // A node has an op and an op has nodes: these two folders are one storey.
        ["Runtime"] =
        [
            ["."],
            ["Graph", "Ops"],
            ["Passes"],
            ["Planning"],
            ["Backends"],
            ["Files"],
            ["Data"],
            ["Training"],
            ["Training/Search"],
        ],
        // Files of other programs.
        ["Exchange"] =
        [
            ["Weights", "Onnx"],
            ["Onnx/Import/Values"],
            ["Onnx/Import/Lines"],
            ["Onnx/Import/Operators", "Onnx/Import/Script"],
            ["Onnx/Export", "Onnx/Import"],
        ],
        // Views of the rows of the language stand above what makes them.
        ["Dsl"] =
        [
            ["Syntax"],
            ["Symbols"],
            ["Lowering"],
            ["Binding"],
            ["Help"],
        ],
        // What the program can do.
        ["Networks"] =
        [
            ["."],
            ["Search"],
            ["Sampling"],
            ["Prediction"],
            ["Runs"],
            ["Inspection"],
            ["Figures"],
        ],
        // Predictions over HTTP. What a model is asked, and how, stands above the model; the rows of all addresses above both.
        ["Serving"] =
        [
            ["."],
            ["Metrics"],
            ["Models"],
            ["Http"],
            ["Protocol", "Records"],
            ["Description"],
            ["Hosting"],
        ],
        // Words and screens.
        ["Repl"] =
        [
            ["Terminal"],
            ["Lsp"],
            ["Plots"],
            ["Diagrams"],
            ["Reports"],
            ["Live"],
            ["Serve/Views"],
            ["Serve"],
            ["Options"],
            ["Session"],
            ["Completion"],
            ["Help"],
            ["Interactive"],
            ["Commands"],
            ["."],
        ],
    };

    public static TheoryData<string> Projects => [.. Storeys.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_of_a_project_has_its_storey(string project) =>
        Assert.Equal(Storeys[project].SelectMany(s => s).Order(), Files(project).Select(f => f.Folder).Distinct().Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_file_names_a_type_of_a_storey_above(string project)
    {
        (string Folder, string Path, string Code)[] files = [.. Files(project)];
        Dictionary<string, string> declared = files.SelectMany(f => Declared(f.Code).Select(t => (Type: t, f.Folder))).Distinct()
            .GroupBy(t => t.Type).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single().Folder);
        Assert.True(declared.Count >= files.Length / 2, $"only {declared.Count} types were found in {files.Length} files");
        string[] upwards =
        [
            .. files.SelectMany(f => Names().Matches(f.Code).Select(m => m.Value).Except(Members().Matches(f.Code).Select(m => m.Groups[1].Value))
                .Where(n => declared.TryGetValue(n, out string? folder) && Storey(project, folder) > Storey(project, f.Folder))
                .Select(n => $"{f.Path} names {n} of {declared[n]}")),
        ];
        Assert.Empty(upwards);
    }

    // The second picture of docs/architecture.md.
    [Theory]
    [InlineData("Networks", "Root")]
    [InlineData("Repl", "Program")]
    public void The_arrows_between_drawn_folders_point_downwards(string project, string top)
    {
        string picture = File.ReadAllText(Checkout.File("docs", "architecture.md")).Split("```mermaid")[2].Split($"subgraph {project}")[1].Split("\n  end")[0];
        string Folder(string name) => name == top ? "." : name;
        (string From, string To)[] arrows =
        [
            .. picture.Split('\n').Select(l => l.Split("-->")).Where(l => l.Length == 2)
                .SelectMany(l => from a in Drawn(l[0]) from b in Drawn(l[1]) select (Folder(a), Folder(b))),
        ];
        Assert.All(arrows, a => Assert.True(Storey(project, a.To) >= 0 && Storey(project, a.From) > Storey(project, a.To), $"{a.From} --> {a.To}"));
        Assert.Equal(
            Storeys[project].SelectMany(s => s).Where(f => !f.Contains('/')).Order(), arrows.SelectMany(a => new[] { a.From, a.To }).Distinct().Order());

        static string[] Drawn(string names) => names.Split('&', StringSplitOptions.TrimEntries);
    }

    private static int Storey(string project, string folder) => Array.FindIndex(Storeys[project], s => s.Contains(folder));

    private static IEnumerable<(string Folder, string Path, string Code)> Files(string project)
    {
        string root = Checkout.File("src", project);
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/');
            if (folder.Split('/')[0] is not ("bin" or "obj"))
                yield return (folder, $"{folder}/{Path.GetFileName(file)}", TextAndComments().Replace(File.ReadAllText(file), " "));
        }
    }

    private static IEnumerable<string> Declared(string code) => Declarations().Matches(code).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:[^""\\\n]|\\.)*""|'(?:[^'\\\n]|\\.)+'", RegexOptions.Singleline)]
    private static partial Regex TextAndComments();

    // A type within a type is its own business.
    [GeneratedRegex(
        @"^(?:(?:public|internal|file|static|abstract|sealed|readonly|ref|unsafe|partial) )+(?:class|interface|enum|struct|record struct|record|delegate [\w<>,?\[\] ]+) ([A-Z]\w+)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    // What a file calls something itself: a name after its type, or alone in a line as a value of an enum is.
    [GeneratedRegex(
        @"(?:(?<![\w.])(?!new\b|return\b|is\b|as\b|in\b|not\b|or\b|and\b|case\b|throw\b|where\b|await\b|else\b|out\b|ref\b|this\b|params\b|readonly\b|static\b|public\b|internal\b|private\b|protected\b|override\b|abstract\b|virtual\b|sealed\b|required\b|const\b)[A-Za-z_][\w.]*(?:<[^;{}()]*>)?(?:\[[,]*\])?\??\s+|^\s*)([A-Z]\w+)(?=\s*(?:[,;=({)]|=>|$))", RegexOptions.Multiline)]
    private static partial Regex Members();

    // Not what stands after a dot, which is a member, unless a namespace stands before it.
    [GeneratedRegex(
        @"(?<![\w.])[A-Z]\w+|(?<=\b(?:Nn|Graphs|Ops|Passes|Planning|Files|Data|Training|Backends|Figures|Runs|Commands|Plots|Diagrams|Serve|Session)\.)[A-Z]\w+")]
    private static partial Regex Names();
}
