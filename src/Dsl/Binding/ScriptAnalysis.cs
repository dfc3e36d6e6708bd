using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>All that can be said about a script as it stands, with mistakes or without: what an editor shows.</summary>
/// <param name="Script">The statements that could be parsed.</param>
/// <param name="Diagnostics">The mistakes, in the order of the script.</param>
/// <param name="Names">What the names mean.</param>
/// <param name="Layers">What the lines of models make, as far as they could be bound.</param>
/// <param name="Formulas">What the lines of layers written as formulas make.</param>
/// <param name="Values">The values of the <c>let</c>s that have one, as text.</param>
/// <param name="Models">The models that could be bound.</param>
/// <param name="Training">The training, where the script has one without mistakes.</param>
/// <param name="Data">The data trained on, where the script says so.</param>
/// <param name="Info">What the data are, where that is known.</param>
public sealed record ScriptAnalysis(
    Script Script, IReadOnlyList<Diagnostic> Diagnostics, ScriptNames Names, IReadOnlyList<LayerUse> Layers, IReadOnlyList<FormulaUse> Formulas,
    IReadOnlyDictionary<string, string> Values, IReadOnlyList<Model> Models, TrainingDefinition? Training, DataSpec? Data, Schema? Info)
{
    /// <summary>What may be meant but is probably not.</summary>
    public IReadOnlyList<Diagnostic> Warnings { get; init; } = [];

    /// <summary>
    /// Analyses a script; mistakes are part of the answer. A statement that cannot be parsed leaves the others what they mean.
    /// </summary>
    /// <param name="source">The script.</param>
    /// <param name="describe">What the data of a specification are; null where that is not known, which is no mistake of the script.</param>
    public static ScriptAnalysis Of(SourceText source, Func<DataSpec, Schema?> describe) => DeepStack.Run(() => Binder.Analyse(source, describe));
}
