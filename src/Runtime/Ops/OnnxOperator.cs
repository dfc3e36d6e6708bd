using Nn.Graphs;

namespace Nn.Ops;

/// <summary>The operator of ONNX that computes the same as an op from the same operands.</summary>
/// <param name="Name">As the standard calls it.</param>
public sealed record OnnxOperator(string Name)
{
    /// <summary>The axis along which it works, where the operator takes that as an operand behind the others.</summary>
    public Func<Node, int>? Axis { get; init; }

    /// <summary>Its attributes, whole numbers.</summary>
    public Func<Node, IReadOnlyDictionary<string, long>>? Attributes { get; init; }

    /// <summary>An operator that needs no more than its name.</summary>
    public static implicit operator OnnxOperator(string name) => new(name);
}
