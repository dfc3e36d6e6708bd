using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>How a window is written that goes over an image or a sequence, and what is left of its extents.</summary>
/// <param name="Padding">The argument for its padding; null where there is none.</param>
/// <param name="Sizes">The extents after it.</param>
/// <param name="Pads">What is put before each axis, then behind.</param>
internal sealed record Window(Argument? Padding, int[] Sizes, int[] Pads)
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
        int[] pads = PadsOf(given, rank);
        string auto = n.Word("auto_pad", "NOTSET");
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > LineBook.MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        int Size(int axis, int padding) => (extents[axis] + padding - Reach(axis)) / stride[axis] + 1;
        int Kept(int axis) => (extents[axis] + stride[axis] - 1) / stride[axis];
        (int Before, int Behind) Same(int axis)
        {
            int total = Math.Max(0, (Kept(axis) - 1) * stride[axis] + Reach(axis) - extents[axis]);
            return (total / 2, total - total / 2);
        }

        int[] axes = [.. Enumerable.Range(0, rank)];
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER")) return null;
        // What is left over goes behind, or with SAME_LOWER before.
        if (auto == "SAME_UPPER") pads = [.. axes.Select(a => Same(a).Before), .. axes.Select(a => Same(a).Behind)];
        if (auto == "SAME_LOWER") pads = [.. axes.Select(a => Same(a).Behind), .. axes.Select(a => Same(a).Before)];
        if (axes.Any(a => extents[a] + pads[a] + pads[a + rank] < Reach(a))) return null;
        int[] sizes = [.. axes.Select(a => Size(a, pads[a] + pads[a + rank]))];
        if (pads.All(p => p == 0) && auto != "SAME_UPPER") return new Window(null, sizes, pads);
        if (axes.All(a => Same(a) == (pads[a], pads[a + rank]))) return new Window(Say.Option("same", true), [.. axes.Select(Kept)], pads);
        if (causal && rank == 1 && pads[1] == 0 && pads[0] == Reach(0) - 1) return new Window(Say.Option("causal", true), sizes, pads);
        return new Window(Sides(pads), sizes, pads);
    }

    /// <summary>The same of a transposed convolution.</summary>
    public static Window? Before(OnnxNode n, int[] extents, int[] window, int[] stride, int[] dilation, long[]? given)
    {
        int rank = window.Length;
        int[] pads = PadsOf(given, rank), axes = [.. Enumerable.Range(0, rank)];
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > LineBook.MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        string auto = n.Word("auto_pad", "NOTSET");
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER")) return null;
        bool kept = auto.StartsWith("SAME", StringComparison.Ordinal);
        long[]? wanted = n.Wholes("output_shape") ?? (kept ? [.. axes.Select(a => (long)extents[a] * stride[a])] : null);
        if (wanted is not null)
        {
            // What is too much is cut off on both sides.
            if (wanted.Length != rank) return null;
            long[] over = [.. axes.Select(a => (extents[a] - 1L) * stride[a] + Reach(a) - wanted[a])];
            // Tools disagree about the side on which more is cut off where nothing says it.
            if (over.Any(o => o is < 0 or > LineBook.MaxWindow || (!kept && o % 2 != 0))) return null;
            int[] less = [.. over.Select(o => (int)o / 2)], more = [.. over.Select(o => (int)(o - o / 2))];
            pads = auto == "SAME_UPPER" ? [.. less, .. more] : [.. more, .. less];
        }

        long[] sizes = [.. axes.Select(a => (extents[a] - 1L) * stride[a] + Reach(a) - pads[a] - pads[a + rank])];
        if (sizes.Any(s => s is < 1 or > LineBook.MaxExtent)) return null;
        int[] left = Array.ConvertAll(sizes, s => (int)s);
        if (pads.All(p => p == 0)) return new Window(null, left, pads);
        bool same = axes.All(a => pads[a] == Math.Max(0, Reach(a) - stride[a]) / 2 && left[a] == extents[a] * (long)stride[a]);
        return new Window(same ? Say.Option("same", true) : Sides(pads), left, pads);
    }

    /// <summary>Padding before each axis, then behind; below 0 where it does not fit.</summary>
    public static int[] PadsOf(long[]? given, int rank) => given is null ? new int[2 * rank]
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
