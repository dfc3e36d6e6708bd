using Nn.Ops;

namespace Nn.Backends.Gpu;

/// <summary>One reduction among the lanes of a team: sum, largest value, or position of the first largest.</summary>
/// <param name="Op">The row or terminal reduction that it is part of.</param>
/// <param name="Value">The lane's part.</param>
/// <param name="Position">Where the largest value was found, −1 where nobody asks.</param>
internal readonly record struct LanePart(FusedOp Op, int Value, int Position = -1);

/// <summary>
/// Joins what the lanes of a team computed: the upper half onto the lower, again and again, in shared memory. A group holds one or several teams of as many
/// lanes, a power of two.
/// </summary>
/// <param name="k">Writes the code.</param>
/// <param name="group">Invocations of the group.</param>
/// <param name="lanes">Lanes of a team.</param>
/// <param name="lane">Number of the lane, a value.</param>
/// <param name="distance">Invocations from one lane of a team to the next.</param>
internal sealed class GroupTree(KernelBuilder k, int group, int lanes, int lane, int distance)
{
    private readonly List<(KernelType Type, int Array)> _arrays = [];

    /// <summary>The value that changes nothing.</summary>
    public static int Identity(KernelBuilder k, FusedOp op, KernelType type) => op is FusedOp.RowSum or FusedOp.TerminalSum
        ? type == KernelType.F32 ? k.Number(0) : k.Integer(0)
        : type == KernelType.F32 ? k.Number(double.NegativeInfinity) : k.Integer(int.MinValue);

    /// <summary>Two parts in one; the first stands earlier in the lane's order.</summary>
    public static LanePart Join(KernelBuilder k, LanePart first, LanePart second)
    {
        if (first.Op is FusedOp.RowSum or FusedOp.TerminalSum) return first with { Value = k.Of(KernelOp.Add, first.Value, second.Value) };
        int larger = k.Compare(KernelOp.Less, first.Value, second.Value);
        return first with
        {
            Value = k.Of(KernelOp.Select, larger, second.Value, first.Value),
            Position = first.Position < 0 ? -1 : k.Of(KernelOp.Select, larger, second.Position, first.Position),
        };
    }

    /// <summary>The parts of all lanes joined; every lane gets the result. All invocations of the group must come by.</summary>
    public LanePart[] Reduce(IReadOnlyList<LanePart> parts)
    {
        if (lanes == 1) return [.. parts];
        int me = k.LocalId(0);
        (int Value, int Position)[] arrays = Arrays(parts);
        k.Barrier();
        for (int i = 0; i < parts.Count; i++) Put(arrays[i], me, parts[i]);
        for (int half = lanes / 2; half > 0; half /= 2)
        {
            k.Barrier();
            k.If(k.Compare(KernelOp.Less, lane, k.Integer(half)));
            int other = k.Add(me, k.Integer(half * distance));
            for (int i = 0; i < parts.Count; i++) Put(arrays[i], me, JoinAcross(Get(arrays[i], me, parts[i]), Get(arrays[i], other, parts[i])));
            k.EndIf();
        }

        k.Barrier();
        int first = k.Of(KernelOp.Sub, me, k.Mul(lane, k.Integer(distance)));
        return [.. parts.Select((p, i) => Get(arrays[i], first, p))];
    }

    // Between lanes the order of elements is lost: of equal values the one further in front counts.
    private LanePart JoinAcross(LanePart mine, LanePart other)
    {
        if (mine.Position < 0) return Join(k, mine, other);
        int same = k.Compare(KernelOp.Equal, mine.Value, other.Value), before = k.Compare(KernelOp.Less, other.Position, mine.Position);
        int takes = k.Of(KernelOp.Or, k.Compare(KernelOp.Less, mine.Value, other.Value), k.Of(KernelOp.And, same, before));
        return mine with
        {
            Value = k.Of(KernelOp.Select, takes, other.Value, mine.Value),
            Position = k.Of(KernelOp.Select, takes, other.Position, mine.Position),
        };
    }

    private (int Value, int Position)[] Arrays(IReadOnlyList<LanePart> parts)
    {
        var taken = new HashSet<int>();
        int Take(KernelType type)
        {
            int i = _arrays.FindIndex(a => a.Type == type && !taken.Contains(a.Array));
            if (i < 0)
            {
                i = _arrays.Count;
                _arrays.Add((type, k.Shared(type, group)));
            }

            taken.Add(_arrays[i].Array);
            return _arrays[i].Array;
        }

        return [.. parts.Select(p => (Take(k.TypeOf(p.Value)), p.Position < 0 ? -1 : Take(KernelType.I32)))];
    }

    private void Put((int Value, int Position) array, int index, LanePart part)
    {
        k.StoreShared(array.Value, index, part.Value);
        if (part.Position >= 0) k.StoreShared(array.Position, index, part.Position);
    }

    private LanePart Get((int Value, int Position) array, int index, LanePart like) => new(
        like.Op, k.LoadShared(array.Value, index), like.Position < 0 ? -1 : k.LoadShared(array.Position, index));
}
