using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Initializers as written: <c>he</c>, <c>glorot(normal)</c>, <c>normal(0.02)</c>, <c>constant(1)</c>, <c>uniform(-1, 1)</c>.</summary>
internal static class Initializers
{
    /// <summary>One row each.</summary>
    public static IReadOnlyList<InitializerRow> Rows { get; } =
    [
        new("glorot", "uniform in ±√(6 / (inputs + outputs)), or glorot(normal)", "init: glorot", 1, c =>
            new Initializer(InitializerKind.Glorot, Gaussian: c.Gaussian)),
        new("xavier", "as glorot", "init: xavier", 1, c => new Initializer(InitializerKind.Glorot, Gaussian: c.Gaussian)),
        new("he", "uniform in ±√(6 / inputs), or he(normal): for relu and its kin", "init: he", 1, c =>
            new Initializer(InitializerKind.He, Gaussian: c.Gaussian)),
        new("lecun", "uniform in ±√(3 / inputs), or lecun(normal)", "init: lecun", 1, c => new Initializer(InitializerKind.Lecun, Gaussian: c.Gaussian)),
        new("orthogonal", "rows (or columns) that are orthogonal to each other, times a gain", "init: orthogonal", 1, c =>
            new Initializer(InitializerKind.Orthogonal, c.At(0, 1))),
        new("zeros", "0", "init: zeros", 0, _ => Initializer.Zeros),
        new("ones", "1", "init: ones", 0, _ => Initializer.Ones),
        new("constant", "one number", "init: constant(0.1)", 1, c => new Initializer(InitializerKind.Constant, c.At(0, 0))),
        new("normal", "normal(deviation) or normal(mean, deviation); in glorot(normal) the kind of the draw", "init: normal(0.02)", 2,
            c => c.Count == 2 ? new Initializer(InitializerKind.Normal, c.At(0, 0), c.At(1, 1)) : new Initializer(InitializerKind.Normal, 0, c.At(0, 1))),
        new("uniform", "uniform(a) for ±a, or uniform(a, b); in he(uniform) the kind of the draw", "init: uniform(-1, 1)", 2,
            c => c.Count == 2 ? new Initializer(InitializerKind.Uniform, c.At(0, 0), c.At(1, 1))
                : new Initializer(InitializerKind.Uniform, -c.At(0, 1), c.At(0, 1))),
        new("kmeans_plus_plus", "samples of the training part that lie far from each other, one a row", "init: kmeans_plus_plus", 0, _ =>
            new Initializer(InitializerKind.KMeansPlusPlus)),
        new("data_mean", "mean of the training part's inputs", "init: data_mean", 0, _ => new Initializer(InitializerKind.DataMean)),
        new("principal_components", "principal components of the training part, one a column", "init: principal_components", 0, _ =>
            new Initializer(InitializerKind.PrincipalComponents)),
    ];

    /// <summary>An initializer of a parameter of a shape.</summary>
    public static Initializer Evaluate(Expr expr, Env env, Shape shape)
    {
        if (expr is not ListExpr list) return Evaluate(expr, env);
        var numbers = new List<double>();
        Shape given = Arrangements.ShapeOf((ListValue)Evaluator.Evaluate(list, env), numbers, list.Span);
        return given == shape ? new Initializer(InitializerKind.Listed) { Values = numbers }
            : throw BindError.ShapesDiffer(
                list.Span, "the first values have another shape than the parameter", new Shape(1).Concat(shape), new Shape(1).Concat(given), null);
    }

    public static Initializer Evaluate(Expr expr, Env env)
    {
        (NameExpr name, IReadOnlyList<Argument> arguments) = expr switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr c => (c.Function, c.Arguments),
            NumberExpr v => (new NameExpr(v.Span, "constant"), [new Argument(v.Span, null, default, v)]),
            _ => throw BindError.UnexpectedArgument(expr.Span, "init", "this", "write: init: he, init: normal(0.02) or init: zeros"),
        };
        InitializerRow? row = Rows.FirstOrDefault(r => r.Name == name.Name);
        if (arguments.Count > (row?.Most ?? 1)) throw BindError.TooManyArguments(expr.Span, name.Name, row?.Most ?? 1);
        return row is null ? throw BindError.UnknownChoice(name.Span, "initializer", name.Name, Rows.Select(r => r.Name))
            : row.Make(new InitializerCall(name.Name, arguments, env));
    }
}
