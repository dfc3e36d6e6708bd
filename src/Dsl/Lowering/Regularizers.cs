using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>
/// <c>l1</c> = Σ|w| and <c>l2</c> = Σw² over the weights of the trained models; over one layer or model with <c>l2(dense_1)</c>, over biases too with
/// <c>l2(all)</c>.
/// </summary>
internal static class Regularizers
{
    public static Value Build(string name, TextSpan span, IReadOnlyList<Argument> arguments, Env env)
    {
        if (arguments.Count > 1) throw BindError.TooManyArguments(span, name, 1);
        if (env.Loss!.Weights is not { } all) return new TensorValue(env.Scope(span).Graph.Constant(0));
        Parameter[] chosen = [.. all.Where(p => p.Kind == ParameterKind.Weight)];
        if (arguments.Count == 1)
        {
            if (arguments[0].Value is not NameExpr layer)
                throw BindError.UnexpectedArgument(arguments[0].Span, name, "this", $"write: {name}, {name}(all) or {name}(dense_1)");
            string[] layers = [.. all.SelectMany(p => p.Name.Split('.').SkipLast(1)).Distinct()];
            chosen = layer.Name == "all"
                ? [.. all.Where(p => p.Trained)]
                : [.. all.Where(p => p.Kind == ParameterKind.Weight && p.Name.Split('.').SkipLast(1).Contains(layer.Name))];
            if (layer.Name != "all" && !layers.Contains(layer.Name)) throw BindError.UnknownChoice(layer.Span, "layer", layer.Name, layers);
        }

        BuildScope scope = env.Scope(span);
        GraphBuilder g = scope.Graph;
        Node? sum = null;
        foreach (Parameter p in chosen)
        {
            Node w = scope.Read(p);
            Node size = name == "l1" ? g.Abs(w) : g.Mul(w, w);
            Node part = g.Reshape(g.Sum(size, new Shape([.. Enumerable.Range(0, w.Shape.Rank)])), Shape.Scalar);
            sum = sum is null ? part : g.Add(sum, part);
        }

        return new TensorValue(sum ?? g.Constant(0));
    }
}
