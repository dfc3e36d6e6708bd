using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>The table of standard layers: one row each.</summary>
internal static partial class StandardLayers
{
    private static readonly LayerParameter Bias = new("bias", ArgumentKind.Word, "true", "true", "false");
    private static readonly LayerParameter Init = new("init", ArgumentKind.Initializer, "±1/√(fan in)");
    private static readonly LayerParameter Padding = new("padding", ArgumentKind.Word, "valid", "same", "valid", "number");

    /// <summary>All rows by name.</summary>
    public static IReadOnlyDictionary<string, StandardLayer> All { get; } = new StandardLayer[]
    {
        new("dense", [new("units", ArgumentKind.Whole, null), Bias, Init],
            "it @ weight + bias, along the last axis", "dense 128, relu", Dense, Activation: true),
        new("conv", [new("channels", ArgumentKind.Whole, null), new("window", ArgumentKind.Shape, null), new("stride", ArgumentKind.Shape, "1"), Padding,
                new("dilation", ArgumentKind.Shape, "1"), new("groups", ArgumentKind.Whole, "1"), Bias, Init],
            "convolution of images; padding: same, valid or a number", "conv 16, 3x3, same, relu", Convolution, Activation: true),
        new("maxpool", [new("window", ArgumentKind.Shape, null), new("stride", ArgumentKind.Shape, "0"), Padding],
            "the largest of each window", "maxpool 2x2", c => Pool(c, max: true), InExpressions: true),
        new("avgpool", [new("window", ArgumentKind.Shape, "0"), new("stride", ArgumentKind.Shape, "0"), Padding, new("global", ArgumentKind.Word, "false", "true", "false")],
            "the mean of each window, or of the whole image: avgpool global", "avgpool 2x2", c => Pool(c, max: false), InExpressions: true),
        new("flatten", [], "all axes of a sample as one", "flatten", c => c.Graph.Reshape(c.Input, new Shape(c.Input.Shape[0], checked((int)c.Sample.Count))), InExpressions: true),
        new("reshape", [new("shape", ArgumentKind.Shape, null)], "the same elements with other extents", "reshape 7x7x16", Reshape, InExpressions: true),
        new("dropout", [new("rate", ArgumentKind.Number, "0.5")],
            "sets a share of the elements to zero while training, and scales the others up", "dropout 0.2", Dropout),
        new("gaussian_noise", [new("deviation", ArgumentKind.Number, "0.1")], "adds normal noise while training", "gaussian_noise 0.1", Noise),
        new("layernorm", [new("eps", ArgumentKind.Number, "1e-5")],
            "mean 0 and variance 1 over the features of each sample, then a learned scale and shift", "layernorm", LayerNorm),
        new("batchnorm", [new("momentum", ArgumentKind.Number, "0.1"), new("eps", ArgumentKind.Number, "1e-5")],
            "mean 0 and variance 1 of each channel over the batch (running statistics at evaluation), then a learned scale and shift", "batchnorm", BatchNorm),
        new("maxout", [new("units", ArgumentKind.Whole, null), new("pieces", ArgumentKind.Whole, "2"), Init],
            "the largest of several linear pieces for each unit", "maxout 32, pieces: 3", MaxOut),
    }.Concat(TextLayers).ToDictionary(l => l.Name);

