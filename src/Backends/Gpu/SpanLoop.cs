namespace Nn.Backends.Gpu;

/// <summary>
/// The equal spans of a range, shared out among the groups along x: one each, or several where there are more spans than
/// groups. Control flow is the same for the whole group.
/// </summary>
internal sealed class SpanLoop
{
    private readonly KernelBuilder _k;
    private readonly bool _loops;

    /// <summary>Opens it.</summary>
    /// <param name="k">Writes the code.</param>
    /// <param name="count">Elements of the range.</param>
    /// <param name="span">Elements of a span.</param>
    /// <param name="groups">Groups along x.</param>
    /// <param name="always">Whether it is a loop even if a group has one span.</param>
    /// <param name="initial">What a loop carries from span to span.</param>
    public SpanLoop(KernelBuilder k, int count, int span, int groups, bool always = false, params int[] initial)
    {
        _k = k;
        _loops = always || (long)groups * span < count;
        Start = k.Mul(k.GroupId(0), k.Integer(span));
        if (!_loops) return;
        // The counter may pass the end by one turn of all groups.
        if (count + (long)groups * span > int.MaxValue) throw new NotSupportedException($"{count} elements are too many for {groups} groups");
        (Start, Carried) = k.Loop(Start, k.Integer(count), k.Integer((long)groups * span), initial);
    }

    /// <summary>First element of the span.</summary>
    public int Start { get; }

    /// <summary>What is carried.</summary>
    public int[] Carried { get; } = [];

    /// <summary>Closes it.</summary>
    public void End(params int[] next)
    {
        if (_loops) _k.EndLoop(next);
    }
}
