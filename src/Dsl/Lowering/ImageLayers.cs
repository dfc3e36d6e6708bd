using Nn.Graphs;
using Nn.Ops;
using Nn.Training;
using static Nn.Dsl.LayerParts;

namespace Nn.Dsl;

/// <summary>Layers that move windows over images of height x width x channels, or over sequences of length x channels, which are images of height 1.</summary>
internal static class ImageLayers
{
    private static OptionRow Channels => new("channels", OptionKind.Whole, null, "filters, each of which makes one channel of the output");

    private static OptionRow Window => new("window", OptionKind.Shape, null, "height x width of the filters; one number for both, or for a sequence");

    private static OptionRow Dilation => new("dilation", OptionKind.Shape, "1", "pixels from one weight of the filter to the next");

    private static OptionRow Global => OptionRow.Flag("global", "false", "the window is the whole image or sequence, which then is gone");

    private static OptionRow PoolStride => new("stride", OptionKind.Shape, "0", $"{Pixels}; the window itself where none is given") { Shown = "" };

    private static string Pixels => "pixels from one place of the window to the next";

    /// <summary>The rows of the table.</summary>
    public static StandardLayer[] Rows =>
    [
        new("conv", [Channels, Window, Stride(Pixels),
            Padding(Sides("same, valid, causal (sequences)", " (rows x columns; of a sequence before x after)"), "causal"), Dilation,
                Groups("parts into which channels are divided; each sees its own part only. As many as channels: depthwise"), Bias, Init],
            "convolution of images or, with one number as window, of sequences; padding: same, valid, causal (sequences), a number, 1x0 (rows x columns) or "
                + "0x0x1x1 (top x left x bottom x right)",
            "conv 16, 3x3, same, relu", Convolution, Activation: true),
        new("conv_transpose", [Channels, Window, Stride("how many times larger the output is"), Padding(Plain), Dilation,
                Groups("parts into which channels are divided; each sees its own part only"), Bias, Init],
            "transposed convolution: enlarges by its stride; same: to size · stride, valid: to (size - 1) · stride + window, a number p: to 2p less than valid",
            "conv_transpose 16, 4x4, stride: 2, same", TransposedConvolution, Activation: true),
        new("maxpool", [PoolWindow("the largest value"), PoolStride, Padding(Plain), Global],
            "the largest of each window, or of the whole image: maxpool global", "maxpool 2x2", c => Pool(c, max: true), InExpressions: true),
        new("avgpool", [PoolWindow("the mean"), PoolStride, Padding(Plain), Global],
            "the mean of each window, or of the whole image: avgpool global", "avgpool 2x2", c => Pool(c, max: false), InExpressions: true),
        new("upsample",
            [
                new("factor", OptionKind.Shape, null, "how many times larger the output is"),
                new("mode", OptionKind.Word, "nearest", "nearest: pixels are repeated; bilinear: they are interpolated", "nearest", "bilinear"),
            ],
            "repeats each pixel factor times along height and width, or the length of a sequence; bilinear: interpolates", "upsample 2", Upsample,
            InExpressions: true),
        new("groupnorm",
            [new("groups", OptionKind.Whole, null, "groups of channels that are normalised together"), new("eps", OptionKind.Number, "1e-5", Meanings.Eps)],
            "mean 0 and variance 1 over each group of channels of a sample, then a learned scale and shift of each channel; as many groups as channels: "
                + "instance norm",
            "groupnorm 8", GroupNorm),
    ];

    private static string Plain => Sides("same, valid", " (rows x columns)");

    private static OptionRow Stride(string meaning) => new("stride", OptionKind.Shape, "1", meaning);

    private static OptionRow Groups(string meaning) => new("groups", OptionKind.Whole, "1", meaning);

    private static OptionRow PoolWindow(string taken) =>
        new("window", OptionKind.Shape, "0", $"height x width of the region of which {taken} is taken; none with global") { Shown = "" };

    private static string Sides(string words, string two) =>
        $"zeros round the edges: {words}, a number of pixels, 1x0{two} or 0x0x1x1 (top x left x bottom x right)";

    private static OptionRow Padding(string meaning, params string[] also) =>
        new("padding", OptionKind.Word, "valid", meaning, ["same", "valid", .. also, "number"]);

