using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Samples of a batch know nothing of each other: what a model gives for one does not depend on which others stand beside it.</summary>
public class BatchAxisTests
{
    private const int Batch = 4;

    // Of sequences that have no fixed length.
    private const int Places = 5;

    public static TheoryData<string> Examples =>
        [.. Directory.GetFiles(Checkout.File("examples"), "*.nn").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [SkippableTheory]
    [MemberData(nameof(Examples))]
    public void An_example_gives_the_same_bits_for_a_sample_whatever_the_others_are(string example)
    {
        BoundScript script = Bound(example);
        foreach (Model model in script.Training!.Models) AssertApart(model);
    }

    // Each line joins batch x 3 with batch x 1 x 3 or batch x 4 x 3: counting from the last axis, the batch of four would meet the second axis.
    [Theory]
    [InlineData("it[0..1] + flat")]
    [InlineData("flat * it[0..1]")]
    [InlineData("max(it[0..1], flat)")]
    [InlineData("if it[0..1] > 0 then flat else it[0..1]")]
    [InlineData("if flat > 0 then it else flat")]
    [InlineData("it - flat")]
    [InlineData("it ^ 2 / (1 + flat ^ 2)")]
    public void Values_of_two_ranks_meet_sample_by_sample(string formula)
    {
        var script = new Script($$"""
            layer mixed { flat = flatten(it)[0..3]; {{formula}} }
            model net { dense 12; reshape 4x3; mixed; flatten; dense classes, softmax }
            data d { builtin moons, samples: 40; split 80/20 }
            train { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 1; batch 4 }
            """);
        AssertApart(script.Training.Models[0]);
    }

    [Fact]
    public void A_value_for_each_sample_meets_each_place_of_its_sequence()
    {
        var g = new GraphBuilder();
        Node sequence = g.Iota(new Shape(Dim.BatchOf(3), 3, 2), 0), one = g.Mul(g.Iota(new Shape(Dim.BatchOf(3), 2), 0), g.Constant(10, DType.I32));
        Node sum = g.Add(sequence, one);
        var plan = new PlanBuilder();
        Slot result = plan.Slot("out", "result", new Shape(3, 3, 2), DType.I32);
        g.Assign(result, sum);
        plan.Entry("run", g.Build());
        Plan built = plan.Build();
        using IProgram program = new ReferenceBackend().Load(built);
        program.Run(built.Entry("run"), 1);
        int[] values = new int[18];
        program.Read(result, MemoryMarshal.AsBytes(values.AsSpan()));
        // Sample 0 is 0 + 0 everywhere, sample 1 is 1 + 10, sample 2 is 2 + 20.
        Assert.Equal([0, 0, 0, 0, 0, 0, 11, 11, 11, 11, 11, 11, 22, 22, 22, 22, 22, 22], values);
    }

    private static void AssertApart(Model model)
    {
        var random = new Random(5);
        Field[] fields = [.. model.Inputs.Select(i => new Field(i.Name, new FieldForm(i.Shape.Bound(_ => Places), i.Type)))];
        byte[][][] samples = [.. fields.Select(f => Enumerable.Range(0, 2 * Batch).Select(_ => Sample(random, f.Form.Width, f.Form.Type)).ToArray())];
        using var inference = new Inference(Script.OneThread, model, fields, Batch);
        foreach (Parameter p in model.Parameters) inference.Write(p, Sample(random, checked((int)p.Shape.Count), DType.F32));
        IReadOnlyList<float[]> first = Run([.. Enumerable.Range(0, Batch)]);
        for (int i = 0; i < Batch; i++)
        {
            IReadOnlyList<float[]> others = Run([.. Enumerable.Range(0, Batch).Select(k => k == i ? i : Batch + k)]);
            for (int o = 0; o < first.Count; o++)
            {
                int each = first[o].Length / Batch;
                Assert.Equal(Bits(first[o], i, each), Bits(others[o], i, each));
            }
        }

        IReadOnlyList<float[]> Run(int[] chosen) => inference.Run([.. samples.Select(field => chosen.SelectMany(k => field[k]).ToArray())]);
    }

    private static int[] Bits(float[] outputs, int sample, int each) => [.. outputs.Skip(sample * each).Take(each).Select(BitConverter.SingleToInt32Bits)];

    private static byte[] Sample(Random random, int size, DType type) =>
        [.. Enumerable.Range(0, size)
            .SelectMany(_ => type == DType.I32 ? BitConverter.GetBytes(random.Next(3)) : BitConverter.GetBytes((float)(random.NextDouble() - 0.5)))];

    private static BoundScript Bound(string example)
    {
        try
        {
            return Binder.Bind(SourceText.Load(Checkout.File("examples", example + ".nn")), BindOptions.None,
                spec => DataLoader.Load(spec, Checkout.Data is null ? [] : [Checkout.Data]).Schema);
        }
        catch (NnException e) when (e is not ScriptException)
        {
            throw new SkipException($"{example} needs data that are not here: {e.Message}");
        }
    }
}
