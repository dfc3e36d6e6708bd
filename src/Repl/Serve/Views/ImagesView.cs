using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Networks.Sampling;
using Nn.Repl.Plots;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>Images with the class that a model sees in them, mistakes first.</summary>
internal sealed class ImagesView(TrainingSession session, Model model) : InputView(model, session.Input, Some(session.Data, MaxSamples))
{
    private const int MaxSamples = 256, Shown = 48;

    private readonly Part _part = Sampler.Source(session.Data);
    private readonly int[] _classes = ValidationFigures.Classes(session.Data, Sampler.Source(session.Data));
    private readonly string?[] _pictures = new string?[MaxSamples];

    /// <summary>Whether a model says one class of an image.</summary>
    public static bool Fits(TrainingSession session, Model model) =>
        SampleSheet.CanDraw(session.Data) && session.Data.Target.Type == DType.I32 && session.Data.Target.Shape.Count == 1
            && model.Output.Count == session.Data.Target.Symbols;

    /// <inheritdoc/>
    public override object Scene => new { Kind = "images" };

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        int count = Math.Min(MaxSamples, _part.Samples), width = outputs.Length / count;
        (int Class, double Strength)[] said = [.. Enumerable.Range(0, count).Select(i => ValidationFigures.Said(outputs[(i * width)..((i + 1) * width)]))];
        int[] wrong = [.. Enumerable.Range(0, count).Where(i => said[i].Class != _classes[i]).OrderByDescending(i => said[i].Strength)];
        return new
        {
            Note = $"{wrong.Length} of {count} {(session.Data.Validation.Samples > 0 ? "validation" : "training")} images wrong",
            Tiles = wrong.Concat(Enumerable.Range(0, count).Where(i => said[i].Class == _classes[i])).Take(Shown).Select(i => new
            {
                Src = _pictures[i] ??= Image(i),
                Right = said[i].Class == _classes[i],
                Is = ValidationFigures.Name(session.Data, _classes[i]),
                Said = ValidationFigures.Name(session.Data, said[i].Class),
            }),
        };
    }

    private string Image(int i)
    {
        Tile tile = ValidationFigures.ImageTile(session.Data, _part, i, "");
        return "data:image/png;base64," + Convert.ToBase64String(PixelCanvas.Encode(tile.Width, tile.Height, Palette.Pixels(tile)));
    }
}
