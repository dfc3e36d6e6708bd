using System.Buffers.Binary;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends;

/// <summary>
/// The oracle: evaluates each entry's graph node by node with naive loops in double precision, ignoring the plan's steps.
/// Persistent slots keep their values in double, so that rounding to f32 happens on <see cref="IProgram.Read"/> only.
/// </summary>
public sealed class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public DeviceInfo Device { get; } = new(
        "double-precision interpreter", Environment.Version.ToString(), long.MaxValue, long.MaxValue, 1, "", Software: true);

    /// <inheritdoc/>
    public IProgram Load(Plan plan) => new ReferenceProgram(plan);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>A plan on the <see cref="ReferenceBackend"/>.</summary>
internal sealed class ReferenceProgram : IProgram
{
    // All slots of an arena have elements of one size, so a place in it is a number of elements.
    private readonly Dictionary<Arena, double[]> _memory = [];

    public ReferenceProgram(Plan plan)
    {
        foreach (Arena arena in plan.Arenas.Where(a => a.Persistent))
        {
            int size = plan.Slots.FirstOrDefault(s => s.Arena == arena)?.Type.Size() ?? 4;
            _memory[arena] = new double[arena.Bytes / size];
        }
    }

    public void Write(Slot slot, ReadOnlySpan<byte> bytes)
    {
        Span<double> values = Values(slot);
        Check(slot, bytes.Length);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = slot.Type switch
            {
                DType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                DType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                _ => bytes[i],
            };
        }
    }

    public void Read(Slot slot, Span<byte> bytes)
    {
        Span<double> values = Values(slot);
        Check(slot, bytes.Length);
        for (int i = 0; i < values.Length; i++)
        {
            switch (slot.Type)
            {
                case DType.F32: BinaryPrimitives.WriteSingleLittleEndian(bytes[(4 * i)..], (float)values[i]); break;
                case DType.I32: BinaryPrimitives.WriteInt32LittleEndian(bytes[(4 * i)..], (int)values[i]); break;
                default: bytes[i] = (byte)values[i]; break;
            }
        }
    }

    /// <summary>A persistent slot's values, unrounded.</summary>
    internal Span<double> Values(Slot slot) =>
        _memory[slot.Arena].AsSpan((int)(slot.Offset / slot.Type.Size()), (int)slot.Shape.Count);

    public void Run(Entry entry, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Dictionary<Node, double[]> values = Evaluate(entry.Graph);
            foreach (Assignment a in entry.Graph.Assignments) values[a.Value].CopyTo(Values(a.Slot));
        }
    }

    public void Dispose()
    {
    }

    /// <summary>Every node's value, from the slots as they are.</summary>
    internal Dictionary<Node, double[]> Evaluate(Graph graph)
    {
        var values = new Dictionary<Node, double[]>();
        foreach (Node node in graph.Nodes)
        {
            double[] output = node.Op.Stored ? Values(node.Slot).ToArray() : new double[node.Shape.Count];
            if (!node.Op.Stored) node.Op.Evaluate(node, [.. node.Inputs.Select(i => values[i])], output);
            values[node] = output;
        }

        return values;
    }

    private static void Check(Slot slot, int length)
    {
        if (length != slot.Bytes) throw new ArgumentException($"{slot.Name} has {slot.Bytes} bytes, not {length}");
    }
}
