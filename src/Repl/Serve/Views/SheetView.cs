using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Networks.Sampling;
using Nn.Ops;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>Images that a model makes: of noise, the same each time, or of images, each below its original.</summary>
internal sealed class SheetView(TrainingSession session, SampleChoice choice) : InputView(choice.Model, Form(session, choice), Inputs(session, choice))
{
    private const int Count = 36;
    private const uint NoiseStream = 0x73686f77;

    /// <summary>The model of a training that makes images; null where there is none.</summary>
    public static SampleChoice? Choose(TrainingSession session)
    {
        try
        {
            return SampleSheet.CanDraw(session.Data) && session.Definition.Shown is null ? SampleChoice.Find(session.Definition, session.Data, null) : null;
        }
        catch (NnException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override object Scene => new
    {
        Kind = "sheet",
        Note = choice.FromNoise ? $"what {choice.Model.Name} makes of noise, the same each time"
        : $"images, and what {choice.Model.Name} makes of them below"
    };

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        RasterImage sheet = choice.FromNoise
            ? SampleSheet.Draw(outputs, session.Data.Input, (int)Math.Ceiling(Math.Sqrt(Count)))
            : Sampler.Pairs(session.Data.Input.Presented(Some(session.Data, Count)), outputs, session.Data,
                Math.Min(Count, Sampler.Source(session.Data).Samples));
        return new { Src = "data:image/png;base64," + Convert.ToBase64String(Png.Encode(sheet)) };
    }

    private static FieldForm Form(TrainingSession session, SampleChoice choice) => choice.FromNoise ? new FieldForm(choice.Model.Input, DType.F32)
        : session.Input;

    private static byte[] Inputs(TrainingSession session, SampleChoice choice) => !choice.FromNoise ? Some(session.Data, Count) : Form(session, choice).Store(
    [
        .. Enumerable.Range(0, Count * (int)choice.Model.Input.Count).Select(i => CounterRandom.Normal(session.Definition.Seed, NoiseStream, (uint)i, 0)),
    ]);
}
