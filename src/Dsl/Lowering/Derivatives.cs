using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>
/// Derivatives by values within a formula. Each is built of ordinary operations, so that a loss which has them is differentiated like any other. Samples do not
/// mix, so that the derivative of a sum over the batch by the values of a sample is that of the sample alone; where a layer mixes them, as batch norm does,
/// that is part of the derivative.
/// </summary>
internal static class Derivatives
{
    /// <summary>The functions.</summary>
    public static readonly string[] Names = ["grad", "divergence", "laplacian"];

    /// <summary>Calls one of them.</summary>
    public static Value Call(string name, IReadOnlyList<Value> arguments, IReadOnlyDictionary<string, Value> named, TextSpan span, Env env)
    {
        if (named.Keys.FirstOrDefault(k => k != "by") is { } option) throw BindError.UnknownOption(span, option, name, ["by"]);
        if (arguments.Count > 1) throw BindError.TooManyArguments(span, name, 1);
        if (arguments.Count == 0) throw BindError.MissingArgument(span, name, "what is differentiated", Example(name));
        if (!named.TryGetValue("by", out Value? stated))
            throw BindError.MissingArgument(span, name, "'by', the value by which it is differentiated", Example(name));
        BuildScope scope = env.Scope(span);
        Node of = Evaluator.Tensor(arguments[0], span, env, name), by = Evaluator.Tensor(stated, span, env, $"{name}: by");
        if (by.Type == DType.I32) throw BindError.BySymbols(span, name);
        if (!DependsOn(of, by)) throw BindError.Independent(span, name);
        Value value = Evaluator.Make(span, () => name switch
        {
            "grad" => Gradient(scope, Single(of, span, name), by),
            "divergence" => Divergence(scope, of, by, span),
            _ => Divergence(scope, Gradient(scope, Single(of, span, name), by), by, span),
        });
        if (scope is ProbeScope probe && value is TensorValue derivative) probe.Derive(derivative.Node, of);
        return value;
    }

    // By every element of the value, of its shape.
    private static Node Gradient(BuildScope scope, Node of, Node by)
    {
        GraphBuilder g = scope.Graph;
        return Autodiff.Gradients(g, [(of, g.BroadcastTo(g.Constant(1), of.Shape))], [by], scope.Constants, again: scope.Training)[0];
    }

    private static Node Divergence(BuildScope scope, Node of, Node by, TextSpan span)
    {
        GraphBuilder g = scope.Graph;
        if (of.Shape != by.Shape || of.Shape.Rank < 2)
            throw BindError.ShapesDiffer(span, "divergence is of as many numbers as it is by", of.Shape, by.Shape, "grad(u, by: x) has the shape of x");
        Node? sum = null;
        for (int f = 0; f < of.Shape[-1]; f++)
        {
            Node one = g.Slice(of, -1, f, 1);
            Node part = g.Slice(Gradient(scope, one, by), -1, f, 1);
            sum = sum is null ? part : g.Add(sum, part);
        }

        return sum!;
    }

    private static Node Single(Node of, TextSpan span, string name) => of.Shape.Rank == 0 || of.Shape.Range(1, of.Shape.Rank).Count == 1 ? of
        : throw BindError.DerivativeOfSeveral(span, name, of.Shape);

    private static bool DependsOn(Node of, Node by)
    {
        var seen = new HashSet<Node> { of };
        var open = new Stack<Node>(seen);
        while (open.TryPop(out Node? n))
        {
            if (n == by) return true;
            foreach (Node input in n.Inputs)
            {
                if (seen.Add(input)) open.Push(input);
            }
        }

        return false;
    }

    private static string Example(string name) => name == "divergence" ? "divergence(f(x), by: x)" : $"{name}(net(x), by: x)";
}
