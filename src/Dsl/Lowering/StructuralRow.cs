using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>A row of the table of words that stand where layers do and are none: they join, repeat and name values.</summary>
/// <param name="Name">As written.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Example">A line of a script.</param>
/// <param name="Run">Makes the value after the line of the one before it.</param>
internal sealed record StructuralRow(string Name, string Summary, string Example, Func<LayerFlow, Item, Node, Env, Node> Run)
    : WordEntry("model", Name, Summary, Example)
{
    /// <summary>The word of the line that says what a model gives, where that is not the value of its last line.</summary>
    public const string OutputsWord = "outputs";

    /// <summary>Whether bodies of layers follow it.</summary>
    public bool HasBody { get; init; }

    /// <summary>Whether it is given values of the model by their names.</summary>
    public bool TakesNames { get; init; }

    /// <summary>All rows by name.</summary>
    public static IReadOnlyDictionary<string, StructuralRow> All { get; } = new StructuralRow[]
    {
        new("input", "states the shape of a sample; without it the data do", "input 28x28x1", (_, item, x, _) => LayerFlow.Input(item, x)),
        new("residual", "adds its body to the value before it: it + body(it)", "residual { layernorm; dense 64, relu }", (flow, item, x, env) =>
            flow.Residual(item, x, env)) { HasBody = true },
        new("add", "runs its bodies on the value before it and adds what they give; or adds named values", "add { conv 16, 1x1 } { conv 16, 3x3, same }",
            (flow, item, x, env) => flow.Join(item, x, env)) { HasBody = true, TakesNames = true },
        new("concat", "as add, but puts the features side by side", "concat { conv 8, 1x1 } { conv 8, 3x3, same }", (flow, item, x, env) =>
            flow.Join(item, x, env)) { HasBody = true, TakesNames = true },
        new("from", "goes on from a named value", "from encoded", (_, item, _, env) => LayerFlow.From(item, env)) { TakesNames = true },
        new(OutputsWord, "says what a model of several answers gives: named values before it; a loss takes them as `out.price`", "outputs price, kind",
            (_, item, _, _) => throw BindError.OutputsElsewhere(item.Span)) { TakesNames = true },
        new("repeat", "runs its body so many times, each with weights of its own; `as i` counts from 0", "repeat 3 as i { conv 16 * 2^i, 3x3, same, relu }",
            (flow, item, x, env) => flow.Repeat(item, x, env)) { HasBody = true },
    }.ToDictionary(r => r.Name);
}