    private static Node Convolution(LayerCall c)
    {
        Node x = AsImage(c, "conv", padding: 0);
        (int Y, int X) window = c.Pair("window"), stride = c.Pair("stride"), dilation = c.Pair("dilation");
        (int channels, int groups) = ChannelsAndGroups(c, "conv");
        int inputs = x.Shape[3];
        (int Before, int After) y = PaddingOf(c, x.Shape[1], window.Y, stride.Y, dilation.Y, vertical: true);
        (int Before, int After) w = PaddingOf(c, x.Shape[2], window.X, stride.X, dilation.X, vertical: false);
        var attributes = new ConvAttributes(stride.Y, stride.X, y.Before, y.After, w.Before, w.After, dilation.Y, dilation.X, groups);
        if (ConvolutionOps.Extent(x.Shape[1], window.Y, stride.Y, y.Before + y.After, dilation.Y) is { IsKnown: true, Extent: < 1 }
            || ConvolutionOps.Extent(x.Shape[2], window.X, stride.X, w.Before + w.After, dilation.X) is { IsKnown: true, Extent: < 1 })
            throw TooLarge(c, "conv", window);
        long taps = (long)window.Y * window.X, fanIn = taps * inputs / groups, fanOut = taps * channels / groups;
        Node k = c.Tensor("weight", new Shape(window.Y, window.X, inputs / groups, channels), ParameterKind.Weight, c.Init(Narrow(fanIn)), fanIn, fanOut);
        return LikeInput(c, WithBias(c, c.Graph.Conv(x, k, attributes), channels, fanIn));
    }

    private static Node TransposedConvolution(LayerCall c)
    {
        Node x = AsImage(c, "conv_transpose", padding: 0);
        (int Y, int X) window = c.Pair("window"), stride = c.Pair("stride"), dilation = c.Pair("dilation");
        (int channels, int groups) = ChannelsAndGroups(c, "conv_transpose");
        int inputs = x.Shape[3];
        (Dim height, int top, int bottom) = Enlarged(c, x.Shape[1], window.Y, stride.Y, dilation.Y, vertical: true);
        (Dim width, int left, int right) = Enlarged(c, x.Shape[2], window.X, stride.X, dilation.X, vertical: false);
        var attributes = new ConvAttributes(
            stride.Y, stride.X, top, bottom, left, right, dilation.Y, dilation.X, groups, new Shape(x.Shape[0], height, width, channels));
        // A pixel of the result meets one tap in stride of the window.
        long meetIn = (long)((window.Y + stride.Y - 1) / stride.Y) * ((window.X + stride.X - 1) / stride.X);
        long fanIn = meetIn * inputs / groups, fanOut = (long)window.Y * window.X * channels / groups;
        Node k = c.Tensor("weight", new Shape(window.Y, window.X, channels / groups, inputs), ParameterKind.Weight, c.Init(Narrow(fanIn)), fanIn, fanOut);
        return LikeInput(c, WithBias(c, c.Graph.ConvInputGradient(x, k, attributes), channels, fanIn));
    }

    private static Node Pool(LayerCall c, bool max)
    {
        string name = max ? "maxpool" : "avgpool";
        GraphBuilder g = c.Graph;
        // At padding lies what can win no maximum, and adds nothing to a mean.
        Node x = AsImage(c, name, padding: max ? -1e30 : 0);
        if (c.Word("global") == "true")
        {
            Node whole = max ? g.ReduceMax(x, new Shape(1, 2)) : MaskedReductions.Mean(c.Scope, x, new Shape(1, 2));
            return g.Reshape(whole, new Shape(x.Shape[0], x.Shape[3]));
        }

        if (!c.Has("window")) throw BindError.MissingArgument(c.Span, name, "'window', such as 2x2, or the word global", $"{name} 2x2");
        (int Y, int X) window = c.Pair("window"), stride = c.Has("stride") ? c.Pair("stride") : window;
        (int Before, int After) y = PaddingOf(c, x.Shape[1], window.Y, stride.Y, 1, vertical: true);
        (int Before, int After) w = PaddingOf(c, x.Shape[2], window.X, stride.X, 1, vertical: false);
        if (IsTooShort(x.Shape[1], y, window.Y) || IsTooShort(x.Shape[2], w, window.X)) throw TooLarge(c, name, window);
        var attributes = new PoolAttributes(window.Y, window.X, stride.Y, stride.X, y.Before, y.After, w.Before, w.After);
        return LikeInput(c, max ? g.MaxPool(x, attributes) : g.AveragePool(x, attributes));
    }

