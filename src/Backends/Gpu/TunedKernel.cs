using System.Text;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>The value of a specialization constant of a kernel.</summary>
public readonly record struct KernelSetting(string Name, int Value);

/// <summary>
/// A kernel written by hand in <c>kernels/</c>, with the values of its specialization constants. The entry is <c>main_</c> in OpenCL C and
/// <c>main</c> in SPIR-V, as in generated kernels.
/// </summary>
public sealed record TunedKernel : GpuKernel
{
    /// <summary>The body's file name without its extension.</summary>
    public required string Source { get; init; }

    /// <summary>Specialization constants that are not left at their defaults, in a fixed order.</summary>
    public required EquatableList<KernelSetting> Settings { get; init; }

    /// <summary>What it does with the elements of its result, if it does not just store them.</summary>
    public KernelFunction? Epilogue { get; init; }

    /// <summary>Whether its result may get an epilogue.</summary>
    public bool TakesEpilogue => Epilogue is null && KernelSources.Body(Source).Contains("STORES_C", StringComparison.Ordinal);

    private int OwnBuffers => Buffers.Count - (Epilogue is null ? 0 : Epilogue.Buffers.Count - 1);

    /// <summary>The kernel of a body.</summary>
    /// <param name="source">The body's name.</param>
    /// <param name="groupSize">Invocations of a group along x; the other axes have one.</param>
    /// <param name="buffers">Element types; the last buffer is the one written.</param>
    /// <param name="settings">Specialization constants.</param>
    internal static TunedKernel Of(string source, int groupSize, DType[] buffers, params KernelSetting[] settings) => new()
    {
        Name = settings.Length == 0 ? source : $"{source} {string.Join('.', settings.Select(s => s.Value))}",
        Source = source,
        Settings = new(settings),
        GroupSize = (groupSize, 1, 1),
        Buffers = new(buffers.Select((type, i) => new KernelBuffer(type, i == buffers.Length - 1))),
        ConstantCount = KernelSources.Words(source) - buffers.Length,
    };

    /// <summary>The whole OpenCL C 1.2 source.</summary>
    public string OpenClSource()
    {
        var text = new StringBuilder();
        text.Append($"#define GROUP_X {GroupSize.X}\n#define GROUP_Y {GroupSize.Y}\n#define GROUP_Z {GroupSize.Z}\n");
        foreach ((_, string name, int value) in KernelSources.Specializations(Source)) text.Append($"#define {name} {Setting(name, value)}\n");
        string body = KernelSources.Body(Source);
        if (Epilogue is { } function)
        {
            // Its buffers behind the kernel's, its offsets behind theirs.
            int[] added = [.. Enumerable.Range(1, function.Buffers.Count - 1)];
            string starts = string.Concat(added.Select(i => $", start{i}")), buffers = string.Concat(added.Select(i => $", extra{i}"));
            text.Append(OpenClWriter.Write(function));
            text.Append($"#define STORE(row, column, value) {KernelFunction.Name}(row, column, value, c{buffers}, offset_c{starts})\n");
            body = body.Replace(
                "\nWORDS\n", "\n" + string.Concat(added.Select(i => OpenClWriter.Argument(function.Buffers[i], $"extra{i}") + ",\n")) + "WORDS\n")
                .Replace("\nWORD(offset_c)\n", "\nWORD(offset_c)\n" + string.Concat(added.Select(i => $"const uint start{i},\n")));
        }

        return text.Append(KernelSources.OpenClDialect).Append(body).ToString();
    }

    /// <summary>The SPIR-V module, valid for Vulkan 1.1, with its settings as plain constants: it has no specialization constants.</summary>
    public uint[] SpirvWords() => SpirvSpecializer.Fold(GeneralSpirv(), Specialization());

    /// <summary>The SPIR-V module with its specialization constants; the same for all settings with one epilogue.</summary>
    internal ReadOnlySpan<uint> GeneralSpirv() =>
        Epilogue is null ? KernelSources.Spirv(Source) : SpirvLinker.Link(KernelSources.Spirv(Source), OwnBuffers, Epilogue);

    /// <summary>The same kernel with an epilogue, whose buffers but the first stand behind its own.</summary>
    internal TunedKernel With(KernelFunction epilogue) => this with
    {
        Name = Name + " with epilogue",
        Epilogue = epilogue,
        Buffers = new([.. Buffers, .. epilogue.Buffers.Skip(1)]),
    };

    /// <summary>Values of 32-bit specialization constants; 0, 1, 2 are the group size.</summary>
    public IReadOnlyList<(int Id, int Value)> Specialization() =>
        [(0, GroupSize.X), (1, GroupSize.Y), (2, GroupSize.Z), .. KernelSources.Specializations(Source).Select(s => (s.Id, Setting(s.Name, s.Default)))];

    /// <summary>A launch of it.</summary>
    internal Launch Launch(PlanStep step, (int X, int Y, int Z) groups, BufferRange[] buffers, params int[] constants)
    {
        if (buffers.Length != Buffers.Count || constants.Length != ConstantCount)
            throw new ArgumentException($"{Source} takes {Buffers.Count} buffers and {ConstantCount} constants, not {buffers.Length} and {constants.Length}");
        return new Launch(this, buffers, constants, groups) { Step = step };
    }

    private int Setting(string name, int otherwise)
    {
        foreach (KernelSetting s in Settings)
        {
            if (s.Name == name) return s.Value;
        }

        return otherwise;
    }
}