    // Weights and biases uniform in ±1/√(fan in): the spread of an output then hardly depends on the number of inputs. With `init`, biases
    // start at zero.
    private static Initializer Narrow(long fanIn) => new(InitializerKind.Uniform, -1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));

    private static Node Dense(LayerCall c)
    {
        int inputs = c.Input.Shape[-1], units = c.Whole("units");
        Node w = c.Tensor("weight", new Shape(inputs, units), ParameterKind.Weight, c.Init(Narrow(inputs)), inputs, units);
        return WithBias(c, c.Graph.MatMul(c.Input, w), units, inputs);
    }

    private static Node WithBias(LayerCall c, Node y, int units, long fanIn)
    {
        if (c.Word("bias") == "false") return y;
        Initializer init = c.Has("init") ? Initializer.Zeros : Narrow(fanIn);
        return c.Graph.Add(y, c.Tensor("bias", new Shape(units), ParameterKind.Bias, init, fanIn, units));
    }

    private static Node Convolution(LayerCall c)
    {
        Node x = Image(c, "conv");
        (int ky, int kx) = c.Pair("window");
        (int sy, int sx) = c.Pair("stride");
        (int dy, int dx) = c.Pair("dilation");
        int channels = c.Whole("channels"), groups = c.Whole("groups"), inputs = x.Shape[3];
        if (inputs % groups != 0 || channels % groups != 0)
            throw BindError.OutOfRange(c.SpanOf("groups"), "conv: groups", groups, $"a divisor of the {inputs} channels before and the {channels} after");
        (int top, int bottom) = PaddingOf(c, x.Shape[1], ky, sy, dy);
        (int left, int right) = PaddingOf(c, x.Shape[2], kx, sx, dx);
        var attributes = new ConvAttributes(sy, sx, top, bottom, left, right, dy, dx, groups);
        if (ConvolutionOps.Extent(x.Shape[1], ky, sy, top + bottom, dy) < 1 || ConvolutionOps.Extent(x.Shape[2], kx, sx, left + right, dx) < 1)
            throw BindError.WindowTooLarge(c.SpanOf("window"), "conv", new Shape(ky, kx), x.Shape);
        long fanIn = (long)ky * kx * inputs / groups, fanOut = (long)ky * kx * channels / groups;
        Node w = c.Tensor("weight", new Shape(ky, kx, inputs / groups, channels), ParameterKind.Weight, c.Init(Narrow(fanIn)), fanIn, fanOut);
        return WithBias(c, c.Graph.Conv(x, w, attributes), channels, fanIn);
    }

    private static Node Pool(LayerCall c, bool max)
    {
        Node x = Image(c, max ? "maxpool" : "avgpool");
        bool global = !max && (c.Word("global") == "true" || !c.Has("window"));
        if (global) return c.Graph.Mean(x, new Shape(1, 2)) is var mean ? c.Graph.Reshape(mean, new Shape(x.Shape[0], x.Shape[3])) : x;
        (int wy, int wx) = c.Pair("window");
        (int sy, int sx) = c.Has("stride") ? c.Pair("stride") : (wy, wx);
        (int top, int bottom) = PaddingOf(c, x.Shape[1], wy, sy, 1);
        (int left, int right) = PaddingOf(c, x.Shape[2], wx, sx, 1);
        if (x.Shape[1] + top + bottom < wy || x.Shape[2] + left + right < wx)
            throw BindError.WindowTooLarge(c.SpanOf("window"), max ? "maxpool" : "avgpool", new Shape(wy, wx), x.Shape);
        var attributes = new PoolAttributes(wy, wx, sy, sx, top, bottom, left, right);
        return max ? c.Graph.MaxPool(x, attributes) : c.Graph.AveragePool(x, attributes);
    }

    private static Node Reshape(LayerCall c)
    {
        Shape shape = c.Shape("shape");
        if (shape.Count != c.Sample.Count)
            throw BindError.ShapesDiffer(c.Span, "reshape keeps the number of elements", c.Input.Shape, shape, $"{c.Sample} has {c.Sample.Count} elements, {shape} has {shape.Count}");
        return c.Graph.Reshape(c.Input, new Shape(c.Input.Shape[0]).Concat(shape));
    }

    private static Node Dropout(LayerCall c) => Dropped(c, c.Input, "rate");

    private static Node Dropped(LayerCall c, Node x, string argument)
    {
        double rate = c.Number(argument);
        if (rate is not (>= 0 and < 1)) throw BindError.OutOfRange(c.SpanOf(argument), "dropout", rate, "from 0 to below 1");
        if (!c.Scope.Training || rate == 0) return x;
        Node draw = c.Graph.Uniform(c.Scope.Seed, c.Scope.Step, c.Scope.NextStream(), x.Shape);
        Node keep = c.Graph.Select(c.Graph.Less(draw, c.Graph.Constant(rate)), c.Graph.Constant(0), c.Graph.Constant(1 / (1 - rate)));
        return c.Graph.Mul(x, keep);
    }

    private static Node Noise(LayerCall c)
    {
        double deviation = c.Number("deviation");
        if (deviation < 0) throw BindError.Negative(c.SpanOf("deviation"), "gaussian_noise", deviation);
        if (!c.Scope.Training || deviation == 0) return c.Input;
        Node draw = c.Graph.Normal(c.Scope.Seed, c.Scope.Step, c.Scope.NextStream(), c.Input.Shape);
        return c.Graph.Add(c.Input, c.Graph.Mul(draw, c.Graph.Constant(deviation)));
    }

    private static Node LayerNorm(LayerCall c) => OfMeanZero(c, c.Input, c.Number("eps"));

    // Ba, Kiros and Hinton 2016.
    private static Node OfMeanZero(LayerCall c, Node x, double eps, string prefix = "")
    {
        GraphBuilder g = c.Graph;
        Node centered = g.Sub(x, g.Mean(x, new Shape(-1)));
        Node variance = g.Mean(g.Mul(centered, centered), new Shape(-1));
        Node normal = g.Div(centered, g.Sqrt(g.Add(variance, g.Constant(eps))));
        return ScaleAndShift(c, normal, x.Shape[-1], prefix);
    }

    private static Node BatchNorm(LayerCall c)
    {
        GraphBuilder g = c.Graph;
        int features = c.Input.Shape[-1];
        var axes = new Shape([.. Enumerable.Range(0, c.Input.Shape.Rank - 1)]);
        Parameter runningMean = c.Stored("running_mean", new Shape(features), ParameterKind.State, Initializer.Zeros, features, features);
        Parameter runningVariance = c.Stored("running_variance", new Shape(features), ParameterKind.State, Initializer.Ones, features, features);
        Node mean, variance;
        if (c.Scope.Training)
        {
            mean = g.Mean(c.Input, axes);
            Node d = g.Sub(c.Input, mean);
            variance = g.Mean(g.Mul(d, d), axes);
            double momentum = c.Number("momentum");
            long count = c.Input.Shape.Count / features;
            // The running variance is the unbiased one, as elsewhere; the batch is scaled by its own, biased variance.
            Node unbiased = g.Mul(variance, g.Constant(count > 1 ? (double)count / (count - 1) : 1));
            Node Running(Parameter p, Node batch) => g.Add(
                g.Mul(c.Scope.Read(p), g.Constant(1 - momentum)), g.Mul(g.Reshape(batch, new Shape(features)), g.Constant(momentum)));
            c.Scope.Update(runningMean, g.Detach(Running(runningMean, mean)));
            c.Scope.Update(runningVariance, g.Detach(Running(runningVariance, unbiased)));
        }
        else
        {
            (mean, variance) = (c.Scope.Read(runningMean), c.Scope.Read(runningVariance));
        }

        Node normal = g.Div(g.Sub(c.Input, mean), g.Sqrt(g.Add(variance, g.Constant(c.Number("eps")))));
        return ScaleAndShift(c, normal, features);
    }

    private static Node ScaleAndShift(LayerCall c, Node normal, int features, string prefix = "")
    {
        Node scale = c.Tensor(prefix + "scale", new Shape(features), ParameterKind.Bias, Initializer.Ones, features, features);
        Node shift = c.Tensor(prefix + "shift", new Shape(features), ParameterKind.Bias, Initializer.Zeros, features, features);
        return c.Graph.Add(c.Graph.Mul(normal, scale), shift);
    }

    private static Node MaxOut(LayerCall c)
    {
        int inputs = c.Input.Shape[-1], units = c.Whole("units"), pieces = c.Whole("pieces");
        Node w = c.Tensor("weight", new Shape(inputs, checked(units * pieces)), ParameterKind.Weight, c.Init(Initializer.Glorot), inputs, units);
        Node b = c.Tensor("bias", new Shape(units * pieces), ParameterKind.Bias, Initializer.Zeros, inputs, units);
        Node y = c.Graph.Add(c.Graph.MatMul(c.Input, w), b);
        Shape lead = c.Input.Shape.Range(0, c.Input.Shape.Rank - 1);
        Node split = c.Graph.Reshape(y, lead.Concat(new Shape(units, pieces)));
        return c.Graph.Reshape(c.Graph.ReduceMax(split, new Shape(-1)), lead.Concat(new Shape(units)));
    }

    private static Node Image(LayerCall c, string layer) => c.Input.Shape.Rank == 4
        ? c.Input
        : throw BindError.WantsImage(c.Span, layer, c.Input.Shape);

    // "same" keeps size ÷ stride, rounded up; the odd zero goes to the end.
    private static (int Before, int After) PaddingOf(LayerCall c, int size, int window, int stride, int dilation)
    {
        string word = c.Word("padding") ?? "number";
        if (word == "valid") return (0, 0);
        if (word != "same") return Number(c);
        int reach = dilation * (window - 1) + 1, outputs = (size + stride - 1) / stride;
        int total = Math.Max(0, (outputs - 1) * stride + reach - size);
        return (total / 2, total - total / 2);
    }

    private static (int Before, int After) Number(LayerCall c)
    {
        int n = c.Whole("padding", 0);
        return (n, n);
    }
}
