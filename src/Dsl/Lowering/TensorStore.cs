using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>The stored tensors of one layer of a model, by name; shared by every build of the model.</summary>
internal sealed class TensorStore(string prefix, Dictionary<string, Parameter> all, List<Parameter> order)
{
    private readonly List<Parameter> _made = [];

    /// <summary>Tensors of a layer within this one.</summary>
    public TensorStore Inner(string name) => new($"{prefix}.{name}", all, order);

    /// <summary>The name of the layer with those of its model and blocks.</summary>
    public string Prefix => prefix;

    /// <summary>The tensors asked for here.</summary>
    public IReadOnlyList<Parameter> Made => _made;

    /// <summary>The name of the model.</summary>
    public string Model => prefix.Split('.')[0];

    /// <summary>How many tensors the model has so far.</summary>
    public int Count => order.Count;

    /// <summary>The tensors that came to the model after it had so many.</summary>
    public IReadOnlyList<Parameter> Since(int count) => order[count..];

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
            _made.Add(known);
            return known;
        }

        var parameter = new Parameter(full, shape, kind, init, fanIn, fanOut);
        all.Add(full, parameter);
        order.Add(parameter);
        _made.Add(parameter);
        return parameter;
    }
}
