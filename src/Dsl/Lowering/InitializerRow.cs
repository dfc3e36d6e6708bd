using Nn.Training;

namespace Nn.Dsl;

/// <summary>A row of the table of initializers.</summary>
/// <param name="Name">As written.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Example">An option of a layer.</param>
/// <param name="Most">How many values may follow it.</param>
/// <param name="Make">What it is with these.</param>
internal sealed record InitializerRow(string Name, string Summary, string Example, int Most, Func<InitializerCall, Initializer> Make) : WordEntry("init", Name,
    Summary, Example);

/// <summary>One use of an initializer.</summary>
internal sealed class InitializerCall(string name, IReadOnlyList<Argument> arguments, Env env)
{
    /// <summary>How many values are given.</summary>
    public int Count => arguments.Count;

    /// <summary>A value, or what it is where none is given.</summary>
    public double At(int i, double otherwise) => i < arguments.Count ? Evaluator.Number(arguments[i].Value, env, $"{name}: argument {i + 1}") : otherwise;

    /// <summary>Whether draws are normal: <c>he(normal)</c>; they are uniform otherwise.</summary>
    public bool Gaussian => arguments is [{ } kind] && kind.Value switch
    {
        NameExpr { Name: "normal" } => true,
        NameExpr { Name: "uniform" } => false,
        _ => throw BindError.UnexpectedArgument(kind.Span, name, "this", $"write: {name}(normal) or {name}(uniform)"),
    };
}
