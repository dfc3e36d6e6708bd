using Nn.Training;

namespace Nn.Dsl;

/// <summary>Initializers as written: <c>he</c>, <c>glorot(normal)</c>, <c>normal(0.02)</c>, <c>constant(1)</c>, <c>uniform(-1, 1)</c>.</summary>
internal static class Initializers
{
    private static readonly string[] Names = ["glorot", "xavier", "he", "lecun", "orthogonal", "zeros", "ones", "constant", "normal", "uniform", "kmeans_plus_plus", "data_mean", "principal_components"];

    public static Initializer Evaluate(Expr expr, Env env)
    {
        (NameExpr name, IReadOnlyList<Argument> arguments) = expr switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr c => (c.Function, c.Arguments),
            NumberExpr v => (new NameExpr(v.Span, "constant"), [new Argument(v.Span, null, default, v)]),
            _ => throw BindError.UnexpectedArgument(expr.Span, "init", "this", "write: init: he, init: normal(0.02) or init: zeros"),
        };
        double At(int i, double otherwise) => i < arguments.Count ? Evaluator.Number(arguments[i].Value, env, $"{name.Name}: argument {i + 1}") : otherwise;
        int most = name.Name switch { "constant" or "orthogonal" => 1, "normal" or "uniform" => 2, "zeros" or "ones" or "kmeans_plus_plus" or "data_mean" or "principal_components" => 0, _ => 1 };
        if (arguments.Count > most) throw BindError.TooManyArguments(expr.Span, name.Name, most);
        bool gaussian = false;
        if (name.Name is "glorot" or "xavier" or "he" or "lecun" && arguments.Count == 1)
        {
            gaussian = arguments[0].Value is NameExpr { Name: "normal" };
            if (!gaussian && arguments[0].Value is not NameExpr { Name: "uniform" })
                throw BindError.UnexpectedArgument(arguments[0].Span, name.Name, "this", $"write: {name.Name}(normal) or {name.Name}(uniform)");
        }

        return name.Name switch
        {
            "glorot" or "xavier" => new Initializer(InitializerKind.Glorot, Gaussian: gaussian),
            "he" => new Initializer(InitializerKind.He, Gaussian: gaussian),
            "lecun" => new Initializer(InitializerKind.Lecun, Gaussian: gaussian),
            "orthogonal" => new Initializer(InitializerKind.Orthogonal, At(0, 1)),
            "zeros" => Initializer.Zeros,
            "ones" => Initializer.Ones,
            "constant" => new Initializer(InitializerKind.Constant, At(0, 0)),
            "normal" => arguments.Count == 2 ? new Initializer(InitializerKind.Normal, At(0, 0), At(1, 1)) : new Initializer(InitializerKind.Normal, 0, At(0, 1)),
            "uniform" => arguments.Count == 2 ? new Initializer(InitializerKind.Uniform, At(0, 0), At(1, 1)) : new Initializer(InitializerKind.Uniform, -At(0, 1), At(0, 1)),
            "kmeans_plus_plus" => new Initializer(InitializerKind.KMeansPlusPlus),
            "data_mean" => new Initializer(InitializerKind.DataMean),
            "principal_components" => new Initializer(InitializerKind.PrincipalComponents),
            _ => throw BindError.UnknownChoice(name.Span, "initializer", name.Name, Names),
        };
    }
}
