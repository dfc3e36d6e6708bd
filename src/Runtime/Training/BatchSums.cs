using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>What an entry adds up over batches: losses and the metrics of the predictor.</summary>
/// <param name="definition">The training.</param>
/// <param name="schema">What fields there are.</param>
/// <param name="slots">Where the sums are.</param>
internal sealed class BatchSums(TrainingDefinition definition, Schema schema, TrainingSlots slots)
{
    /// <summary>For each output of the predictor, whether its elements are labels of their own, as the last batch that was asked about has them.</summary>
    public IReadOnlyList<bool> SeveralLabels { get; private set; } = [];

    /// <summary>What the predictor makes of a batch.</summary>
    public IReadOnlyList<Node> Predicted(BuildScope scope, Model predictor, SampleNodes samples)
    {
        IReadOnlyList<Node> outputs = scope.Apply(predictor, [.. definition.Prediction!.Taken.Select(name => samples[name])]);
        SeveralLabels = AreLabels(outputs, samples);
        return outputs;
    }

    /// <summary>Adds a mean times its count to a sum, and the places that it is over, where these are no samples.</summary>
    public void Accumulate(GraphBuilder g, Slot sum, Node mean, Node? places, int samples)
    {
        g.Assign(sum, g.Add(g.Read(sum), g.Mul(mean, places ?? g.Constant(samples))));
        if (places is not null) g.Assign(slots.PlacesOf(sum), g.Add(g.Read(slots.PlacesOf(sum)), places));
    }

    /// <summary>Adds the metrics of a batch to their sums.</summary>
    public void Metrics(TrainingScope scope, SampleNodes samples, IReadOnlyDictionary<string, Slot> sums, int count)
    {
        foreach (OwnMetric own in definition.OwnMetrics)
        {
            (Node value, Node? counted) = MaskedReductions.MeanOfAll(scope, scope.Graph.Cast(own.Formula(scope, samples), DType.F32));
            Accumulate(scope.Graph, sums[own.Name], value, counted, count);
        }

        if (definition.Predictor is not { } predictor) return;
        foreach ((string name, Slot sum) in sums.Where(s => !definition.OwnMetrics.Any(m => m.Name == s.Key)))
        {
            IReadOnlyList<Node> outputs = Predicted(scope, predictor, samples);
            (int o, string kind) = MetricRules.Of(definition, name);
            Field field = definition.PredictedTargets[o]!;
            Node target = samples[field.Name], each = MetricFormulas.Build(kind, scope, outputs[o], target, SeveralLabels[o]);
            (Node mean, Node? places) = field.Form.Unlabelled ? OfLabelled(scope.Graph, each, field.Form, target) : MaskedReductions.MeanOfAll(scope, each);
            Accumulate(scope.Graph, sum, mean, places, count);
        }
    }

    // The mean over the samples that have a label, and how many these are.
    private static (Node Mean, Node? Places) OfLabelled(GraphBuilder g, Node each, FieldForm form, Node target)
    {
        var all = new Shape(0, 1);
        Node labelled = form.Labelled(g, target), count = g.Reshape(g.Sum(labelled, all), Shape.Scalar);
        Node sum = g.Reshape(g.Sum(g.Mul(g.Reshape(g.Cast(each, DType.F32), labelled.Shape), labelled), all), Shape.Scalar);
        return (g.Div(sum, g.Max(count, g.Constant(1))), count);
    }

    private bool[] AreLabels(IReadOnlyList<Node> outputs, SampleNodes samples) =>
    [
        .. outputs.Select((output, o) => definition.PredictedTargets[o]?.Name is { } name
            && (MetricFormulas.AreLabels(output, samples[name])
                || (schema.Targets.Single(t => t.Name == name).Form.SeveralLabels && MetricFormulas.HaveOwnTargets(output, samples[name])))),
    ];
}
