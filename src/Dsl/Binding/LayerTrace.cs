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
    /// How a loss comes from inputs, targets and noise over the layers of its models, as at evaluation; nodes come before those that use them.
    /// </summary>
    public static IReadOnlyList<TracedLayer> Of(TrainingStep step, Schema schema)
    {
        var scope = new ProbeScope(training: false);
        var layers = new List<TracedLayer>();
        var places = new Dictionary<Node, int>();
        var inside = new List<IReadOnlySet<Node>>();
        void Add(LayerRole role, string name, string text, Node value, IReadOnlyList<int> inputs, IReadOnlySet<Node>? within = null)
        {
            places[value] = layers.Count;
            inside.Add(within ?? new HashSet<Node>());
            layers.Add(new TracedLayer(role, name, text, value.Shape.Rank == 0 ? value.Shape : value.Shape.Range(1, value.Shape.Rank), inputs));
        }

        // Back to the last values that are known; random numbers on the way are a source of their own.
        SortedSet<int> Sources(Node value, HashSet<Node> seen)
        {
            var found = new SortedSet<int>();
            void Visit(Node n)
            {
                if (!seen.Add(n)) return;
                if (n.Op == LeafOps.Normal || n.Op == LeafOps.Uniform)
                {
                    if (!places.ContainsKey(n)) Add(LayerRole.Noise, "", n.Op.Name, n, []);
                }

                if (places.TryGetValue(n, out int place)) found.Add(place);
                else foreach (Node i in n.Inputs) Visit(i);
            }

            // A layer that passes on what it got follows the one that gave it.
            if (places.TryGetValue(value, out int same)) return new SortedSet<int> { same };
            foreach (Node i in value.Inputs.DefaultIfEmpty(value)) Visit(i);
            return found;
        }

        SampleNodes samples = scope.Samples(schema);
        foreach (Field f in schema.Inputs) Add(LayerRole.Input, f.Name, "", samples[f.Name], []);
        foreach (Field f in schema.Targets) Add(LayerRole.Target, f.Name, "", samples[f.Name], []);
        scope.OnLayer = layer =>
        {
            if (layer.Text.Length == 0) return;
            var within = new HashSet<Node>();
            SortedSet<int> sources = Sources(layer.Value, within);
            // A layer whose weights were multiplied by those of this one first, as embed's table before a product, has no value on the way: it stands between
            // its inputs and this layer all the same.
            for (int i = layers.Count - 1; i >= 0; i--)
            {
                bool passed = layers[i].Role == LayerRole.Layer && !sources.Contains(i) && !layers.Any(l => l.Inputs.Contains(i))
                    && layers[i].Inputs.All(sources.Contains) && inside[i].Any(n => n.Op == LeafOps.Read && !places.ContainsKey(n) && within.Contains(n));
                if (!passed) continue;
                sources.ExceptWith(layers[i].Inputs);
                sources.Add(i);
            }

            Add(LayerRole.Layer, layer.Name, layer.Text, layer.Value, [.. sources], within);
        };
        Node loss = step.MeanLoss(scope, samples).Mean;
        var formula = new HashSet<Node>();
        SortedSet<int> ends = Sources(loss, formula);
        // A loss that is joined with the last activation takes the value before it: seen from the script, it takes the last layer's.
        for (int i = layers.Count - 1; i >= 0; i--)
        {
            bool last = layers[i].Role == LayerRole.Layer && !ends.Contains(i) && !layers.Any(l => l.Inputs.Contains(i));
            if (!last || !(inside[i].Overlaps(formula) || layers[i].Inputs.All(ends.Contains))) continue;
            ends.ExceptWith(layers[i].Inputs);
            ends.Add(i);
        }

        Add(LayerRole.Loss, step.Name, "", loss, [.. ends]);
        return layers;
    }
}
