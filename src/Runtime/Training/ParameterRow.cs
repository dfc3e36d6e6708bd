using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// The weights that one optimizer updates, as one long row; each parameter starts on a multiple of 16 elements, the gaps stay zero.
/// </summary>
public sealed class ParameterRow
{
    private const int Alignment = Arena.Alignment / 4;

    private readonly PlanBuilder _plan;
    private readonly string _name;

    /// <summary>Reserves a row for the parameters, and one for their gradients where they are wanted.</summary>
    /// <exception cref="NnException">There are more weights than can be addressed.</exception>
    public ParameterRow(PlanBuilder plan, string name, IReadOnlyList<Parameter> parameters, bool gradients)
    {
        (_plan, _name, Parameters) = (plan, name, parameters);
        long at = 0;
        var offsets = new List<int>();
        foreach (Parameter p in parameters)
        {
            offsets.Add((int)at);
            at += (p.Shape.Count + Alignment - 1) / Alignment * Alignment;
            if (at > int.MaxValue)
                throw new NnException(ExitCode.OutOfMemory,
                    $"{name} has {parameters.Sum(x => (double)x.Shape.Count):N0} weights; at most {int.MaxValue:N0} are trained together. Use smaller layers");
        }

        Layout = new PackAttributes(new Shape([.. offsets]), (int)at);
        Slot = plan.Slot("parameters", $"parameters.{name}", new Shape(Layout.Length), DType.F32);
        Pieces = [.. parameters.Select((p, i) => plan.Piece(Slot, p.Name, p.Shape, offsets[i]))];
        if (gradients) Gradients = plan.Slot("gradients", $"gradients.{name}", new Shape(Layout.Length), DType.F32);
    }

    /// <summary>The parameters in order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>First element of each parameter.</summary>
    public Shape Offsets => Layout.Offsets;

    /// <summary>The whole row.</summary>
    public Slot Slot { get; }

    /// <summary>Each parameter's own slot, a piece of <see cref="Slot"/>.</summary>
    public IReadOnlyList<Slot> Pieces { get; }

    /// <summary>Gradients, laid out alike; null where nothing needs them.</summary>
    public Slot? Gradients { get; }

    /// <summary>
    /// For each element the number of its parameter, i32; the gaps have the number after the last. Null unless an optimizer asks for it.
    /// </summary>
    public Slot? Segments { get; private set; }

    internal PackAttributes Layout { get; }

    /// <summary>A value for each element: what <paramref name="reduce"/> makes, a single number, of the elements of its parameter. Gaps get zero.</summary>
    public Node PerTensor(GraphBuilder g, Node row, Func<Node, Node> reduce)
    {
        Node[] numbers = [.. Parameters.Select((p, i) => g.Reshape(reduce(g.Slice(row, 0, Offsets[i], (int)p.Shape.Count)), new Shape(1)))];
        return g.Gather(g.Concat(0, [.. numbers, g.BroadcastTo(g.Constant(0), new Shape(1))]), g.Read(NeedSegments()));
    }

    /// <summary>The elements of all parameters, without the gaps between them.</summary>
    public Node WithoutGaps(GraphBuilder g, Node row)
    {
        Node[] parts = [.. Parameters.Select((p, i) => g.Slice(row, 0, Offsets[i], (int)p.Shape.Count))];
        return parts.Length == 1 ? parts[0] : g.Concat(0, parts);
    }

    /// <summary>The row with zeros in the gaps.</summary>
    public Node ZeroGaps(GraphBuilder g, Node row) =>
        g.Select(g.Less(g.Read(NeedSegments()), g.Constant(Parameters.Count, DType.I32)), row, g.Constant(0));

    /// <summary><see cref="Segments"/>, reserved at the first request.</summary>
    internal Slot NeedSegments() => Segments ??= _plan.Slot("control", $"segments.{_name}", Slot.Shape, DType.I32);

    /// <summary>For each element the number of the part that it belongs to; those of none have the number after the last.</summary>
    internal int[] Numbered(IReadOnlyList<TrainedPart> parts)
    {
        var numbers = new int[Layout.Length];
        Array.Fill(numbers, parts.Count);
        for (int i = 0; i < Parameters.Count; i++)
        {
            for (int k = 0; k < parts.Count; k++)
            {
                if (parts[k].Model.Parameters.Contains(Parameters[i])) Array.Fill(numbers, k, Offsets[i], (int)Parameters[i].Shape.Count);
            }
        }

        return numbers;
    }

    /// <summary>What <see cref="Segments"/> holds.</summary>
    internal int[] SegmentNumbers()
    {
        var numbers = new int[Layout.Length];
        Array.Fill(numbers, Parameters.Count);
        for (int i = 0; i < Parameters.Count; i++) Array.Fill(numbers, i, Offsets[i], (int)Parameters[i].Shape.Count);
        return numbers;
    }
}
