using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>A fused program and the memory of each of its operands.</summary>
internal sealed record FusedWork(FusedProgram Program, IReadOnlyList<BufferRange> Ranges);

/// <summary>
/// Which buffer of a kernel each operand of a program is. Operands of one type at one place are one buffer; where the device binds fewer than
/// that, those of one type in one arena are, and constants say where in it they start.
/// </summary>
internal sealed class FusedBinding
{
    private readonly int[] _buffer;
    private readonly int?[] _constant;
    private readonly int[] _offset;

    /// <summary>Binds the operands that the code uses.</summary>
    /// <param name="work">The program and its operands.</param>
    /// <param name="limits">What the device can bind.</param>
    /// <param name="result">For an epilogue: floats that are buffer 0 in any case. Then it is the caller who counts buffers.</param>
    /// <exception cref="NotSupportedException">They are too many for the device.</exception>
    public FusedBinding(FusedWork work, GpuLimits limits, BufferRange? result = null)
    {
        FusedProgram p = work.Program;
        Limits = limits;
        int[] used = [.. p.Code.Where(i => i.Operand >= 0).Select(i => i.Operand).Distinct().Order()];
        _buffer = new int[p.Operands.Count];
        _constant = new int?[p.Operands.Count];
        _offset = [.. p.Operands.Select(o => checked((int)o.Offset))];
        object Key(int o, bool join) => (p.Operands[o].Type, work.Ranges[o].Arena, join ? 0 : work.Ranges[o].Offset);
        bool joined = result is null && used.DistinctBy(o => Key(o, false)).Count() > limits.MaxBuffers;
        var buffers = new List<KernelBuffer>();
        if (result is { } range)
        {
            buffers.Add(new KernelBuffer(DType.F32, Written: true));
            Ranges.Add(range);
            used = [.. used.Where(o => p.Operands[o].Type != DType.F32 || work.Ranges[o].Arena != range.Arena || work.Ranges[o].Offset != range.Offset)];
        }

        foreach (IGrouping<object, int> group in used.GroupBy(o => Key(o, joined)))
        {
            long start = group.Min(o => work.Ranges[o].Offset), end = group.Max(o => work.Ranges[o].Offset + work.Ranges[o].Bytes);
            DType type = p.Operands[group.First()].Type;
            foreach (int o in group)
            {
                _buffer[o] = buffers.Count;
                if (!joined || work.Ranges[o].Offset == start) continue;
                _constant[o] = Constants.Count;
                Constants.Add(checked((int)((work.Ranges[o].Offset - start) / type.Size())));
            }

            buffers.Add(new KernelBuffer(type, group.Any(o => p.Operands[o].Role == OperandRole.Output)));
            Ranges.Add(new BufferRange(work.Ranges[group.First()].Arena, start, end - start));
        }

        if (result is null && buffers.Count > limits.MaxBuffers)
            throw new NotSupportedException($"a fused program needs {buffers.Count} buffers, the device binds {limits.MaxBuffers}");
        if (joined && buffers.Count + Constants.Count > GpuKernel.MostWords)
            throw new NotSupportedException($"a fused program of {used.Length} operands needs more than {GpuKernel.MostWords} words");
        Buffers = new EquatableList<KernelBuffer>(buffers);
    }

    /// <summary>The device.</summary>
    public GpuLimits Limits { get; }

    /// <summary>The kernel's buffers.</summary>
    public EquatableList<KernelBuffer> Buffers { get; }

    /// <summary>What is bound to them.</summary>
    public List<BufferRange> Ranges { get; } = [];

    /// <summary>The kernel's constants.</summary>
    public List<int> Constants { get; } = [];

    /// <summary>The buffer of an operand.</summary>
    public int BufferOf(int operand) => _buffer[operand];

    /// <summary>Where in its buffer the element <paramref name="index"/> of an operand lies.</summary>
    public int Place(KernelBuilder k, int operand, int index)
    {
        if (_offset[operand] != 0) index = k.Add(index, k.Integer(_offset[operand]));
        return _constant[operand] is { } c ? k.Add(k.Word(Buffers.Count + c), index) : index;
    }

    /// <summary>A launch of the finished code.</summary>
    public Launch Launch(string name, KernelBuilder code, int groupSize, (int X, int Y, int Z) groups, PlanStep step)
    {
        var kernel = new GeneratedKernel
        {
            Name = name,
            GroupSize = (groupSize, 1, 1),
            Buffers = Buffers,
            ConstantCount = Constants.Count,
            Code = code.Build(),
        };
        return new Launch(kernel, Ranges, Constants, groups) { Step = step };
    }

    /// <summary>Whether any instruction loads from the buffer of an operand.</summary>
    public bool IsRead(FusedProgram program, int operand) =>
        program.Code.Any(i => i.Op == FusedOp.Load && _buffer[i.Operand] == _buffer[operand]);
}
