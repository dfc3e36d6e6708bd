using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Networks.Sampling;
using Nn.Repl.Plots;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>Images with a class for each pixel: the image, the classes that are, those that the model says.</summary>
internal sealed class RegionsView(TrainingSession session, Model model) : InputView(model, session.Input, Some(session.Data, MaxSamples))
{
    private const int MaxSamples = 8;

    private readonly string[] _images = [.. Enumerable.Range(0, Math.Min(MaxSamples, Sampler.Source(session.Data).Samples))
        .Select(i => Png(ValidationFigures.ImageTile(session.Data, Sampler.Source(session.Data), i, "")))];

    private readonly int[] _actual = MemoryMarshal.Cast<byte, int>(Sampler.Source(session.Data).Target).ToArray();

    /// <summary>Whether a model says a class of each pixel.</summary>
    public static bool Fits(TrainingSession session, Model model)
    {
        (FieldForm input, FieldForm target) = (session.Data.Input, session.Data.Target);
        return SampleSheet.CanDraw(session.Data) && target.IsSymbols && target.Width == Pixels(input) && model.Output.Count == Pixels(input) * target.Symbols;
    }

    /// <inheritdoc/>
    public override object Scene => new { Kind = "regions", Note = "the image, the classes of its pixels, and what the model takes them for" };

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        FieldForm input = session.Data.Input;
        int pixels = (int)Pixels(input), classes = session.Data.Target.Symbols!.Value;
        int[] said = [.. Enumerable.Range(0, outputs.Length / classes).Select(i => ValidationFigures.Said(outputs[(i * classes)..((i + 1) * classes)]).Class)];
        return new
        {
            Rows = _images.Select((image, i) => new[] { image, Map(_actual.AsSpan(i * pixels, pixels), input), Map(said.AsSpan(i * pixels, pixels), input) }),
        };
    }

    private static long Pixels(FieldForm image) => (long)image.Shape[0] * image.Shape[1];

    private static string Map(ReadOnlySpan<int> classes, FieldForm image)
    {
        var colours = new Rgb[classes.Length];
        // Class 0 is mostly the ground.
        for (int i = 0; i < colours.Length; i++) colours[i] = classes[i] == 0 ? Palette.Grid : Palette.Of(classes[i] - 1);
        return Png(image.Shape[1], image.Shape[0], colours);
    }

    private static string Png(Tile tile) => Png(tile.Width, tile.Height, Palette.Pixels(tile));

    private static string Png(int width, int height, Rgb[] pixels) =>
        "data:image/png;base64," + Convert.ToBase64String(PixelCanvas.Encode(width, height, pixels));
}
