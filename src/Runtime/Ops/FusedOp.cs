namespace Nn.Ops;

/// <summary>
/// Instructions of fused programs. Those marked <i>macro</i> are replaced by sequences of the others in
/// <c>FusedLowering</c>, so that every backend computes them by the same arithmetic. Comparisons give 1 or 0.
/// </summary>
public enum FusedOp
{
    /// <summary>Reads an operand; bytes arrive as i32.</summary>
    Load,

    /// <summary>Writes A to an operand.</summary>
    Store,

    /// <summary>The number in Value, of the instruction's type.</summary>
    Constant,

    /// <summary>Σ coordinate·stride over the space, an i32.</summary>
    Index,

    /// <summary>A + B.</summary>
    Add,

    /// <summary>A − B.</summary>
    Sub,

    /// <summary>A · B.</summary>
    Mul,

    /// <summary>A ÷ B (f32).</summary>
    Div,

    /// <summary>A·B + C with one rounding (f32). Where Value is 0, a rounding of the product does no harm, either.</summary>
    Fma,

    /// <summary>The smaller of A and B.</summary>
    Min,

    /// <summary>The larger of A and B.</summary>
    Max,

    /// <summary>−A.</summary>
    Neg,

    /// <summary>|A|.</summary>
    Abs,

    /// <summary>Largest integer not above A (f32).</summary>
    Floor,

    /// <summary>Nearest integer, ties to even (f32).</summary>
    Round,

    /// <summary>Square root (f32).</summary>
    Sqrt,

    /// <summary>1 where A &lt; B, else 0, of the instruction's type.</summary>
    Less,

    /// <summary>1 where A ≤ B, else 0.</summary>
    LessEqual,

    /// <summary>1 where A = B, else 0.</summary>
    Equal,

    /// <summary>B where A is not 0, else C.</summary>
    Select,

    /// <summary>A converted to the instruction's type; f32 to i32 truncates.</summary>
    Convert,

    /// <summary>The bits of A as the instruction's type.</summary>
    Bitcast,

    /// <summary>Bitwise and (i32).</summary>
    And,

    /// <summary>Bitwise or (i32).</summary>
    Or,

    /// <summary>Bitwise exclusive or (i32).</summary>
    Xor,

    /// <summary>A shifted left by Value bits (i32).</summary>
    ShiftLeft,

    /// <summary>A shifted right by Value bits, zeros entering (i32).</summary>
    ShiftRight,

    /// <summary>A rotated left by Value bits (i32).</summary>
    RotateLeft,

    /// <summary>Sum of A over the row.</summary>
    RowSum,

    /// <summary>Largest A of the row.</summary>
    RowMax,

    /// <summary>Position of the first largest A in the row, an i32.</summary>
    RowArgMax,

    /// <summary>Sum of A over the terminal axes, written to an operand.</summary>
    TerminalSum,

    /// <summary>Largest A over the terminal axes, written to an operand.</summary>
    TerminalMax,

    /// <summary>Macro: −1, 0 or 1.</summary>
    Sign,

    /// <summary>Macro: e^A.</summary>
    Exp,

    /// <summary>Macro: e^A − 1.</summary>
    Expm1,

    /// <summary>Macro: natural logarithm.</summary>
    Log,

    /// <summary>Macro: hyperbolic tangent.</summary>
    Tanh,

    /// <summary>Macro: error function.</summary>
    Erf,

    /// <summary>Macro: sine, |A| ≤ 2^20.</summary>
    Sin,

    /// <summary>Macro: cosine, |A| ≤ 2^20.</summary>
    Cos,

    /// <summary>Macro: A^B; negative A with an integer B keeps its sign rule, otherwise NaN.</summary>
    Pow,

    /// <summary>Macro: 1 ÷ (1 + e^−A).</summary>
    Sigmoid,

    /// <summary>Macro: log(1 + e^A).</summary>
    Softplus,

    /// <summary>
    /// Macro: uniform in [0, 1) from counter-based bits: A the seed (i32), B the step (i32), C the element index (i32), Value
    /// the stream.
    /// </summary>
    Uniform,

    /// <summary>Macro: standard normal, arguments as for <see cref="Uniform"/> (Box–Muller).</summary>
    Normal,
}
