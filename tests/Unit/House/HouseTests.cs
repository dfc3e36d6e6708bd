using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Nn.Ops;

namespace Nn.Tests.Unit.House;

public partial class HouseTests
{
    private const int LongestFile = 500;

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
            case "Serving": Assert.Equal(["Networks"], references); break;
            case "Repl": Assert.Equal(["Networks", "Serving"], references); break;
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
            [.. new[] { "src", "tests", "benchmarks" }.Select(f => Checkout.File(f))
            .SelectMany(f => Directory.EnumerateFiles(f, "*.csproj", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(f, "Directory.Build.props")))
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

    // Libraries give reasons, and name a Remedy; what there is to type for it is the program's to say.
    [Theory]
    [MemberData(nameof(Libraries))]
    public void Libraries_name_neither_commands_nor_options(string project)
    {
        string folder = Path.GetDirectoryName(Directory.EnumerateFiles(Checkout.File("src"), project + ".csproj", SearchOption.AllDirectories).Single())!;
        string[] typed = [.. Sources(Path.GetRelativePath(Checkout.Root, folder))
            .SelectMany(f => TypedWords(File.ReadAllText(f)).Select(w => $"{Path.GetFileName(f)}: {w}"))];
        Assert.Empty(typed);
    }

    [Theory]
    [InlineData("throw new X($\"it has seed {s}; go on with --seed {s}\");", true)]
    [InlineData("Cannot(\"nothing was trained yet; :train first\")", true)]
    [InlineData("Cannot(\":data describes them\")", true)]
    [InlineData("$\"`nn data fetch {name}` downloads it\"", true)]
    [InlineData("\"nn eval lists the pairs\"", true)]
    [InlineData("// what --seed gives, and `nn train`\nstring s = \"a: b\";", false)]
    [InlineData("/// <summary>Of <c>:plot</c> \"--device\".</summary>", false)]
    [InlineData("$\"{x:F4} of {y.Count} -- all\"", false)]
    public void What_is_typed_is_found_in_texts_alone(string code, bool found) => Assert.Equal(found, TypedWords(code).Any());

    public static TheoryData<string> Libraries => [.. Names.Where(n => n != "Repl")];

    private static IEnumerable<string> TypedWords(string code) =>
        Texts().Matches(code).Where(m => m.Value[0] != '/').Select(m => m.Value).Where(t => Typed().IsMatch(t));

    // A comment, which may hold quotation marks, or a text.
    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex Texts();

    [GeneratedRegex(
        @"(?<![\w-])--[a-z]|(?<=[""`( ]):[a-z]+\b|`nn |\bnn (?:train|eval|predict|generate|sample|data|search|runs|report|explain|check|help|devices|doctor|export|import)\b")]
    private static partial Regex Typed();

    [Fact]
    public void No_source_file_is_too_long_to_be_read()
    {
        string[] tooLong = [.. Sources("src").Concat(Sources("tests")).Concat(Sources("benchmarks"))
            .Select(f => (Name: Path.GetRelativePath(Checkout.Root, f), Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > LongestFile).Select(f => $"{f.Name}: {f.Lines} lines")];
        Assert.Empty(tooLong);
    }

    // The analyzer holds list and code together, where there is a list and nobody makes its rules warnings.
    [Theory]
    [MemberData(nameof(Projects))]
    public void What_a_package_offers_is_listed_and_the_build_fails_where_list_and_code_differ(string project)
    {
        string file = Directory.EnumerateFiles(Checkout.File("src"), project + ".csproj", SearchOption.AllDirectories).Single();
        string list = Path.Combine(Path.GetDirectoryName(file)!, "PublicAPI.Unshipped.txt");
        string[] settings = [file, Checkout.File("src", "Directory.Build.props"), Checkout.File("Directory.Build.props"), Checkout.File(".editorconfig")];
        Assert.All(settings, f => Assert.DoesNotMatch("RS001[67].*(severity|NoWarn)|NoWarn.*RS001[67]|WarningsNotAsErrors", File.ReadAllText(f)));
        Assert.Contains("PublicApiAnalyzers", File.ReadAllText(settings[1]));
        if (project == "Repl")
            Assert.False(File.Exists(list), "the program offers nothing to other code");
        else
            Assert.True(File.ReadLines(list).Count(l => l.StartsWith("Nn.", StringComparison.Ordinal)) > 10, $"{list} lists nothing");
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
