using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Networks.Sampling;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>Which classes are taken for which.</summary>
internal sealed class ConfusionView(TrainingSession session, Model model) : InputView(model, session.Input, Some(session.Data, MaxSamples))
{
    private const int MaxSamples = 1000, MaxClasses = 16;

    private readonly int[] _actual = [.. ValidationFigures.Classes(session.Data, Sampler.Source(session.Data)).Take(MaxSamples)];

    /// <summary>Whether a model says one class of a sample.</summary>
    public static bool Fits(TrainingSession session, Model model)
    {
        FieldForm target = session.Data.Target;
        return target.Width == 1 && AreClasses(session.Data) && (target.Symbols ?? 2) <= MaxClasses
            && (model.Output.Count == target.Symbols || model.Output.Count == 1);
    }

    /// <inheritdoc/>
    public override object Scene => new
    {
        Kind = "confusion",
        Classes = Enumerable.Range(0, session.Data.Target.Symbols ?? 2)
        .Select(c => ValidationFigures.Name(session.Data, c))
    };

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        int width = outputs.Length / _actual.Length, classes = session.Data.Target.Symbols ?? 2, right = 0;
        var cells = new int[classes][];
        for (int c = 0; c < classes; c++) cells[c] = new int[classes];
        for (int i = 0; i < _actual.Length; i++)
        {
            int said = Said(outputs[(i * width)..((i + 1) * width)], classes).Class;
            cells[_actual[i]][said]++;
            if (said == _actual[i]) right++;
        }

        return new { Cells = cells, Note = $"{right} of {_actual.Length} {(session.Data.Validation.Samples > 0 ? "validation" : "training")} samples right" };
    }
}
