namespace Nn.Backends.Gpu;

/// <summary>Type of a value in kernel code.</summary>
public enum KernelType
{
    /// <summary>No value: stores, control flow.</summary>
    None,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>32 bits; the instruction says whether they count as signed. Sums and products wrap.</summary>
    I32,

    /// <summary>A truth value.</summary>
    Bool,
}

/// <summary>
/// Instructions of kernel code. A, B, C are the values of <see cref="KernelInstruction"/>; comparisons and conversions take i32 as
/// signed.
/// </summary>
public enum KernelOp
{
    /// <summary>The bits in Immediate.</summary>
    Constant,

    /// <summary>Number of the work group along axis Immediate.</summary>
    GroupId,

    /// <summary>Number of the invocation in its group along axis Immediate.</summary>
    LocalId,

    /// <summary>The kernel's 32-bit word Immediate: offsets of the buffers first, then constants.</summary>
    Word,

    /// <summary>Argument Immediate of a function: row and column (i32), value (f32).</summary>
    Parameter,

    /// <summary>Element A of buffer Immediate; bytes arrive as i32.</summary>
    Load,

    /// <summary>Writes B to element A of buffer Immediate.</summary>
    Store,

    /// <summary>Element A of shared array Immediate.</summary>
    LoadShared,

    /// <summary>Writes B to element A of shared array Immediate.</summary>
    StoreShared,

    /// <summary>All invocations of the group arrive, and see what the others wrote to shared arrays and buffers, before one goes on.</summary>
    Barrier,

    /// <summary>A + B.</summary>
    Add,

    /// <summary>A − B.</summary>
    Sub,

    /// <summary>A · B.</summary>
    Mul,

    /// <summary>A ÷ B (f32), as exact as the device does it.</summary>
    Div,

    /// <summary>⌊A ÷ B⌋ (i32, unsigned).</summary>
    Quotient,

    /// <summary>A mod B (i32, unsigned).</summary>
    Remainder,

    /// <summary>A·B + C, rounded once where the device can (f32).</summary>
    Fma,

    /// <summary>−A.</summary>
    Neg,

    /// <summary>|A| (f32).</summary>
    Abs,

    /// <summary>Largest integer not above A (f32).</summary>
    Floor,

    /// <summary>Nearest integer, ties to even (f32).</summary>
    Round,

    /// <summary>Square root (f32), as exact as the device does it.</summary>
    Sqrt,

    /// <summary>A &lt; B.</summary>
    Less,

    /// <summary>A ≤ B.</summary>
    LessEqual,

    /// <summary>A = B.</summary>
    Equal,

    /// <summary>Bitwise and; both, of truth values.</summary>
    And,

    /// <summary>Bitwise or; either, of truth values.</summary>
    Or,

    /// <summary>Bitwise exclusive or (i32).</summary>
    Xor,

    /// <summary>A shifted left by B bits (i32).</summary>
    ShiftLeft,

    /// <summary>A shifted right by B bits, zeros entering (i32).</summary>
    ShiftRight,

    /// <summary>B where A holds, else C.</summary>
    Select,

    /// <summary>A converted by value, i32 ↔ f32; fractions are dropped.</summary>
    Convert,

    /// <summary>The bits of A as the other type, i32 ↔ f32.</summary>
    Bitcast,

    /// <summary>What follows, up to <see cref="EndIf"/>, only where A holds.</summary>
    If,

    /// <summary>Ends the innermost <see cref="If"/>.</summary>
    EndIf,

    /// <summary>What follows, up to <see cref="EndLoop"/>, for its own value A, A + C, A + 2C, … while less than B (i32).</summary>
    Loop,

    /// <summary>
    /// Stands right behind its loop: a value that is A in the first turn and B of the turn before in the others. After the loop it is
    /// that of the turn that did not take place.
    /// </summary>
    Carry,

    /// <summary>Ends the innermost <see cref="Loop"/>.</summary>
    EndLoop,
}
