using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>Trainings from given weights on given samples, step by step beside PyTorch.</summary>
internal static class GoldenTraining
{
    /// <summary>Loads a script's training with these samples.</summary>
    public static TrainingSession Load<TInput, TTarget>(
        IBackend backend, string script, Schema schema, ReadOnlySpan<TInput> inputs, ReadOnlySpan<TTarget> targets, int samples)
        where TInput : unmanaged
        where TTarget : unmanaged
    {
        TrainingDefinition training = Binder.Bind(new SourceText("golden.nn", script), BindOptions.None, _ => schema).Training!;
        var data = new LoadedData
        {
            Schema = schema,
            Training = new Part(samples, MemoryMarshal.AsBytes(inputs).ToArray(), MemoryMarshal.AsBytes(targets).ToArray()),
            Validation = Part.Empty(schema),
            Notes = [],
        };
        return new TrainingSession(backend, training, data);
    }

    /// <summary>Takes a step for each loss of the file; each must be the one that PyTorch had.</summary>
    public static void AssertLosses(TrainingSession session, JsonElement golden, double tolerance)
    {
        session.BeginEpoch();
        // In the order of the file: both sides must see the same batches.
        session.Write<int>(session.Plan.Plan.Slot("permutation"), [.. Enumerable.Range(0, session.Data.Training.Samples)]);
        double before = 0;
        double[] losses = golden.GetProperty("losses").Doubles();
        for (int k = 0; k < losses.Length; k++)
        {
            session.Run(1);
            double sum = session.Read<float>(session.Plan.Slots.LossSums[0])[0];
            Golden.AssertClose(losses[k], (sum - before) / session.Plan.Batch, tolerance, $"loss of step {k + 1}");
            before = sum;
        }
    }
}
