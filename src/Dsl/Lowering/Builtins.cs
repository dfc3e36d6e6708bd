using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>The functions that formulas are made of; everything else is defined in the prelude or by a script.</summary>
internal static class Builtins
{
    private static readonly Dictionary<string, Op> Unary = ElementwiseOps.Functions.ToDictionary(o => o.Function!.Word);

    // Functions of a whole tensor that are made of several ops, over any axes.
    private static readonly string[] Reductions = ["mean", "max", "min", "var", "norm"];

    private static readonly Dictionary<string, OpWord> Words = OpTable.All.Where(o => o.Word is not null).ToDictionary(o => o.Word!.Word, o => o.Word!);

    private static readonly string[] Axes = ["features", "all", "time", "batch"];

    private static readonly string[] OneAxis = ["features", "time"];

    private static readonly string[] RowAxes = ["all", "tensor"];

    /// <summary>Every function with what it is for.</summary>
    public static IReadOnlyDictionary<string, string> Functions { get; } = new Dictionary<string, string>(
        ElementwiseOps.Functions.Select(o => KeyValuePair.Create(o.Function!.Word, o.Function.Help))
            .Concat(Words.Values.Select(w => KeyValuePair.Create(w.Word, w.Help))).Concat(Arrangements.Help))
    {
        ["min"] = "min(a, b): the smaller; min(x): the smallest over the features",
        ["max"] = "max(a, b): the larger; max(x): the largest over the features",
        ["mean"] = "mean over the features (over: all, time, batch)",
        ["var"] = "variance over the features (over: all, time, batch)",
        ["norm"] = "Euclidean length over the features (over: all, time, batch); in an optimizer over all weights, or over: tensor over those of each tensor",
        ["size"] = "number of features of x (over: all, time, batch)",
        ["target"] = "target(y, p): class numbers as a distribution over the features of p; other targets as they are",
        ["normal"] = "normal(n): n standard normal numbers for each sample; in an optimizer, normal() one for each weight and normal(1) one for all",
        ["uniform"] = "uniform(n): n uniform numbers in [0, 1) for each sample; in an optimizer as normal",
        ["grad"] = "grad(e, by: v): the derivative of e, one number for each sample, by a value that it is computed from; it can be differentiated again",
        ["divergence"] = "divergence(f, by: x): the sum of the derivatives of each feature of f by the same feature of x",
        ["laplacian"] = "laplacian(u, by: x): the sum of the second derivatives of u, one number for each sample, by each feature of x",
        [Alignments.Name] = "of sequences of symbols that nobody aligned with their places: -log of the probability of all ways to tell the target, from the "
            + "log_softmax of all symbols and a blank, the last",
        ["loss"] = "in an optimizer, loss(v): the loss of the batch with weights v",
    };

    /// <summary>Whether it is a loss of prediction and target.</summary>
    public static bool IsLoss(string name) => name == Alignments.Name;

    /// <summary>Whether it is a function of one number.</summary>
    public static bool IsUnary(string name) => Unary.ContainsKey(name);

    /// <summary>Whether an element of its value depends on others of its argument than that at the same place, given so many arguments.</summary>
    public static bool IsAcross(string name, int arguments) =>
        IsLoss(name) || Words.ContainsKey(name) || Arrangements.Help.ContainsKey(name)
        || (Reductions.Contains(name) && (arguments == 1 || name is not ("min" or "max")));

