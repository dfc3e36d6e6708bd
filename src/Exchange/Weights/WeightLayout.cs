using Nn.Graphs;
using Nn.Training;

namespace Nn.Exchange.Weights;

/// <summary>How another program lays out its tensors.</summary>
public enum WeightConvention
{
    /// <summary>As PyTorch: dense weights outputs × inputs, convolutions outputs × inputs × height × width, images flattened channels first.</summary>
    ChannelsFirst,

    /// <summary>As here: dense weights inputs × outputs, convolutions height × width × inputs × outputs, images flattened channels last.</summary>
    ChannelsLast,
}

/// <summary>Brings tensors of other programs into the layout of this one.</summary>
internal static class WeightLayout
{
    private static readonly string[] Products = ["dense", "rnn", "gru", "lstm", "attention", "transformer"];
    private static readonly string[] Convolutions = ["conv", "conv_transpose"];

    /// <summary>
    /// The values of a tensor in the layout of a place, and in words what was done; null where its shape does not fit.
    /// </summary>
    public static (float[] Values, string How)? Fit(ForeignTensor t, WeightPlace place, WeightConvention convention)
    {
        Shape ours = place.Parameter.Shape;
        if (ours.Rank == 1)
        {
            if (t.Shape.Count != ours.Count || t.Shape.Count(d => d != 1) > 1) return null;
            return convention == WeightConvention.ChannelsFirst && place.Into is { } into && into.Count == ours.Count
                ? (Moved(t.Values, [1, into[2], into[0], into[1]], [0, 2, 3, 1]), "pixels")
                : (t.Values, "");
        }

        if (convention == WeightConvention.ChannelsFirst && ours.Rank == 2 && Products.Contains(place.Layer))
        {
            if (t.Shape != new Shape(ours[1], ours[0])) return null;
            Shape from = place.From is { } f && f.Count == ours[0]
                ? f
                : new Shape(1, 1, ours[0]), to = place.Into is { } i && i.Count == ours[1]
                ? i
                : new Shape(1, 1, ours[1]);
            // (out channels, out rows, out columns, in channels, in rows, in columns) → in rows, in columns, in channels, out rows, …
            float[] values = Moved(t.Values, [to[2], to[0], to[1], from[2], from[0], from[1]], [4, 5, 3, 1, 2, 0]);
            return (values, Rank3(from) || Rank3(to) ? "transposed, pixels" : "transposed");
        }

        if (convention == WeightConvention.ChannelsFirst && ours.Rank == 4 && Convolutions.Contains(place.Layer))
        {
            // One dimension is height 1.
            Shape theirs = t.Shape.Rank == 3 ? new Shape(t.Shape[0], t.Shape[1], 1, t.Shape[2]) : t.Shape;
            return theirs == new Shape(ours[3], ours[2], ours[0], ours[1]) ? (Moved(t.Values, theirs.ToArray(), [2, 3, 1, 0]), "channels last") : null;
        }

        // GPT-2 as published: its weights are inputs × outputs, but for the head.
        bool head = convention == WeightConvention.ChannelsLast && place.Layer == "dense" && t.Module.EndsWith("head", StringComparison.Ordinal);
        if (head && t.Shape != ours && ours.Rank == 2 && t.Shape == new Shape(ours[1], ours[0]))
            return (Moved(t.Values, t.Shape.ToArray(), [1, 0]), "transposed");
        bool table = place.Layer == "positions" && t.Shape.Rank >= 2 && t.Shape.Count == (long)t.Shape[-1] * t.Shape[-2];
        if (table && t.Shape[-1] == ours[1] && t.Shape[-2] >= ours[0])
            return (t.Values[..(int)ours.Count], t.Shape[-2] == ours[0] ? "" : $"the first {ours[0]} of {t.Shape[-2]} places");
        return t.Shape == ours ? (t.Values, "") : null;
    }

    private static bool Rank3(Shape image) => image[0] * image[1] > 1 && image[2] > 1;

    // Axis i of the result is axis order[i].
    private static float[] Moved(float[] values, int[] dims, int[] order)
    {
        var shape = new Shape(dims);
        long[] strides = shape.Strides();
        long[] moved = [.. order.Select(i => strides[i])];
        var result = new float[values.Length];
        if (result.Length == 0) return result;
        foreach ((int[] at, long linear) in Coordinates.Of(new Shape([.. order.Select(i => dims[i])]))) result[linear] = values[Coordinates.Offset(at, moved)];
        return result;
    }
}
