using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>What the models of a training say now: of inputs that are given, or of noise.</summary>
internal sealed class SessionPredictor(TrainingSession session)
{
    /// <summary>The predictor's outputs for as many samples as the plan was made for.</summary>
    /// <param name="inputs">In the stored type, in the order of <see cref="TrainingDefinition.PredictedFrom"/>.</param>
    /// <exception cref="NnException">There is no predictor, or a sequence is too short for it.</exception>
    public IReadOnlyList<float[]> Predict(IReadOnlyList<byte[]> inputs)
    {
        TrainingDefinition definition = session.Definition;
        TrainingSlots slots = session.Plan.Slots;
        if (definition.Predictor is null)
            throw new NnException(ExitCode.Usage, "this script's loss does not compare a model's output with the target, so there is nothing to predict");
        Field[] fields = [.. definition.PredictedFrom.Select(name => definition.Schema.Inputs.Single(f => f.Name == name))];
        if (ShortestSequences.Refusal([definition.Predictor], ShortestSequences.Among(fields, inputs)) is { } why) throw new NnException(ExitCode.Usage, why);
        for (int i = 0; i < definition.PredictedFrom.Count; i++)
            session.Program.Write(slots.Inputs.Single(s => s.Field.Name == definition.PredictedFrom[i]).Predict!, inputs[i]);
        Entry predict = session.Plan.Plan.Entry("predict");
        if (definition.Prediction!.Written is { } written)
        {
            Slot target = slots.Targets.Single(s => s.Field.Name == written.Name).Predict!;
            SequenceWriter.Write(written.Form, inputs[0].Length / fields[0].Form.Bytes, symbols =>
            {
                session.Program.Write(target, symbols);
                session.Program.Run(predict, 1);
                return session.Read<float>(slots.PredictOutputs[0]);
            });
        }
        else
        {
            session.Program.Run(predict, 1);
        }

        return [.. slots.PredictOutputs.Select(session.Read<float>)];
    }

    /// <summary>As <see cref="Predict(IReadOnlyList{byte[]})"/> of one input and one output.</summary>
    /// <exception cref="NnException">There is no predictor, or it takes several inputs.</exception>
    public float[] Predict(ReadOnlySpan<byte> input)
    {
        if (session.Definition.PredictedFrom is { Count: > 1 } several)
            throw new NnException(ExitCode.Usage, $"{session.Definition.Predictor!.Name} takes {string.Join(" and ", several)}; give all of them");
        return Predict([input.ToArray()])[0];
    }

    /// <summary>
    /// What the model named in <see cref="TrainingExtras.Samples"/> makes of normal noise now, sample after sample; the same noise each time.
    /// </summary>
    public float[] Samples()
    {
        if (session.Plan.Slots.SampleOutput is not { } slot) throw new InvalidOperationException("this session was made without samples");
        session.Program.Run(session.Plan.Plan.Entry("sample"), 1);
        return session.Read<float>(slot);
    }
}
