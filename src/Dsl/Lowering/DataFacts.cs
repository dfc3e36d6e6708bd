using Nn.Data;

namespace Nn.Dsl;

/// <summary>What is known of the data of a training.</summary>
internal sealed record DataFacts
{
    /// <summary>What the fields are; null where nobody knows.</summary>
    public Schema? Schema { get; init; }

    /// <summary>Whether there are data of which nothing is known: they could not be read, or have mistakes of their own.</summary>
    public bool Unknown { get; init; }

    /// <summary>Sizes that come from the data: <c>classes</c>, <c>features</c>.</summary>
    public IReadOnlyDictionary<string, Value> Known { get; init; } = new Dictionary<string, Value>();

    /// <summary>How many different symbols the inputs are; null where they are none, or nobody knows.</summary>
    public int? Symbols { get; init; }

    /// <summary>The column of the target, where it has one, and how many numbers it is.</summary>
    public (string? Column, int Numbers) Target { get; init; }

    /// <summary>What is known of data.</summary>
    /// <param name="schema">Their fields.</param>
    /// <param name="spec">As stated.</param>
    public static DataFacts Of(Schema schema, DataSpec spec)
    {
        var known = new Dictionary<string, Value>();
        if (schema.Inputs.Count > 0) known["features"] = new NumberValue(schema.Input.Shape.Rank == 0 ? 1 : schema.Input.Shape[-1]);
        if (schema.Targets.Select(t => t.Form.Symbols).OfType<int>().ToArray() is [var classes]) known["classes"] = new NumberValue(classes);
        return new DataFacts
        {
            Schema = schema,
            Known = known,
            Symbols = schema.Inputs.Select(f => f.Form.Symbols).OfType<int>().Cast<int?>().FirstOrDefault(),
            Target = (spec.Source == DataSource.Csv ? spec.Target : null, schema.Target.Width),
        };
    }
}
