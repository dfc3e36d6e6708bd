using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>What an expression comes to while a script is bound.</summary>
internal abstract record Value
{
    /// <summary>As named in messages: a number, a tensor of 28x28, a function.</summary>
    public abstract string Describe();
}

/// <summary>A number known before anything runs.</summary>
internal sealed record NumberValue(double Number) : Value
{
    public override string Describe() => $"the number {Number:R}";
}

/// <summary>A value of the graph.</summary>
internal sealed record TensorValue(Node Node) : Value
{
    public override string Describe() => $"a tensor of {Node.Shape}";
}

/// <summary>A shape.</summary>
internal sealed record ShapeValue(Shape Shape) : Value
{
    public override string Describe() => $"the shape {Shape}";
}

/// <summary>A text.</summary>
internal sealed record TextValue(string Text) : Value
{
    public override string Describe() => $"the text \"{Text}\"";
}

/// <summary>A list.</summary>
internal sealed record ListValue(IReadOnlyList<Value> Items) : Value
{
    public override string Describe() => "a list";
}

/// <summary>A function of the language or a built-in one, with some of its arguments given.</summary>
internal sealed record FunctionValue(string Name, DefinitionStatement? Definition, IReadOnlyDictionary<string, Value> Given, bool FromPrelude) : Value
{
    public override string Describe() => $"the function {Name}";
}

/// <summary>A model, to be applied to something.</summary>
internal sealed record ModelValue(ModelBinding Model) : Value
{
    public override string Describe() => $"the model {Model.Name}";
}
