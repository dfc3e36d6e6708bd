using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>Makes the samples of a step a value of its entry: gathered from where they lie, varied where the training asks for it.</summary>
/// <param name="definition">Says how samples are varied.</param>
/// <param name="schema">What fields there are.</param>
/// <param name="slots">Where they are.</param>
/// <param name="source">Gathers them.</param>
internal sealed class StepSamples(TrainingDefinition definition, Schema schema, TrainingSlots slots, IBatchSource source)
{
    /// <summary>The samples of a training step.</summary>
    /// <param name="scope">The entry.</param>
    /// <param name="cursor">Number of the step in its epoch.</param>
    /// <param name="batch">Samples of the step.</param>
    /// <param name="bucket">Which lengths its sequences have.</param>
    public SampleNodes Of(TrainingScope scope, Node cursor, int batch, int bucket)
    {
        Node Stored(FieldSlots field) => source.Stored(scope.Graph, field, cursor, batch, bucket);
        if (definition.Augment is not { } augment) return Gathered(scope, Stored, batch);
        SampleNodes samples = Augmented(scope, Stored, augment, batch);
        if (!augment.Mixes) return samples;
        GraphBuilder g = scope.Graph;
        Node row = g.Gather(g.Read(slots.Rates), cursor);
        return BatchMixing.Mix(scope, samples, augment, g.Slice(row, 1, slots.Rates.Shape[1] - BatchMixing.Numbers, BatchMixing.Numbers));
    }

    /// <summary>Samples as they are stored, so many.</summary>
    public SampleNodes Gathered(BuildScope scope, Func<FieldSlots, Node> stored, int batch) => new(
        schema, [.. slots.Inputs.Select(s => s.Taken(scope, stored(s)))], [.. slots.Targets.Select(s => s.Taken(scope, stored(s)))], Dim.BatchOf(batch));

    private SampleNodes Augmented(TrainingScope scope, Func<FieldSlots, Node> stored, Augmentation augment, int batch)
    {
        GraphBuilder g = scope.Graph;
        AffineMotion? motion = null;
        Shape images = Shape.Scalar;
        var inputs = new List<Node>();
        foreach (FieldSlots s in slots.Inputs)
        {
            if (s.Field.Form.IsSymbols || !augment.Varies(s.Field.Form.Shape))
            {
                inputs.Add(s.Taken(scope, stored(s)));
                continue;
            }

            Node x = s.Field.Form.Numbers(g, stored(s));
            if (AugmentedBatch.Draw(scope, x.Shape, augment) is { } drawn)
            {
                (motion, images) = (drawn, x.Shape);
                x = AffineSampling.Move(g, x, drawn);
            }

            inputs.Add(AugmentedBatch.Disturb(scope, FieldForm.Scaled(g, x, s.Scaling(g)), augment));
        }

        Node[] targets = [.. slots.Targets.Select(s => s.Taken(scope, stored(s)))];
        // What is computed for targets alone is no value of the batch that an observer is told of.
        g.Label = null;
        Node[] moved = motion is null ? targets : [.. targets.Select(y => AugmentedBatch.MoveTargets(g, y, images, motion))];
        return new SampleNodes(schema, inputs, moved, Dim.BatchOf(batch));
    }
}
