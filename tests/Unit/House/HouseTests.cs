using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Nn.Tests.Unit.House;

public class HouseTests
{
    private const int LongestFile = 500;

    private static readonly string[] Polyfills = ["Pidgin", "Silk.NET.Core", "Silk.NET.OpenCL", "Silk.NET.Vulkan"];

    public static TheoryData<string> Projects => [.. Directory.EnumerateFiles(Checkout.File("src"), "*.csproj", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}Polyfills{Path.DirectorySeparatorChar}"))
        .Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_point_one_way(string project)
    {
        // Stand-ins for packages are packages.
        string[] references = [.. References(project).Except(Polyfills)];
        switch (project)
        {
            case "Runtime": Assert.Empty(references); break;
            case "Dsl" or "Cpu" or "OpenCL" or "Vulkan": Assert.Equal(["Runtime"], references); break;
            case "Networks": Assert.Equal(["Runtime", "Dsl", "Cpu", "OpenCL", "Vulkan"], references); break;
            case "Repl": Assert.Equal(["Networks"], references); break;
            default: Assert.Fail($"say here what {project} may refer to"); break;
        }
    }

    [Theory]
    [InlineData("Dsl", "Pidgin")]
    [InlineData("OpenCL", "Silk.NET.OpenCL", "Silk.NET.Core")]
    [InlineData("Vulkan", "Silk.NET.Vulkan", "Silk.NET.Core")]
    public void Only_those_that_need_a_package_refer_to_its_stand_in(string project, params string[] allowed) =>
        Assert.Empty(References(project).Intersect(Polyfills).Except(allowed));

    [Fact]
    public void The_runtime_names_neither_language_nor_backends()
    {
        var outside = new Regex(@"\bNn\.(Dsl|Networks|Repl|Backends\.(Cpu|OpenCl|Vulkan))\b");
        Assert.All(Sources("src", "Runtime"), f => Assert.DoesNotMatch(outside, File.ReadAllText(f)));
    }

    [Fact]
    public void No_backend_names_another_or_the_language()
    {
        string[] all = ["Cpu", "OpenCl", "Vulkan"];
        foreach (string folder in new[] { "Cpu", "OpenCL", "Vulkan" })
        {
            string others = string.Join('|', all.Where(n => !n.Equals(folder, StringComparison.OrdinalIgnoreCase)).Select(n => $@"Backends\.{n}"));
            Assert.All(Sources("src", "Backends", folder), f => Assert.DoesNotMatch($@"\bNn\.(Dsl|Networks|Repl|{others})\b", File.ReadAllText(f)));
        }
    }

    [Fact]
    public void No_source_file_is_too_long_to_be_read()
    {
        string[] tooLong = [.. Sources("src").Concat(Sources("tests")).Concat(Sources("benchmarks"))
            .Select(f => (Name: Path.GetRelativePath(Checkout.Root, f), Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > LongestFile).Select(f => $"{f.Name}: {f.Lines} lines")];
        Assert.Empty(tooLong);
    }

    private static string[] References(string project)
    {
        string file = Directory.EnumerateFiles(Checkout.File("src"), project + ".csproj", SearchOption.AllDirectories).Single();
        return [.. XDocument.Load(file).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];
    }

    private static IEnumerable<string> Sources(params string[] folder) => Directory.EnumerateFiles(Checkout.File(folder), "*.cs", SearchOption.AllDirectories)
        .Where(f => !Path.GetRelativePath(Checkout.Root, f).Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj"));
}
