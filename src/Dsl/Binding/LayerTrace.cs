using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>What a node of a layer graph is.</summary>
public enum LayerRole
{
    /// <summary>A layer of a model, or what joins branches.</summary>
    Layer,

    /// <summary>The samples' inputs.</summary>
    Input,

    /// <summary>The samples' targets.</summary>
    Target,

    /// <summary>Random numbers that a loss draws.</summary>
    Noise,

    /// <summary>The loss.</summary>
    Loss,
}

/// <summary>A node of a layer graph.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Name">Of a layer, with the names of its model and blocks.</param>
/// <param name="Text">Of a layer, its line in the script.</param>
/// <param name="Output">Shape of its value, without the batch.</param>
/// <param name="Inputs">Numbers of the nodes that its value comes from, in order.</param>
public sealed record TracedLayer(LayerRole Role, string Name, string Text, Shape Output, IReadOnlyList<int> Inputs);

/// <summary>The layers that models and losses are built of, found by building them without running anything.</summary>
public static class LayerTrace
{
    /// <summary>What each layer gives for a batch, in the order of the script; of a model that is used several times, several times.</summary>
    /// <param name="model">A bound model.</param>
    /// <param name="batch">Samples of the batch, not known unless stated.</param>
    /// <param name="lengths">How long sequences are that have no length of their own; not known unless stated.</param>
    public static IReadOnlyList<LayerValue> Of(Model model, Dim? batch = null, Func<string, int>? lengths = null)
    {
        var seen = new List<LayerValue>();
        var scope = new ProbeScope { OnLayer = seen.Add, Batch = batch ?? Dim.Batch };
        scope.Apply(
            model, [.. model.Inputs.Select(i => scope.Input(new Shape(scope.Batch).Concat(lengths is null ? i.Shape : i.Shape.Bound(lengths)), i.Type))]);
        return seen;
    }

    /// <summary>
    /// How a loss comes from inputs, targets and noise over the layers of its models, as at evaluation; nodes come before those that use them. The graph is
    /// built as the script says, without simplification, which would take a layer's product before another layer's value or join a loss with an activation.
    /// </summary>
    public static IReadOnlyList<TracedLayer> Of(TrainingStep step, Schema schema)
    {
        var scope = new ProbeScope(training: false, simplify: false);
        var layers = new List<TracedLayer>();
        var places = new Dictionary<Node, int>();
        void Add(LayerRole role, string name, string text, Node value, IReadOnlyList<int> inputs)
        {
            places[value] = layers.Count;
            layers.Add(new TracedLayer(role, name, text, value.Shape.Rank == 0 ? value.Shape : value.Shape.Range(1, value.Shape.Rank), inputs));
        }

        // Back to the last values that are known; random numbers on the way are a source of their own, and a derivative comes from what it is of.
        // A layer that passes on what it got follows the one that gave it.
        int[] Sources(Node value)
        {
            var found = new SortedSet<int>();
            var seen = new HashSet<Node>();
            void Visit(Node n)
            {
                if (!seen.Add(n)) return;
                if ((n.Op == LeafOps.Normal || n.Op == LeafOps.Uniform) && !places.ContainsKey(n)) Add(LayerRole.Noise, "", n.Op.Name, n, []);
                if (places.TryGetValue(n, out int place)) found.Add(place);
                else if (scope.Derivatives.TryGetValue(n, out Node? of)) Visit(of);
                else foreach (Node i in n.Inputs) Visit(i);
            }

            Visit(value);
            return [.. found];
        }

        SampleNodes samples = scope.Samples(schema);
        foreach (Field f in schema.Inputs) Add(LayerRole.Input, f.Name, "", samples[f.Name], []);
        foreach (Field f in schema.Targets) Add(LayerRole.Target, f.Name, "", samples[f.Name], []);
        scope.OnLayer = layer =>
        {
            if (layer.Text.Length > 0) Add(LayerRole.Layer, layer.Name, layer.Text, layer.Value, Sources(layer.Value));
        };
        Node loss = step.MeanLoss(scope, samples).Mean;
        Add(LayerRole.Loss, step.Name, "", loss, Sources(loss));
        return layers;
    }
}
