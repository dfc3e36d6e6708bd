using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What a prediction keeps of its layers: their numbers, once, and only where they were asked for.</summary>
public class KeptLayersTests
{
    private const string Symbols = """
        model m { identity; embed 2; dense classes, bias: false; softmax }
        data d { text "data.csv", context: 3; split 50/50, shuffle: false }
        train { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 1; batch 1 }
        """;

    private const string Twice = """
        model half { dense 2, bias: false }
        model m { half; half; dense classes, softmax }
        data d { builtin moons, samples: 8; split 50/50 }
        train m { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 1; batch 1 }
        """;

    [Fact]
    public void Layers_whose_values_are_symbols_are_not_kept()
    {
        Model model = new Script(Symbols, "abbabbab").Training.Models[0];
        using var inference = new Inference(Script.OneThread, model, new FieldForm(new Shape(3), DType.I32), keep: _ => true);
        Assert.Equal(["m.embed_1", "m.dense_1", "m.softmax_1"], inference.Layers.Keys);
        Write(inference, model.Parameters[0], 1, 2, 3, 4);
        // Both features beside each other: their sum and their difference.
        Write(inference, model.Parameters[1], 1, 1, 1, -1);
        inference.Run(Bytes(0, 1, 1));
        // A row of the table for each symbol.
        Assert.Equal([1, 2, 3, 4, 3, 4], inference.Read(inference.Layers["m.embed_1"]));
        Assert.Equal([3, -1, 7, -1, 7, -1], inference.Read(inference.Layers["m.dense_1"]));
    }

    [Fact]
    public void Only_layers_that_were_asked_for_are_kept()
    {
        Model model = new Script(Symbols, "abbabbab").Training.Models[0];
        var form = new FieldForm(new Shape(3), DType.I32);
        using var one = new Inference(Script.OneThread, model, form, keep: l => l.Text.StartsWith("dense", StringComparison.Ordinal));
        Assert.Equal(["m.dense_1"], one.Layers.Keys);
        using var none = new Inference(Script.OneThread, model, form);
        Assert.Empty(none.Layers);
    }

    [Fact]
    public void Of_a_model_that_is_used_twice_the_first_values_are_kept()
    {
        Model model = new Script(Twice).Training.Predictor!;
        var form = new FieldForm(new Shape(2), DType.F32);
        using var inference = new Inference(Script.OneThread, model, form, batch: 2, keep: l => l.Name.Contains("half", StringComparison.Ordinal));
        foreach (Parameter p in model.Parameters) Write(inference, p, new float[p.Shape.Count]);
        // Three times the values, then nine times.
        Write(inference, model.Parameters.Single(p => p.Name.StartsWith("half", StringComparison.Ordinal)), 3, 0, 0, 3);
        inference.Run(MemoryMarshal.AsBytes<float>([1, 2, -1, 0.5f]).ToArray());
        Assert.Equal([3, 6, -3, 1.5f], inference.Read(Assert.Single(inference.Layers).Value));
    }

    private static void Write(Inference inference, Parameter parameter, params float[] values) =>
        inference.Write(parameter, MemoryMarshal.AsBytes(values.AsSpan()));

    private static byte[] Bytes(params int[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
