using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Planning;

namespace Nn.Tests.Unit.Cpu;

/// <summary>
/// A fused program with a slot for each operand and guard bands between the slots, run by the CPU backend or by the double-precision interpreter.
/// </summary>
public sealed class FusedHarness
{
    private const int GuardElements = 32;

    private readonly Plan _plan;
    private readonly Entry _entry;
    private readonly Slot[] _guards;
    private readonly Slot[] _slots;
    private readonly Dictionary<Slot, byte[]> _content = [];

    /// <summary>Operand <c>i</c> shares the memory of operand <c>shared[i]</c>, if given.</summary>
    public FusedHarness(FusedProgram program, int seed = 0, IReadOnlyDictionary<int, int>? shared = null)
    {
        var arena = new Arena("operands", persistent: true);
        var all = new List<Slot>();
        Slot Reserve(string name, Shape shape, DType type)
        {
            var slot = new Slot(name, shape, type, arena, arena.Reserve(shape.Count * type.Size()));
            all.Add(slot);
            return slot;
        }

        var guards = new List<Slot>();
        void Guard() => guards.Add(Reserve($"guard{guards.Count}", new Shape(GuardElements), DType.F32));
        _slots = new Slot[program.Operands.Count];
        Guard();
        for (int i = 0; i < _slots.Length; i++)
        {
            if (shared is not null && shared.TryGetValue(i, out int other))
            {
                _slots[i] = _slots[other];
                continue;
            }

            FusedOperand operand = program.Operands[i];
            long count = Elements(program, operand);
            _slots[i] = Reserve($"operand{i}", new Shape((int)count), operand.Type);
            Guard();
        }

        _guards = [.. guards];
        _entry = new Entry("run", new GraphBuilder().Build(), [new FusedStep(program, _slots)]);
        _plan = new Plan([arena], all, [_entry]);
        var random = new Random(seed);
        foreach (Slot slot in all) Fill(slot, random);
    }

    /// <summary>The widths that this machine can run, the widest first.</summary>
    internal static IEnumerable<VectorIsa> Widths => VectorIsa.Available;

    /// <summary>Sets the content of an operand before a run.</summary>
    public void Set<T>(int operand, ReadOnlySpan<T> values)
        where T : unmanaged => _content[_slots[operand]] = MemoryMarshal.AsBytes(values).ToArray();

    /// <summary>The content of all operands after one run of the CPU backend; the guard bands must be as before.</summary>
    internal byte[][] RunCpu(VectorIsa isa, int workers = 1, int times = 1)
    {
        using var backend = new CpuBackend(workers) { Isa = isa };
        return Run(backend, times);
    }

    /// <summary>The same on any backend.</summary>
    public byte[][] Run(IBackend backend, int times = 1)
    {
        using IProgram program = backend.Load(_plan);
        Write(program);
        program.Run(_entry, times);
        foreach (Slot guard in _guards) Assert.Equal(_content[guard], Read(program, guard));
        return [.. _slots.Select(s => Read(program, s))];
    }

    /// <summary>The same by the interpreter.</summary>
    public byte[][] Interpret()
    {
        using var program = new PlanInterpreter(_plan);
        Write(program);
        program.Run(_entry, 1);
        return [.. _slots.Select(s => Read(program, s))];
    }

    /// <summary>The CPU program, loaded and filled, with what runs it once.</summary>
    public (IProgram Program, Entry Entry) Load(CpuBackend backend)
    {
        IProgram program = backend.Load(_plan);
        Write(program);
        return (program, _entry);
    }

    private static long Elements(FusedProgram program, FusedOperand operand)
    {
        long last = 0;
        for (int a = 0; a < program.Extents.Rank; a++)
        {
            if (program.Extents[a] == 0 && operand.Strides[a] != 0) return 0;
            last += Math.Max(0, program.Extents[a] - 1) * (long)operand.Strides[a];
        }

        return last + 1;
    }

    // Multiples of 1/8 from −4 to 4: sums and products of a few stay exact.
    private void Fill(Slot slot, Random random)
    {
        int count = (int)slot.Shape.Count;
        _content[slot] = slot.Type switch
        {
            DType.F32 => MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, count).Select(_ => random.Next(-32, 33) / 8f)]).ToArray(),
            DType.I32 => MemoryMarshal.AsBytes<int>([.. Enumerable.Range(0, count).Select(_ => random.Next(-20, 21))]).ToArray(),
            _ => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))],
        };
    }

    private void Write(IProgram program)
    {
        foreach ((Slot slot, byte[] bytes) in _content) program.Write(slot, bytes);
    }

    private static byte[] Read(IProgram program, Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        program.Read(slot, bytes);
        return bytes;
    }
}