    // How long a sequence of no fixed length is is known when an entry is built.
    private static bool IsTooShort(Dim size, (int Before, int After) padding, int window) =>
        size.IsKnown && size + (long)padding.Before + padding.After < window;

    private static Node Upsample(LayerCall c)
    {
        bool smooth = c.Word("mode") == "bilinear";
        // The place after the last one of a sequence would be padding, not its own neighbour.
        if (smooth && c.Sample.HasLength) throw BindError.WantsFixedLength(c.Span, c.Name, c.Input.Shape);
        Node x = AsImage(c, "upsample", padding: 0);
        (int Y, int X) factor = c.Pair("factor");
        if (!c.Sample.HasLength && (double)c.Sample.Count * factor.Y * factor.X > int.MaxValue)
            throw BindError.NumberTooBig(c.SpanOf("factor"), "upsample's result");
        Func<Node, int, int, Node> stretch = smooth ? Interpolate : Repeat;
        // Columns first: the longer pass then moves whole rows.
        return LikeInput(c, stretch(stretch(x, 2, factor.X), 1, factor.Y));

        Node Repeat(Node image, int axis, int times)
        {
            if (times == 1) return image;
            Shape apart = Apart(image.Shape, axis);
            return Together(c.Graph.BroadcastTo(c.Graph.Reshape(image, apart), apart.With(1, times)), image.Shape, axis);
        }

        // Along one axis, as if pixels lay in the middle of their cells: the r-th of n new pixels lies d = (r + ½)/n − ½ of an old one away from its
        // old pixel and takes |d| from the neighbour on that side; at the border the pixel is its own neighbour.
        Node Interpolate(Node image, int axis, int times)
        {
            if (times == 1) return image;
            GraphBuilder g = c.Graph;
            int size = image.Shape[axis];
            Shape apart = Apart(image.Shape, axis);
            Node before = g.Concat(axis, [g.Slice(image, axis, 0, 1), .. size == 1 ? Array.Empty<Node>() : [g.Slice(image, axis, 0, size - 1)]]);
            Node after = g.Concat(axis, [.. size == 1 ? Array.Empty<Node>() : [g.Slice(image, axis, 1, size - 1)], g.Slice(image, axis, size - 1, 1)]);
            Node cell = g.Cast(g.Iota(new Shape(1, times, 1), 1), DType.F32);
            Node d = g.Add(g.Mul(cell, g.Constant(1.0 / times)), g.Constant(0.5 / times - 0.5));
            Node sum = g.Add(
                g.Add(g.Mul(g.Reshape(image, apart), g.Sub(g.Constant(1), g.Abs(d))), g.Mul(g.Reshape(before, apart), g.Max(g.Neg(d), g.Constant(0)))),
                g.Mul(g.Reshape(after, apart), g.Max(d, g.Constant(0))));
            return Together(sum, image.Shape, axis);
        }

        // An axis of extent 1 after the given one, and all others joined with their neighbours: programs have few axes.
        static Shape Apart(Shape image, int axis) => new(image.Range(0, axis + 1).Elements, 1, image.Range(axis + 1, 4).Elements);

        Node Together(Node stretched, Shape image, int axis) => c.Graph.Reshape(stretched, image.With(axis, image[axis] * stretched.Shape[1]));
    }

    private static Node GroupNorm(LayerCall c)
    {
        GraphBuilder g = c.Graph;
        int channels = c.Input.Shape[-1], groups = c.Whole("groups");
        if (channels % groups != 0) throw BindError.OutOfRange(c.SpanOf("groups"), "groupnorm: groups", groups, $"a divisor of the {channels} channels");
        Dim places = c.Sample.HasLength ? c.Input.Shape[1] : (int)(c.Sample.Count / channels);
        Node x = g.Reshape(c.Input, new Shape(c.Input.Shape[0], places, groups, channels / groups));
        // Pixels first, which leaves little to add up across channels.
        Node MeanOf(Node value) => g.Mean(MaskedReductions.Mean(c.Scope, value, new Shape(1)), new Shape(3));
        Node centered = g.Sub(x, MeanOf(x));
        Node normal = g.Div(centered, g.Sqrt(g.Add(MeanOf(g.Mul(centered, centered)), g.Constant(c.Number("eps")))));
        return ScaleAndShift(c, g.Reshape(normal, c.Input.Shape), channels);
    }

