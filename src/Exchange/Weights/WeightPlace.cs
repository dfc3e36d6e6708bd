using Nn.Graphs;
using Nn.Training;

namespace Nn.Exchange.Weights;

/// <summary>Where a stored tensor stands in its model: what decides how another program lays it out.</summary>
/// <param name="Parameter">The tensor.</param>
/// <param name="Layer">The kind of its layer: <c>dense</c>.</param>
/// <param name="From">The image (height × width × channels) whose flattened pixels a dense layer takes; null where its input is a vector.</param>
/// <param name="Into">The image that a dense layer's outputs are shaped to; null where they stay a vector.</param>
public sealed record WeightPlace(Parameter Parameter, string Layer, Shape? From, Shape? Into)
{
    /// <summary>The name without the tensor's own: <c>lenet.conv_1</c>.</summary>
    public string Module => Parameter.Name[..Parameter.Name.LastIndexOf('.')];

    /// <summary>The tensor's own name: <c>weight</c>.</summary>
    public string Role => Parameter.Name[(Parameter.Name.LastIndexOf('.') + 1)..];

    /// <summary>All stored tensors of models, each once, in the order of the layers.</summary>
    public static IReadOnlyList<WeightPlace> Of(IEnumerable<Model> models)
    {
        var places = new List<WeightPlace>();
        var seen = new HashSet<Parameter>();
        foreach (Model m in models)
        {
            for (int i = 0; i < m.Layers.Count; i++)
            {
                foreach (Parameter p in m.Layers[i].Parameters.Where(seen.Add))
                    places.Add(new WeightPlace(p, Word(m.Layers[i]), Flattened(m, i), Shaped(m, i)));
            }

            foreach (Parameter p in m.Parameters.Where(seen.Add)) places.Add(new WeightPlace(p, "", null, null));
        }

        return places;
    }

    private static string Word(LayerSummary layer) => layer.Kind.Split(' ', ',')[0];

    private static Shape Before(Model m, int layer) => layer == 0 ? m.Input : m.Layers[layer - 1].Output;

    // Back over layers that keep the shape, to a flatten.
    private static Shape? Flattened(Model m, int layer)
    {
        for (int i = layer - 1; i >= 0; i--)
        {
            if (Word(m.Layers[i]) == "flatten") return Before(m, i) is { Rank: 3 } image && image != m.Layers[i].Output ? image : null;
            if (m.Layers[i].Output != Before(m, i)) return null;
        }

        return null;
    }

    private static Shape? Shaped(Model m, int layer)
    {
        for (int i = layer + 1; i < m.Layers.Count; i++)
        {
            if (Word(m.Layers[i]) == "reshape") return m.Layers[i].Output is { Rank: 3 } image ? image : null;
            if (m.Layers[i].Output != Before(m, i)) return null;
        }

        return null;
    }
}