    public static Value Call(string name, IReadOnlyList<Value> arguments, IReadOnlyDictionary<string, Value> named, TextSpan span, Env env)
    {
        if (Arrangements.Help.ContainsKey(name)) return Arrangements.Call(name, arguments, named, span, env);
        if (Derivatives.Names.Contains(name)) return Derivatives.Call(name, arguments, named, span, env);
        OpWord? row = Words.GetValueOrDefault(name);
        bool reduces = Reductions.Contains(name) || name == "size" || row is { Over: OpAxes.One or OpAxes.Any };
        foreach (string option in named.Keys.Where(k => k != "over" || !reduces)) throw BindError.UnknownOption(span, option, name, reduces ? ["over"] : []);
        if (name == "loss") return Loss(arguments, span, env);
        if (name == Alignments.Name) return Aligned(arguments, span, env);
        if (arguments.Count == 0 && env.It is not null) arguments = [env.It];
        if (Unary.TryGetValue(name, out Op? unary))
        {
            Expect(arguments, 1, name, span);
            if (arguments[0] is NumberValue n) return new NumberValue(unary.Function!.Value(n.Number));
            return Evaluator.Make(span, () => env.Scope(span).Graph.Add(unary, null, Evaluator.Tensor(arguments[0], span, env, name)));
        }

        if (name is "normal" or "uniform") return Random(name, arguments, span, env);
        if (arguments.Count == 2 && name is ("min" or "max")) return MinMax(name, arguments, span, env);
        if (name == "target")
        {
            Expect(arguments, 2, name, span);
            return Evaluator.Make(span, () =>
            {
                BuildScope scope = env.Scope(span);
                Node y = Evaluator.Tensor(arguments[0], span, env, name), p = Evaluator.Tensor(arguments[1], span, env, name);
                Node Of(Node classes) => Target(scope.Graph, classes, p, span, env.Definitions.Data.Target.Column);
                if (scope.MixedWith(y) is not { } mixed) return Of(y);
                GraphBuilder b = scope.Graph;
                return b.Add(b.Mul(Of(y), mixed.Kept), b.Mul(Of(mixed.Others), b.Sub(b.Constant(1), mixed.Kept)));
            });
        }

        Expect(arguments, 1, name, span);
        Node x = Evaluator.Tensor(arguments[0], span, env, name);
        if (name == "size") return Size(x, named, span, env);
        if (x.Shape.Rank == 0) return new TensorValue(x);
        GraphBuilder g = env.Scope(span).Graph;
        if (row?.Over == OpAxes.Features) return Evaluator.Make(span, () => row.Build(g, x, new Shape(-1)));
        if (row?.Over == OpAxes.One)
        {
            // The weights of an optimizer have no order.
            if (env.Optimizer is { } weights && x.Shape == weights.Row.Slot.Shape) throw BindError.NoOrder(span, name);
            return Evaluator.Make(span, () => row.Build(g, x, AxesOf(named, x.Shape, span, OneAxis)));
        }

        if (env.Optimizer is { } optimizer && x.Shape == optimizer.Row.Slot.Shape)
        {
            bool tensor = named.TryGetValue("over", out Value? over) && Word(over, RowAxes, span) == "tensor";
            return Evaluator.Make(span, () => tensor
                ? optimizer.Row.PerTensor(g, x, part => Reduced(env.Scope(span), name, part, new Shape(0)))
                : Reduced(env.Scope(span), name, optimizer.Row.WithoutGaps(g, x), new Shape(0)));
        }

        Shape axes = AxesOf(named, x.Shape, span);
        return Evaluator.Make(span, () => Reduced(env.Scope(span), name, x, axes));
    }

    // How many samples there are is no number of the model: the last batch of an epoch may be smaller.
    private static Value Size(Node x, IReadOnlyDictionary<string, Value> named, TextSpan span, Env env)
    {
        if (x.Shape.Rank == 0) return new NumberValue(1);
        if (!named.ContainsKey("over")) return new NumberValue(x.Shape[-1].IsBatch ? 1 : x.Shape[-1]);
        Shape over = AxesOf(named, x.Shape, span);
        if (MaskedReductions.Count(env.Scope(span), x.Shape, over) is { } count) return new TensorValue(count);
        Dim[] extents = [.. over.Select(axis => x.Shape[axis])];
        return Array.TrueForAll(extents, e => e.IsKnown && !e.IsBatch)
            ? new NumberValue(extents.Aggregate(1.0, (n, e) => n * e))
            : Evaluator.Make(span, () => env.Scope(span).Graph.Extent(extents.Aggregate((Dim)1, (n, e) => n * e)));
    }

    // Padding of sequences counts in none of them.
    private static Node Reduced(BuildScope scope, string name, Node x, Shape axes) => name switch
    {
        _ when Words.TryGetValue(name, out OpWord? row) => row.Build(scope.Graph, MaskedReductions.Summands(scope, x, axes), axes),
        "mean" => MaskedReductions.Mean(scope, x, axes),
        "max" => MaskedReductions.Max(scope, x, axes),
        "min" => scope.Graph.Neg(MaskedReductions.Max(scope, scope.Graph.Neg(x), axes)),
        "var" => MaskedReductions.Variance(scope, x, axes),
        _ => scope.Graph.Sqrt(MaskedReductions.Sum(scope, scope.Graph.Mul(x, x), axes)),
    };