    // With a number at the places that shorter sequences of the batch do not have.
    private static Node AsImage(LayerCall c, string layer, double padding) => c.Input.Shape.Rank switch
    {
        4 => c.Input,
        3 => c.Graph.Reshape(MaskedReductions.WithPadding(c.Scope, c.Input, padding), new Shape(c.Input.Shape[0], 1, c.Input.Shape[1], c.Input.Shape[2])),
        _ => throw BindError.WantsImage(c.Span, layer, c.Input.Shape),
    };

    private static Node LikeInput(LayerCall c, Node image) =>
        c.Input.Shape.Rank == 4 ? image : c.Graph.Reshape(image, new Shape(image.Shape[0], image.Shape[2], image.Shape[3]));

    private static (int Channels, int Groups) ChannelsAndGroups(LayerCall c, string layer)
    {
        int inputs = c.Input.Shape[-1], channels = c.Whole("channels"), groups = c.Whole("groups");
        return inputs % groups == 0 && channels % groups == 0
            ? (channels, groups)
            : throw BindError.OutOfRange(c.SpanOf("groups"), $"{layer}: groups", groups, $"a divisor of the {inputs} channels before and the {channels} after");
    }

    private static BindError TooLarge(LayerCall c, string layer, (int Y, int X) window) =>
        BindError.WindowTooLarge(c.SpanOf("window"), layer, WindowShape(c, window), c.Input.Shape);

    private static Shape WindowShape(LayerCall c, (int Y, int X) window) => c.Input.Shape.Rank == 3 ? new Shape(window.X) : new Shape(window.Y, window.X);

    // "same" keeps size ÷ stride, rounded up; the odd zero goes to the end. Causal: all zeros before, so that nothing is seen of what comes later.
    private static (int Before, int After) PaddingOf(LayerCall c, Dim size, int window, int stride, int dilation, bool vertical)
    {
        long reach = (long)dilation * (window - 1) + 1;
        switch (c.Word("padding") ?? "number")
        {
            case "valid": return (0, 0);
            case "causal":
                if (c.Input.Shape.Rank == 4) throw BindError.CausalImage(c.Span, c.Input.Shape);
                return (Fitting(c, reach - 1), 0);
            case "same" when size.IsLength:
                // As for a length that the stride goes into; after the end as many as any length needs.
                int first = Fitting(c, Math.Max(0, reach - stride)) / 2;
                return (first, Fitting(c, reach - 1 - first));
            case "same":
                long outputs = (size.Extent + (long)stride - 1) / stride;
                int total = Fitting(c, Math.Max(0, (outputs - 1) * stride + reach - size.Extent));
                return (total / 2, total - total / 2);
            default:
                (int before, int after) = c.Sides("padding", vertical);
                return (Fitting(c, before), Fitting(c, after));
        }
    }

    // Size of a transposed convolution's result along one axis, and the padding of the convolution that would lead back.
    private static (Dim Size, int Before, int After) Enlarged(LayerCall c, Dim size, int window, int stride, int dilation, bool vertical)
    {
        long reach = (long)dilation * (window - 1) + 1;
        if ((c.Word("padding") ?? "number") == "same")
        {
            int total = Fitting(c, Math.Max(0, reach - stride));
            return (Scaled(0), total / 2, total - total / 2);
        }

        (int before, int after) = PaddingOf(c, size, window, stride, dilation, vertical);
        if (size.IsKnown && (size.Extent - 1L) * stride + reach - before - after < 1)
            throw BindError.NothingLeft(c.Span, "conv_transpose", WindowShape(c, c.Pair("window")), Math.Max(before, after), c.Input.Shape);
        return (Scaled(reach - stride - before - after), before, after);

        Dim Scaled(long more) => size.IsLength ? size * stride + Fitting(c, more) : Fitting(c, (long)size.Extent * stride + more);
    }

    // Sums of paddings and sizes stay far below the largest number.
    private static int Fitting(LayerCall c, long extent) => extent < int.MaxValue / 8 ? (int)extent : throw BindError.NumberTooBig(c.Span, "the padded image");
}
