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

/// <summary>Finds something simpler than a node that is about to be made; null where there is nothing.</summary>
/// <param name="builder">Where nodes go.</param>
/// <param name="attributes">The op's attributes.</param>
/// <param name="x">The operands.</param>
/// <param name="shape">Of the value.</param>
public delegate Node? SimplifyRule(GraphBuilder builder, object? attributes, Node[] x, Shape shape);

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

    /// <summary>Its word in the language, where it is a function of a whole tensor.</summary>
    public OpWord? Word { get; init; }

    /// <summary>The operator of ONNX that takes the same operands; null where there is none, or where more is to be said than its name.</summary>
    public OnnxOperator? Onnx { get; init; }

    /// <summary>Whether an element costs less than to read it from a large tensor: programs may compute it several times.</summary>
    public bool Cheap { get; init; }

    /// <summary>Whether a program has the value for nothing: a number, a coordinate, an operand as it is.</summary>
    public bool Free { get; init; }

    /// <summary>Whether the value is its operand's, or that repeated: programs take the operand.</summary>
    public bool PassesOn { get; init; }

    /// <summary>Whether the value is its operand repeated along axes, which elementwise ops do by themselves.</summary>
    public bool Repeats { get; init; }

    /// <summary>Whether the value is what a slot holds before the run: nothing computes it.</summary>
    public bool Stored { get; init; }

    /// <summary>Whether elements are drawn at random, by their place.</summary>
    public bool Random { get; init; }

    /// <summary>The instruction that ends a program by this reduction over whole axes; <see cref="Fused"/> reduces the rows within one.</summary>
    public FusedOp? Terminal { get; init; }

    /// <summary>Whether its kernel runs an elementwise program over each part of the result.</summary>
    public bool TakesEpilogue { get; init; }

    /// <summary>Something simpler with the same value, shape and type, as nodes are made.</summary>
    public SimplifyRule? Simplify { get; init; }

    /// <summary>Where in its operand the value of a movement lies already, in elements; null where it has to be moved.</summary>
    public Func<Node, long?>? LiesAt { get; init; }

    /// <summary>How the elements of a movement's one operand move.</summary>
    public Func<Node, Movement>? Moves { get; init; }

    /// <summary>Whether a movement takes some elements in their order, which others can read where they lie in the operand.</summary>
    public bool Selects { get; init; }

    /// <summary>Where in a joined tensor the operand of that number goes.</summary>
    public Func<Node, int, TensorPart>? Part { get; init; }

    /// <summary>What the op's kernel has to know; null where the attributes and the shapes of the operands say all of it.</summary>
    public Func<Node, KernelGeometry>? Geometry { get; init; }

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
