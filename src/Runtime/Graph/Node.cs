using Nn.Ops;

namespace Nn.Graphs;

/// <summary>One value of a graph: an op applied to earlier values. Made by <see cref="GraphBuilder"/> only.</summary>
public sealed class Node
{
    internal Node(int id, Op op, IReadOnlyList<Node> inputs, object? attributes, Shape shape, DType type)
    {
        (Id, Op, Inputs, Attributes, Shape, Type) = (id, op, inputs, attributes, shape, type);
    }

    /// <summary>Position in the graph; inputs come before.</summary>
    public int Id { get; }

    /// <summary>What is computed.</summary>
    public Op Op { get; }

    /// <summary>The operands.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The op's record of attributes, or null.</summary>
    public object? Attributes { get; }

    /// <summary>Extents of the value.</summary>
    public Shape Shape { get; }

    /// <summary>Element type of the value.</summary>
    public DType Type { get; }

    /// <summary>Where it comes from in the script, for plans and messages: <c>dense_1</c>.</summary>
    public string? Label { get; internal set; }

    /// <summary>The node whose gradient this was made for; null for what is computed forwards.</summary>
    public Node? GradientOf { get; internal init; }

    /// <summary>The attributes, which must be of that type.</summary>
    public T Attribute<T>() where T : class =>
        Attributes as T ?? throw new InvalidOperationException($"{Op.Name} has no {typeof(T).Name}");

    /// <summary>The slot that a <c>read</c> node reads.</summary>
    public Slot Slot => Attribute<Slot>();

    /// <summary>Whether it is computed from another, or is that one.</summary>
    public bool Reaches(Node other)
    {
        var seen = new HashSet<Node> { this };
        var open = new Stack<Node>(seen);
        while (open.TryPop(out Node? next))
        {
            if (next == other) return true;
            // What comes before the other has not been made of it.
            foreach (Node input in next.Inputs.Where(i => i.Id >= other.Id && seen.Add(i))) open.Push(input);
        }

        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => $"%{Id} = {Op.Name}({string.Join(", ", Inputs.Select(i => "%" + i.Id))}) {Type.Name()} {Shape}";
}
