using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Nn.Tests.Cli.Packaging;

/// <summary>What <c>dotnet pack</c> makes, installed and used.</summary>
public class PackageTests(Packages packages) : IClassFixture<Packages>
{
    public static TheoryData<string, string> Libraries => new()
    {
        { "Nn.Runtime", "CsvHelper Google.Protobuf MathNet.Numerics StbImageSharp" },
        { "Nn.Dsl", "Nn.Runtime Pidgin" },
        { "Nn.Backends.Cpu", "Nn.Runtime" },
        { "Nn.Backends.Gpu", "Nn.Runtime" },
        { "Nn.Backends.OpenCL", "Microsoft.Extensions.DependencyModel Nn.Backends.Gpu Nn.Runtime Silk.NET.Core Silk.NET.OpenCL" },
        { "Nn.Backends.Vulkan", "Microsoft.Extensions.DependencyModel Nn.Backends.Gpu Nn.Runtime Silk.NET.Core Silk.NET.Vulkan" },
        { "Nn.Exchange", "Google.Protobuf Nn.Dsl Nn.Runtime" },
        { "Nn.Networks", "Nn.Backends.Cpu Nn.Backends.Gpu Nn.Backends.OpenCL Nn.Backends.Vulkan Nn.Dsl Nn.Exchange Nn.Runtime" },
        { "Nn.Serving", "Nn.Networks" },
    };

    [Fact]
    public void Packing_makes_the_tool_and_the_libraries_without_a_warning()
    {
        Assert.DoesNotContain("warning", packages.Log, StringComparison.OrdinalIgnoreCase);
        string[] made = [.. Directory.EnumerateFiles(packages.Feed, "*.nupkg").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.Equal(Libraries.Select(l => (string)l[0]).Append("Nn.Tool").Order(StringComparer.Ordinal).Select(p => $"{p}.{Packages.Version}.nupkg"), made);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_brings_documentation_and_symbols_and_needs_what_it_uses_itself(string id, string needed)
    {
        using ZipArchive package = Open(id, "nupkg"), symbols = Open(id, "snupkg");
        Assert.Equal([$"{id}.dll", $"{id}.xml"],
            package.Entries.Where(e => e.FullName.StartsWith("lib/net10.0/", StringComparison.Ordinal)).Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Contains(symbols.Entries, e => e.Name == $"{id}.pdb");
        Assert.Contains(package.Entries, e => e.FullName == "README.md");
        XElement[] facts = [.. Facts(package).Descendants()];
        string Fact(string name) => facts.Single(f => f.Name.LocalName == name).Value;
        Assert.Equal(id, Fact("id"));
        Assert.Equal(Packages.Version, Fact("version"));
        Assert.NotEqual("Package Description", Fact("description"));
        (string Id, string Version)[] others = [.. facts.Where(f => f.Name.LocalName == "dependency")
            .Select(f => (f.Attribute("id")!.Value, f.Attribute("version")!.Value))];
        Assert.Equal(needed.Split(' ', StringSplitOptions.RemoveEmptyEntries), others.Select(d => d.Id).Order(StringComparer.Ordinal));
        Assert.All(others.Where(d => d.Id.StartsWith("Nn.", StringComparison.Ordinal)), d => Assert.Equal(Packages.Version, d.Version));
    }

    [Fact]
    public void The_tool_installs_from_a_folder_and_trains()
    {
        string tools = packages.Below("tools");
        packages.Dotnet(tools, "tool", "install", "Nn.Tool", "--version", Packages.Version, "--tool-path", tools, "--configfile", packages.Settings);
        string program = Path.Combine(tools, OperatingSystem.IsWindows() ? "nn.exe" : "nn");
        Assert.Equal($"nn {Packages.Version}", packages.Run(program, tools, "--version").Trim());
        Assert.Contains("done: 3 epochs, 3 steps", packages.Run(program, tools, "train", Nn.Example("xor.nn"), "--epochs", "3", "--device", "cpu"));
    }

    [Fact]
    public void The_programs_of_the_documentation_run_against_the_packages()
    {
        string folder = packages.Below("program");
        File.WriteAllText(Path.Combine(folder, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Nn.Networks" Version="{Packages.Version}" /></ItemGroup>
            </Project>
            """);
        Directory.CreateDirectory(Path.Combine(folder, "examples"));
        File.Copy(Nn.Example("xor.nn"), Path.Combine(folder, "examples", "xor.nn"));
        string[] texts = [.. Programs("README.md"), .. Programs("docs", "embedding.md")];
        Assert.Equal(6, texts.Length);
        // One program of all of them: each in a method of its own, their usings before them.
        string[] lines = [.. texts.SelectMany(t => t.Split('\n'))];
        string usings = string.Join('\n', lines.Where(l => l.StartsWith("using Nn.", StringComparison.Ordinal)).Distinct());
        string methods = string.Join('\n',
            texts.Select((t, i) => $"static void Program{i}()\n{{\n{Regex.Replace(t, @"^using Nn\..*\n", "", RegexOptions.Multiline)}\n}}"));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), $"{usings}\n\n{string.Concat(texts.Select((_, i) => $"Program{i}();\n"))}\n{methods}\n");
        packages.Dotnet(folder, "build", "-c", "Release", "--nologo");
        string[] output = packages.Dotnet(folder, "exec", Path.Combine(folder, "bin", "Release", "net10.0", "program.dll"))
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        // Both programs train XOR to its end; many threads ask it; then 2·2 − 3·1 + 1, a figure with a point for each epoch of the script, and a trial for each
        // width.
        Assert.Equal(5 + 1 + 5 + 2 + 1 + 1 + 1 + 3 + 1, output.Length);
        Assert.StartsWith("100 epochs: loss ", output[0]);
        Match answers = Regex.Match(output[5], @"^0 xor 1 = (\d\.\d\d), 1 xor 1 = (\d\.\d\d)$");
        Assert.True(answers.Success, output[5]);
        Assert.Equal(1, double.Parse(answers.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0.2);
        Assert.Equal(0, double.Parse(answers.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture), 0.2);
        Assert.Equal(output[..6], output[6..12]);
        Assert.Equal("True", output[12]);
        Assert.Equal("alike: True", output[13]);
        Assert.Equal("2.00", output[14]);
        Assert.Equal("xor: loss: 500 points", output[15]);
        Assert.Equal(["width 2: Done", "width 4: Done", "width 8: Done"], output[16..19]);
        // w + w weights and biases, then w and a bias.
        Assert.Contains(output[19], new[] { 2, 4, 8 }.Select(w => $"best of 3: {3 * w + 1} parameters"));
        Assert.True(File.Exists(Path.Combine(folder, "xor.safetensors")));
    }

    private ZipArchive Open(string id, string ending) => ZipFile.OpenRead(Path.Combine(packages.Feed, $"{id}.{Packages.Version}.{ending}"));

    private static XDocument Facts(ZipArchive package)
    {
        using Stream file = package.Entries.Single(e => e.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(file);
    }

    private static IEnumerable<string> Programs(params string[] path) =>
        Regex.Matches(File.ReadAllText(Path.Combine([Nn.Root, .. path])).ReplaceLineEndings("\n"), "^```csharp\n(.*?)^```",
            RegexOptions.Multiline | RegexOptions.Singleline).Select(m => m.Groups[1].Value);
}
