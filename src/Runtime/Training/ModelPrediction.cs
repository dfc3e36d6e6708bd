using Nn.Data;

namespace Nn.Training;

/// <summary>What makes the predictions of a training.</summary>
/// <param name="Model">The model.</param>
/// <param name="Fields">The input fields that it takes, in the order of its inputs; behind them it takes <see cref="Written"/>, where there is such.</param>
/// <param name="Targets">The target that each of its outputs is held against, in the order of its outputs; null where there is none.</param>
public sealed record ModelPrediction(Model Model, IReadOnlyList<string> Fields, IReadOnlyList<Field?> Targets)
{
    /// <summary>
    /// The target that the model writes place by place, each from the places before it: the answer to a sample is what it writes. Null for models that say
    /// all at once.
    /// </summary>
    public Field? Written { get; init; }

    /// <summary>All fields that the model takes, in the order of its inputs.</summary>
    public IReadOnlyList<string> Taken => Written is { } written ? [.. Fields, written.Name] : Fields;

    /// <summary>A model of one input and one output, from the first input of the data; held against the target where there is one only.</summary>
    public static ModelPrediction OfFirst(Model model, Schema schema) => new(model, [schema.Inputs[0].Name], [schema.Targets is [{ } only] ? only : null]);

    /// <summary>Whether both take and are held against the same fields.</summary>
    internal static bool HaveSameFields(ModelPrediction? a, ModelPrediction? b) => a is null || b is null
        ? a is null && b is null
        : a.Taken.SequenceEqual(b.Taken) && a.Targets.Select(t => t?.Name).SequenceEqual(b.Targets.Select(t => t?.Name));
}
