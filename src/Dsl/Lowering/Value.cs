using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>What an expression comes to while a script is bound.</summary>
internal abstract record Value
{
    /// <summary>As named in messages: a number, a tensor of 28x28, a function.</summary>
    public abstract string Describe();

    /// <summary>As it would be written.</summary>
    public virtual string Written() => Describe();
}

/// <summary>A number known before anything runs.</summary>
internal sealed record NumberValue(double Number) : Value
{
    public override string Describe() => $"the number {Number:R}";

    public override string Written() => Number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A value of the graph.</summary>
internal sealed record TensorValue(Node Node) : Value
{
    public override string Describe() => Node.Shape.Rank == 0 ? "a value that is calculated in each step" : $"a tensor of {Node.Shape}";
}

/// <summary>What a model of several outputs gives, each by its name.</summary>
internal sealed record OutputsValue(string Model, IReadOnlyDictionary<string, Node> Nodes) : Value
{
    public override string Describe() => $"the outputs {string.Join(", ", Nodes.Keys)} of {Model}";
}

/// <summary>A shape.</summary>
internal sealed record ShapeValue(Shape Shape) : Value
{
    public override string Describe() => $"the shape {Shape}";

    public override string Written() => Shape.ToString();
}

/// <summary>A text.</summary>
internal sealed record TextValue(string Text) : Value
{
    public override string Describe() => $"the text \"{Text}\"";

    public override string Written() => $"\"{Text}\"";
}

/// <summary>A list.</summary>
internal sealed record ListValue(IReadOnlyList<Value> Items) : Value
{
    public override string Describe() => "a list";

    public override string Written() => $"[{string.Join(", ", Items.Select(i => i.Written()))}]";
}

/// <summary>A function of the language or a built-in one, with some of its arguments given.</summary>
internal sealed record FunctionValue(string Name, DefinitionStatement? Definition, IReadOnlyDictionary<string, Value> Given, bool FromPrelude) : Value
{
    /// <summary>No arguments.</summary>
    public static IReadOnlyDictionary<string, Value> Nothing { get; } = new Dictionary<string, Value>();

    public override string Describe() => $"the function {Name}";

    public override string Written() => Given.Count == 0 ? Name : $"{Name}({string.Join(", ", Given.Select(g => $"{g.Key}: {g.Value.Written()}"))})";
}

/// <summary>A model, to be applied to something.</summary>
internal sealed record ModelValue(ModelBinding Model) : Value
{
    public override string Describe() => $"the model {Model.Name}";
}
