using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>What several layers are made of: options, first values, and pieces of their values.</summary>
internal static class LayerParts
{
    /// <summary>Whether there is a bias.</summary>
    public static readonly OptionRow Bias = OptionRow.Flag("bias", "true", "whether a learned number is added to each feature");

    /// <summary>How the weights start.</summary>
    public static readonly OptionRow Init = new("init", OptionKind.Initializer, "±1/√(fan in)", Meanings.Init);

    // Weights and biases uniform in ±1/√(fan in): the spread of an output then hardly depends on the number of inputs. With `init`, biases
    // start at zero.
    public static Initializer Narrow(long fanIn) => new(InitializerKind.Uniform, -1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));

    public static Node WithBias(LayerCall c, Node y, int units, long fanIn)
    {
        if (c.Word("bias") == "false") return y;
        Initializer init = c.Has("init") ? Initializer.Zeros : Narrow(fanIn);
        return c.Graph.Add(y, c.Tensor("bias", new Shape(units), ParameterKind.Bias, init, fanIn, units));
    }

    public static Node Dropped(LayerCall c, Node x, string argument, bool wholeSamples = false)
    {
        double rate = c.Number(argument);
        if (rate is not (>= 0 and < 1)) throw BindError.OutOfRange(c.SpanOf(argument), wholeSamples ? "drop_path" : "dropout", rate, "from 0 to below 1");
        if (!c.Scope.Training || rate == 0) return x;
        Node draw = c.Graph.Uniform(c.Scope.Seed, c.Scope.Step, c.Scope.NextStream(),
            wholeSamples ? new Shape([.. Enumerable.Repeat(1, x.Shape.Rank)]).With(0, x.Shape[0]) : x.Shape);
        Node keep = c.Graph.Select(c.Graph.Less(draw, c.Graph.Constant(rate)), c.Graph.Constant(0), c.Graph.Constant(1 / (1 - rate)));
        return c.Graph.Mul(x, keep);
    }

    // Ba, Kiros and Hinton 2016.
    public static Node OfMeanZero(LayerCall c, Node x, double eps, string prefix = "")
    {
        GraphBuilder g = c.Graph;
        Node centered = g.Sub(x, g.Mean(x, new Shape(-1)));
        Node variance = g.Mean(g.Mul(centered, centered), new Shape(-1));
        Node normal = g.Div(centered, g.Sqrt(g.Add(variance, g.Constant(eps))));
        return ScaleAndShift(c, normal, x.Shape[-1], prefix);
    }

    public static Node ScaleAndShift(LayerCall c, Node normal, int features, string prefix = "")
    {
        (Node scale, Node shift) = ScaleAndShift(c, features, prefix);
        return c.Graph.Add(c.Graph.Mul(normal, scale), shift);
    }

    public static (Node Scale, Node Shift) ScaleAndShift(LayerCall c, int features, string prefix = "") => (
        c.Tensor(prefix + "scale", new Shape(features), ParameterKind.Bias, Initializer.Ones, features, features),
        c.Tensor(prefix + "shift", new Shape(features), ParameterKind.Bias, Initializer.Zeros, features, features));

    public static LayerCall Sequence(LayerCall c) =>
        c.Input.Shape.Rank == 3 ? c : throw BindError.WantsSequence(c.Span, c.Name, c.Input.Shape);
}
