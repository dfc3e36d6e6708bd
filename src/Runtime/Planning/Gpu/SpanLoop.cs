namespace Nn.Planning.Gpu;

/// <summary>
/// The equal spans of a range, shared out among the groups along x: one each, or several where there are more spans than
/// groups. Control flow is the same for the whole group.
/// </summary>
internal sealed class SpanLoop
{
    private readonly KernelBuilder _k;
    private readonly bool _loops;

    /// <summary>Opens it.</summary>
    public SpanLoop(KernelBuilder k, int count, int span, int groups)
    {
        _k = k;
        _loops = (long)groups * span < count;
        Start = k.Mul(k.GroupId(0), k.Integer(span));
        if (!_loops) return;
        // The counter may pass the end by one turn of all groups.
        if (count + (long)groups * span > int.MaxValue) throw new NotSupportedException($"{count} elements are too many for {groups} groups");
        Start = k.Loop(Start, k.Integer(count), k.Integer((long)groups * span)).Index;
    }

    /// <summary>First element of the span.</summary>
    public int Start { get; }

    /// <summary>Closes it.</summary>
    public void End()
    {
        if (_loops) _k.EndLoop();
    }
}
