using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>How a window is written that goes over an image or a sequence, and what is left of its extents.</summary>
/// <param name="Padding">The argument for its padding; null where there is none.</param>
/// <param name="Sizes">The extents after it.</param>
internal sealed record Window(Argument? Padding, int[] Sizes)
{
    /// <summary>A window; null where its padding has no counterpart.</summary>
    /// <param name="n">The operation.</param>
    /// <param name="extents">Of the value, without channels.</param>
    /// <param name="window">Of the window.</param>
    /// <param name="stride">From one to the next.</param>
    /// <param name="dilation">From one element of it to the next.</param>
    /// <param name="given">Padding before each axis, then behind.</param>
    /// <param name="causal">Whether there is a word for padding that shows a place none after it.</param>
    public static Window? Over(OnnxNode n, int[] extents, int[] window, int[] stride, int[] dilation, long[]? given, bool causal)
    {
        int rank = window.Length;
        int[] pads = Pads(given, rank);
        string auto = n.Word("auto_pad", "NOTSET");
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > LineBook.MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        int Size(int axis, int padding) => (extents[axis] + padding - Reach(axis)) / stride[axis] + 1;
        int Kept(int axis) => (extents[axis] + stride[axis] - 1) / stride[axis];
        (int, int) Same(int axis)
        {
            int total = Math.Max(0, (Kept(axis) - 1) * stride[axis] + Reach(axis) - extents[axis]);
            return (total / 2, total - total / 2);
        }

        int[] axes = [.. Enumerable.Range(0, rank)];
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER")) return null;
        if (auto != "SAME_UPPER" && axes.Any(a => extents[a] + pads[a] + pads[a + rank] < Reach(a))) return null;
        if (pads.All(p => p == 0) && auto != "SAME_UPPER") return new Window(null, [.. axes.Select(a => Size(a, 0))]);
        if (auto == "SAME_UPPER" || axes.All(a => Same(a) == (pads[a], pads[a + rank]))) return new Window(Say.Option("same", true), [.. axes.Select(Kept)]);
        if (causal && rank == 1 && pads[1] == 0 && pads[0] == Reach(0) - 1) return new Window(Say.Option("causal", true), [Size(0, pads[0])]);
        return new Window(Sides(pads), [.. axes.Select(a => Size(a, pads[a] + pads[a + rank]))]);
    }

    /// <summary>The same of a transposed convolution.</summary>
    public static Window? Before(OnnxNode n, int[] extents, int[] window, int[] stride, int[] dilation, long[]? given)
    {
        int rank = window.Length;
        int[] pads = Pads(given, rank), axes = [.. Enumerable.Range(0, rank)];
        if (n.Word("auto_pad", "NOTSET") != "NOTSET" || n.Attributes.ContainsKey("output_shape")) return null;
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > LineBook.MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        long[] sizes = [.. axes.Select(a => (extents[a] - 1L) * stride[a] + Reach(a) - pads[a] - pads[a + rank])];
        if (sizes.Any(s => s is < 1 or > LineBook.MaxExtent)) return null;
        int[] kept = Array.ConvertAll(sizes, s => (int)s);
        if (pads.All(p => p == 0)) return new Window(null, kept);
        bool same = axes.All(a => pads[a] == Math.Max(0, Reach(a) - stride[a]) / 2 && kept[a] == extents[a] * (long)stride[a]);
        return new Window(same ? Say.Option("same", true) : Sides(pads), kept);
    }

    /// <summary>Padding before each axis, then behind; below 0 where it does not fit.</summary>
    public static int[] Pads(long[]? given, int rank) => given is null ? new int[2 * rank]
        : [.. Enumerable.Range(0, 2 * rank).Select(i => given.Length == 2 * rank && given[i] is >= 0 and <= LineBook.MaxWindow ? (int)given[i] : -1)];

    /// <summary>A number for each axis of a window; 1 where nothing is said, and 0 where what is said does not fit.</summary>
    public static int[] Steps(OnnxNode n, string name, int rank) =>
        n.Wholes(name) is not { } v
            ? [.. Enumerable.Repeat(1, rank)]
            : v.Length == rank
            ? [.. v.Select(i => (int)Math.Clamp(i, 0, int.MaxValue))]
            : new int[rank];

    /// <summary>Numbers for each axis as an argument; null where all are 1.</summary>
    public static Argument? Option(string name, int[] sizes) => Say.Option(name, sizes.Any(s => s != 1), Say.Extents(sizes));

    /// <summary>Whether it has zeros of its own, beside those that were put around the value before.</summary>
    public static bool PadsItself(OnnxNode n) => n.Wholes("pads")?.Any(p => p != 0) == true || n.Word("auto_pad", "NOTSET") is not ("NOTSET" or "VALID");

    // As the language has it: rows and columns, or each side; of a sequence a number, or before and after.
    private static Argument Sides(int[] pads)
    {
        int[] before = pads[..(pads.Length / 2)], after = pads[(pads.Length / 2)..];
        return Say.Argument("padding", Say.Extents(before.SequenceEqual(after) ? before : pads));
    }
}
