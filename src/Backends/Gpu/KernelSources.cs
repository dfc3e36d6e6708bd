using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Nn.Backends.Gpu;

/// <summary>The files of <c>kernels/</c>, which this assembly carries as resources.</summary>
internal static partial class KernelSources
{
    private static readonly ConcurrentDictionary<string, string> s_bodies = new();
    private static readonly ConcurrentDictionary<string, uint[]> s_modules = new();
    private static readonly ConcurrentDictionary<string, int> s_words = new();

    /// <summary>The text of <c>NAME.body</c> with its included files in place.</summary>
    public static string Body(string name) =>
        s_bodies.GetOrAdd(name, n => Expand(n + ".body"));

    /// <summary>The OpenCL C dialect that stands before a body.</summary>
    public static string OpenClDialect => s_bodies.GetOrAdd("opencl", _ => Text("opencl.inc"));

    /// <summary>The SPIR-V module built from <c>NAME.body</c>.</summary>
    public static uint[] Spirv(string name) => s_modules.GetOrAdd(name, n =>
    {
        using Stream file = Open(n + ".spv");
        var words = new uint[file.Length / sizeof(uint)];
        file.ReadExactly(MemoryMarshal.AsBytes(words.AsSpan()));
        return words;
    });

    /// <summary>The specialization constants of a body: number, name, default.</summary>
    public static IEnumerable<(int Id, string Name, int Default)> Specializations(string name) =>
        SpecLine().Matches(Body(name)).Select(m => (int.Parse(m.Groups[1].Value), m.Groups[2].Value, int.Parse(m.Groups[3].Value)));

    /// <summary>Number of words of a body: offsets of buffers and constants.</summary>
    public static int Words(string name) => s_words.GetOrAdd(name, n => WordLine().Count(Body(n)));

    private static string Expand(string file) => IncludeLine().Replace(Text(file), line => Expand(line.Groups[1].Value));

    private static string Text(string file)
    {
        using var reader = new StreamReader(Open(file));
        return reader.ReadToEnd();
    }

    private static Stream Open(string file) =>
        typeof(KernelSources).Assembly.GetManifestResourceStream("kernels/" + file) ?? throw new ArgumentException($"there is no kernel file {file}");

    [GeneratedRegex("""^#include "(.*)"\r?\n""", RegexOptions.Multiline)]
    private static partial Regex IncludeLine();

    [GeneratedRegex(@"^SPEC\((\d+), (\w+), (-?\d+)\)", RegexOptions.Multiline)]
    private static partial Regex SpecLine();

    [GeneratedRegex(@"^(LAST_)?WORD\(\w+\)", RegexOptions.Multiline)]
    private static partial Regex WordLine();
}
