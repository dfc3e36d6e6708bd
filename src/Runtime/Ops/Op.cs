using Nn.Graphs;

namespace Nn.Ops;

/// <summary>How an op is planned.</summary>
public enum OpClass
{
    /// <summary>Has no inputs: a slot, a constant, coordinates.</summary>
    Leaf,

    /// <summary>Each element from the elements at the same place; inputs broadcast.</summary>
    Elementwise,

    /// <summary>Axes shrink to 1.</summary>
    Reduction,

    /// <summary>Elements move without arithmetic.</summary>
    Movement,

    /// <summary>A kernel of its own.</summary>
    Kernel,
}

/// <summary>Builds the gradients of an op's inputs, given the gradient of its value; null where there is none.</summary>
/// <param name="builder">Where the new nodes go.</param>
/// <param name="node">The op's node in the forward graph.</param>
/// <param name="gradient">Gradient of the loss with respect to the node's value, of the same shape.</param>
public delegate IReadOnlyList<Node?> GradientRule(GraphBuilder builder, Node node, Node gradient);

/// <summary>Computes a node's value in double precision, element after element, with no regard for speed.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">Row-major values of its inputs.</param>
/// <param name="output">Row-major result to fill.</param>
public delegate void Evaluation(Node node, double[][] inputs, double[] output);

/// <summary>
/// One row of the op table: everything the passes need to know about an op. An op that is not differentiable has no
/// <see cref="Gradient"/>.
/// </summary>
/// <param name="Name">As printed in graphs.</param>
/// <param name="Class">How it is planned.</param>
/// <param name="Arity">Number of inputs, −1 for any.</param>
/// <param name="Infer">Shape and type of the value; throws <see cref="ShapeException"/> naming op and shapes.</param>
/// <param name="Evaluate">The reference.</param>
/// <param name="Gradient">The gradient rule.</param>
/// <param name="Fused">The instruction of fused programs, for elementwise ops.</param>
/// <param name="Flops">Operations of a node.</param>
public sealed record Op(
    string Name,
    OpClass Class,
    int Arity,
    Func<Node[], object?, (Shape Shape, DType Type)> Infer,
    Evaluation Evaluate,
    GradientRule? Gradient = null,
    FusedOp? Fused = null,
    Func<Node, long>? Flops = null)
{
    /// <summary>What it is to the language and to other formats, for a function of one number; null for the others.</summary>
    public OpFunction? Function { get; init; }

    /// <summary>Writes the function of one number in primitive instructions; null where the device has an instruction of its own.</summary>
    internal Func<InstructionWriter, int, int>? Expansion { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <inheritdoc/>
    public bool Equals(Op? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Shapes that do not fit an op; the message names the op and the shapes.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);
