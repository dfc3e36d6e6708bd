using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Nn.Ops;

namespace Nn.Tests.Unit.House;

public class HouseTests
{
    private const int LongestFile = 500;
    private const int LongestType = 400;
    private const int LongestLine = 160;

    private static readonly string[] Names = [.. Directory.EnumerateFiles(Checkout.File("src"), "*.csproj", SearchOption.AllDirectories)
        .Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    public static TheoryData<string> Projects => [.. Names];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_point_one_way(string project)
    {
        string[] references = References(project);
        switch (project)
        {
            case "Runtime": Assert.Empty(references); break;
            case "Dsl" or "Cpu" or "Gpu": Assert.Equal(["Runtime"], references); break;
            case "OpenCL" or "Vulkan": Assert.Equal(["Runtime", "Gpu"], references); break;
            case "Exchange": Assert.Equal(["Runtime", "Dsl"], references); break;
            case "Networks": Assert.Equal(["Runtime", "Dsl", "Exchange", "Cpu", "Gpu", "OpenCL", "Vulkan"], references); break;
            case "Repl": Assert.Equal(["Networks"], references); break;
            default: Assert.Fail($"say here what {project} may refer to"); break;
        }
    }

    // The first picture of docs/architecture.md: an arrow says that one may be reached from another, along one or several references.
    [Fact]
    public void The_picture_of_the_projects_is_true()
    {
        string picture = File.ReadAllText(Checkout.File("docs", "architecture.md")).Split("```mermaid")[1].Split("```")[0];
        Dictionary<string, string[]> drawn =
            Names.ToDictionary(n => n, n => Regex.Matches(picture, $@"^\s*{n}(?:\[[^\]]*\])? --> (.*)$", RegexOptions.Multiline)
            .SelectMany(m => m.Groups[1].Value.Split('&', StringSplitOptions.TrimEntries)).ToArray());
        Dictionary<string, string[]> real = Names.ToDictionary(n => n, n => References(n));
        Assert.All(Names, n => Assert.Equal(Reached(n, real).Order(), Reached(n, drawn).Order()));

        static HashSet<string> Reached(string from, Dictionary<string, string[]> arrows) =>
            [.. arrows[from], .. arrows[from].SelectMany(to => Reached(to, arrows))];
    }

    [Theory]
    [InlineData("Google.Protobuf", "Exchange", "Runtime")]
    [InlineData("Pidgin", "Dsl")]
    [InlineData("Silk.NET.OpenCL", "OpenCL")]
    [InlineData("Silk.NET.Vulkan", "Vulkan")]
    [InlineData("Silk.NET.Core", "OpenCL", "Vulkan")]
    [InlineData("StbImageSharp", "Runtime")]
    [InlineData("Spectre.Console", "Repl")]
    [InlineData("System.CommandLine", "Repl")]
    public void Only_those_that_need_a_package_refer_to_it(string package, params string[] allowed) =>
        Assert.Equal(allowed, Names.Where(p => References(p, "PackageReference").Contains(package)));

    [Fact]
    public void Every_version_that_is_named_is_of_a_package_in_use()
    {
        string[] named =
            [.. XDocument.Load(Checkout.File("Directory.Packages.props")).Descendants("PackageVersion").Select(p => p.Attribute("Include")!.Value)];
        string[] used =
            [.. new[] { "src", "tests", "benchmarks" }.SelectMany(f => Directory.EnumerateFiles(Checkout.File(f), "*.csproj", SearchOption.AllDirectories))
            .SelectMany(f => References(XDocument.Load(f), "PackageReference"))];
        Assert.Equal(named.Order(), used.Distinct().Order());
    }

    [Fact]
    public void The_runtime_names_neither_language_nor_backends()
    {
        var outside = new Regex(@"\bNn\.(Dsl|Exchange|Networks|Repl|Backends\.(Cpu|Gpu|OpenCl|Vulkan))\b");
        Assert.All(Sources("src", "Runtime"), f => Assert.DoesNotMatch(outside, File.ReadAllText(f)));
    }

    [Fact]
    public void No_backend_names_another_or_the_language()
    {
        string[] all = ["Cpu", "Gpu", "OpenCl", "Vulkan"];
        foreach (string folder in new[] { "Cpu", "Gpu", "OpenCL", "Vulkan" })
        {
            string[] shared = folder is "OpenCL" or "Vulkan" ? ["Gpu"] : [];
            string others =
                string.Join('|', all.Except(shared).Where(n => !n.Equals(folder, StringComparison.OrdinalIgnoreCase)).Select(n => $@"Backends\.{n}"));
            Assert.All(Sources("src", "Backends", folder), f => Assert.DoesNotMatch($@"\bNn\.(Dsl|Exchange|Networks|Repl|{others})\b", File.ReadAllText(f)));
        }
    }

    // What a pass has to know of an op stands in the op's row.
    [Fact]
    public void Passes_planning_and_backends_name_no_op()
    {
        string[] tables = [.. typeof(Op).Assembly.GetTypes()
            .Where(t => t.GetFields(BindingFlags.Public | BindingFlags.Static).Any(f => f.FieldType == typeof(Op))).Select(t => t.Name)];
        Assert.Contains("ElementwiseOps", tables);
        var named = new Regex($@"\b(?:{string.Join('|', tables)})\.");
        string[] files = [.. Sources("src", "Runtime", "Passes"), .. Sources("src", "Runtime", "Planning"), .. Sources("src", "Runtime", "Backends"),
            Checkout.File("src", "Runtime", "Graph", "Simplify.cs"), Checkout.File("src", "Runtime", "Graph", "GraphVerifier.cs")];
        Assert.All(files, f => Assert.DoesNotMatch(named, File.ReadAllText(f)));
    }

    // They give reasons; what there is to type is the program's to say.
    [Fact]
    public void Backends_name_neither_commands_nor_options()
    {
        var typed = new Regex(@"""[^""\n]*(?:(?<![\w-])--[a-z]|`nn )");
        Assert.All(
            Sources("src", "Backends"),
            f => Assert.DoesNotMatch(typed, string.Join('\n', File.ReadLines(f).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))));
    }

    [Fact]
    public void No_source_file_is_too_long_to_be_read()
    {
        string[] tooLong = [.. Sources("src").Concat(Sources("tests")).Concat(Sources("benchmarks"))
            .Select(f => (Name: Path.GetRelativePath(Checkout.Root, f), Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > LongestFile).Select(f => $"{f.Name}: {f.Lines} lines")];
        Assert.Empty(tooLong);
    }

    /// <summary>Partial classes hide no large type: their parts are counted together.</summary>
    [Theory]
    [InlineData("Exchange")]
    public void A_type_can_be_read_in_one_go_and_a_line_too(string project)
    {
        string[] files = [.. Sources("src", project)];
        Assert.Empty(files.SelectMany(f => File.ReadLines(f).Select((l, i) => (Line: l, At: $"{Path.GetFileName(f)}:{i + 1}"))).Where(l => l.Line.Length > LongestLine).Select(l => l.At));
        IEnumerable<string> large = files.GroupBy(f => Path.GetFileName(f).Split('.')[0]).Where(g => g.Sum(f => File.ReadLines(f).Count()) > LongestType).Select(g => g.Key);
        Assert.Empty(large);
    }

    private static string[] References(string project, string kind = "ProjectReference") =>
        References(XDocument.Load(Directory.EnumerateFiles(Checkout.File("src"), project + ".csproj", SearchOption.AllDirectories).Single()), kind);

    private static string[] References(XDocument project, string kind)
    {
        IEnumerable<string> names = project.Descendants(kind).Select(r => r.Attribute("Include")!.Value);
        return [.. kind == "ProjectReference" ? names.Select(n => Path.GetFileNameWithoutExtension(n.Replace('\\', '/'))) : names];
    }

    private static IEnumerable<string> Sources(params string[] folder) => Directory.EnumerateFiles(Checkout.File(folder), "*.cs", SearchOption.AllDirectories)
        .Where(f => !Path.GetRelativePath(Checkout.Root, f).Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj"));
}
