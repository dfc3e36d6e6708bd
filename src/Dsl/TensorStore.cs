using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>The stored tensors of one layer of a model, by name; shared by every build of the model.</summary>
internal sealed class TensorStore(string prefix, Dictionary<string, Parameter> all, List<Parameter> order)
{
    /// <summary>Tensors of a layer within this one.</summary>
    public TensorStore Inner(string name) => new($"{prefix}.{name}", all, order);

    /// <summary>The name of the layer with those of its model and blocks.</summary>
    public string Prefix => prefix;

    /// <summary>The tensors of a layer, by the layer's full name.</summary>
    public Parameter[] Made(string layer) => [.. order.Where(p => p.Name.StartsWith(layer + ".", StringComparison.Ordinal))];

    /// <summary>Counts the tensors of a model used within this one among its own.</summary>
    public void Include(IEnumerable<Parameter> shared)
    {
        foreach (Parameter p in shared.Where(p => !order.Contains(p))) order.Add(p);
    }

    /// <summary>A tensor, made at the first request.</summary>
    public Parameter Get(string name, Shape shape, ParameterKind kind, Initializer init, long fanIn, long fanOut)
    {
        string full = $"{prefix}.{name}";
        if (all.TryGetValue(full, out Parameter? known))
        {
            if (known.Shape != shape) throw new InvalidOperationException($"{full} was {known.Shape} and is {shape} now");
            return known;
        }

        var parameter = new Parameter(full, shape, kind, init, fanIn, fanOut);
        all.Add(full, parameter);
        order.Add(parameter);
        return parameter;
    }
}