    /// <summary>The target in the prediction's form: class numbers one-hot, or as one number where the prediction is one.</summary>
    public static Node Target(GraphBuilder g, Node y, Node p, TextSpan span, string? column)
    {
        if (y.Shape.IsSingle && y.Type == DType.F32) return y;
        if (y.Type == DType.I32)
        {
            if (p.Shape.HasCountOf(y.Shape)) return g.Cast(g.Reshape(y, p.Shape), DType.F32);
            if (p.Shape.Rank != y.Shape.Rank + 1 || !p.Shape.With(-1, 1).HasCountOf(y.Shape))
                throw BindError.ShapesDiffer(span, "target and prediction do not fit", y.Shape, p.Shape, null);
            return g.Equal(g.Iota(p.Shape, -1), g.Reshape(y, p.Shape.With(-1, 1)));
        }

        // Anything else that broadcasts would compare one target with several predictions.
        return y.Shape.HasCountOf(p.Shape)
            ? g.Reshape(y, p.Shape)
            : throw BindError.ShapesDiffer(span, "target and prediction do not fit", y.Shape, p.Shape,
                column is null || !y.Shape.HasCountOf(p.Shape.With(-1, 1))
                ? "the model must end with as many features as the target has"
                : $"a number is predicted by: dense 1; if these numbers stand for classes, write in data: types {column}: word");
    }

    private static Shape AxesOf(IReadOnlyDictionary<string, Value> named, Shape shape, TextSpan span, string[]? choices = null)
    {
        choices ??= Axes;
        if (!named.TryGetValue("over", out Value? over)) return new Shape(-1);
        string word = Word(over, choices, span);
        return word switch
        {
            "features" => new Shape(-1),
            "all" => new Shape([.. Enumerable.Range(Math.Min(1, shape.Rank - 1), shape.Rank - Math.Min(1, shape.Rank - 1))]),
            "time" when shape.Rank >= 3 => new Shape(1),
            "batch" => new Shape(0),
            _ => throw BindError.UnknownChoice(span, "axis", word, choices),
        };
    }

    private static string Word(Value over, string[] axes, TextSpan span)
    {
        string word = (over as TextValue)?.Text ?? "";
        return axes.Contains(word) ? word : throw BindError.UnknownChoice(span, "axis", word, axes);
    }

    private static Value Aligned(IReadOnlyList<Value> arguments, TextSpan span, Env env)
    {
        Expect(arguments, 2, Alignments.Name, span);
        LossDomain.Check(Alignments.Name, arguments, span, env);
        Node At(int i) => Evaluator.Tensor(arguments[i], span, env, Alignments.Name);
        return Evaluator.Make(span, () => Alignments.Loss(env, span, At(0), At(1)));
    }

    private static Value Loss(IReadOnlyList<Value> arguments, TextSpan span, Env env)
    {
        if (env.Optimizer is not { } optimizer) throw BindError.OptimizersOnly(span, "loss(v)");
        Expect(arguments, 1, "loss", span);
        Node weights = Evaluator.Tensor(arguments[0], span, env, "loss");
        return Evaluator.Make(span, () => optimizer.Loss(weights));
    }

    private static Value MinMax(string name, IReadOnlyList<Value> x, TextSpan span, Env env)
    {
        if (x[0] is NumberValue a && x[1] is NumberValue b) return new NumberValue(name == "min" ? Math.Min(a.Number, b.Number) : Math.Max(a.Number, b.Number));
        Node p = Evaluator.Tensor(x[0], span, env, name), q = Evaluator.Tensor(x[1], span, env, name);
        return Evaluator.Make(span, () => name == "min" ? env.Scope(span).Graph.Min(p, q) : env.Scope(span).Graph.Max(p, q));
    }

    private static Value Random(string name, IReadOnlyList<Value> arguments, TextSpan span, Env env)
    {
        BuildScope scope = env.Scope(span);
        GraphBuilder g = scope.Graph;
        Node Draw(Shape shape) => name == "normal"
            ? g.Normal(scope.Seed, scope.Step, scope.NextStream(), shape)
            : g.Uniform(scope.Seed, scope.Step, scope.NextStream(), shape);
        if (env.Optimizer is { } optimizer && arguments.Count == 0) return new TensorValue(optimizer.Row.ZeroGaps(g, Draw(optimizer.Row.Slot.Shape)));
        Expect(arguments, 1, name, span);
        if (arguments[0] is not NumberValue n) throw BindError.NotANumber(span, $"{name}(n)", arguments[0].Describe());
        if (!WholeRange.Positive.Contains(n.Number)) throw BindError.NotWhole(span, $"{name}(n)", n.Number, WholeRange.Positive);
        return Evaluator.Make(span, () => Draw(env.Optimizer is null ? new Shape(env.Samples, (Dim)(int)n.Number) : new Shape((int)n.Number)));
    }

    private static void Expect(IReadOnlyList<Value> arguments, int count, string name, TextSpan span)
    {
        if (arguments.Count > count) throw BindError.TooManyArguments(span, name, count);
        if (arguments.Count < count) throw BindError.MissingArgument(span, name, count == 1 ? "a value" : $"{count} values");
    }
}
