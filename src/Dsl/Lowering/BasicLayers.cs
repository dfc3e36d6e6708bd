using Nn.Graphs;
using Nn.Ops;
using Nn.Training;
using static Nn.Dsl.LayerParts;

namespace Nn.Dsl;

/// <summary>Layers for samples of any shape.</summary>
internal static class BasicLayers
{
    /// <summary>The rows of the table.</summary>
    public static StandardLayer[] Rows =>
    [
        new("dense", [new("units", OptionKind.Whole, null, Meanings.Units), Bias, Init],
            "it @ weight + bias, along the last axis", "dense 128, relu", Dense, Activation: true),
        new("flatten", [], "all axes of a sample as one", "flatten", Flatten, InExpressions: true),
        new("reshape", [new("shape", OptionKind.Shape, null, "extents of the output, with as many elements as before")], "the same elements with other extents",
            "reshape 7x7x16", Reshape, InExpressions: true),
        new("dropout", [new("rate", OptionKind.Number, "0.5", "share that is dropped, from 0 to below 1")],
            "sets a share of the elements to zero while training, and scales the others up", "dropout 0.2", Dropout),
        new("drop_path", [new("rate", OptionKind.Number, "0.1", "share of the samples for which all is dropped, from 0 to below 1")],
            "at the end of a residual's body: leaves the body out for a share of the samples while training, and scales it up for the others", "drop_path 0.1",
            DropPath),
        new("gaussian_noise", [new("deviation", OptionKind.Number, "0.1", "standard deviation of the noise")], "adds normal noise while training",
            "gaussian_noise 0.1", Noise),
        new("layernorm", [new("eps", OptionKind.Number, "1e-5", Meanings.Eps)],
            "mean 0 and variance 1 over the features of each sample, then a learned scale and shift", "layernorm", LayerNorm),
        new("batchnorm",
            [new("momentum", OptionKind.Number, "0.1", "share of each batch in the running statistics"), new("eps", OptionKind.Number, "1e-5", Meanings.Eps)],
            "mean 0 and variance 1 of each channel over the batch (running statistics at evaluation), then a learned scale and shift", "batchnorm", BatchNorm),
        new("maxout", [new("units", OptionKind.Whole, null, Meanings.Units),
            new("pieces", OptionKind.Whole, "2", "linear functions of which each unit takes the largest"), Init],
            "the largest of several linear pieces for each unit", "maxout 32, pieces: 3", MaxOut),
    ];

    private static Node Dense(LayerCall c)
    {
        int inputs = c.Input.Shape[-1], units = c.Whole("units");
        Node w = c.Tensor("weight", new Shape(inputs, units), ParameterKind.Weight, c.Init(Narrow(inputs)), inputs, units);
        return WithBias(c, c.Graph.MatMul(c.Input, w), units, inputs);
    }

    private static Node Flatten(LayerCall c) => c.Sample.HasLength
        ? throw BindError.WantsFixedLength(c.Span, c.Name, c.Input.Shape)
        : c.Graph.Reshape(c.Input, new Shape(c.Input.Shape[0], checked((int)c.Sample.Count)));

    private static Node Reshape(LayerCall c)
    {
        if (c.Sample.HasLength) throw BindError.WantsFixedLength(c.Span, c.Name, c.Input.Shape);
        Shape shape = c.Shape("shape");
        if (shape.Count != c.Sample.Count)
            throw BindError.ShapesDiffer(c.Span, "reshape keeps the number of elements", c.Input.Shape, shape,
                $"{c.Sample} has {c.Sample.Count} elements, {shape} has {shape.Count}");
        return c.Graph.Reshape(c.Input, new Shape(c.Input.Shape[0]).Concat(shape));
    }

    private static Node Dropout(LayerCall c) => Dropped(c, c.Input, "rate");

    // Stochastic depth (Huang et al. 2016), each sample by itself.
    private static Node DropPath(LayerCall c) => Dropped(c, c.Input, "rate", wholeSamples: true);

    private static Node Noise(LayerCall c)
    {
        double deviation = c.Number("deviation");
        if (deviation < 0) throw BindError.Negative(c.SpanOf("deviation"), "gaussian_noise", deviation);
        if (!c.Scope.Training || deviation == 0) return c.Input;
        Node draw = c.Graph.Normal(c.Scope.Seed, c.Scope.Step, c.Scope.NextStream(), c.Input.Shape);
        return c.Graph.Add(c.Input, c.Graph.Mul(draw, c.Graph.Constant(deviation)));
    }

    private static Node LayerNorm(LayerCall c) => OfMeanZero(c, c.Input, c.Number("eps"));

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
            mean = MaskedReductions.Mean(c.Scope, c.Input, axes);
            // The squares are smallest around the mean, so its own share in their gradient is zero: one pass less over the batch.
            Node d = g.Sub(c.Input, g.Detach(mean));
            variance = MaskedReductions.Mean(c.Scope, g.Mul(d, d), axes);
            double momentum = c.Number("momentum");
            // The running variance is the unbiased one, as elsewhere; the batch is scaled by its own, biased variance.
            Dim count = c.Input.Shape.Range(0, c.Input.Shape.Rank - 1).Elements;
            Node unbiased = MaskedReductions.Count(c.Scope, c.Input.Shape, axes) is { } places
                ? g.Div(g.Mul(variance, places), g.Max(g.Sub(places, g.Constant(1)), g.Constant(1)))
                : count.IsKnown ? g.Mul(variance, g.Constant(count > 1 ? (double)count / (count - 1) : 1))
                    : g.Div(g.Mul(variance, g.Extent(count)), g.Extent(count - 1));
            Node Running(Parameter p, Node batch) => g.Add(
                g.Mul(c.Scope.Read(p), g.Constant(1 - momentum)), g.Mul(g.Reshape(batch, new Shape(features)), g.Constant(momentum)));
            c.Scope.Update(runningMean, g.Detach(Running(runningMean, mean)));
            c.Scope.Update(runningVariance, g.Detach(Running(runningVariance, unbiased)));
        }
        else
        {
            (mean, variance) = (c.Scope.Read(runningMean), c.Scope.Read(runningVariance));
        }

        (Node scale, Node shift) = ScaleAndShift(c, features);
        // A factor and a summand for each channel are all that the batch meets.
        Node factor = g.Div(scale, g.Sqrt(g.Add(variance, g.Constant(c.Number("eps")))));
        return g.Add(g.Mul(g.Sub(c.Input, mean), factor), shift);
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
}
