namespace Nn.Ops;

/// <summary>
/// An op as a function of one number: all that is said of it beside its row's rules. From here the language has the word with its help and its derivative, ONNX
/// the operator, and the analysis of ranges the bounds.
/// </summary>
/// <param name="Word">As scripts name it.</param>
/// <param name="Value">In double precision.</param>
/// <param name="Help">What it gives, for <c>nn help</c>.</param>
/// <param name="Example">A line of a script.</param>
/// <param name="Slope">Its derivative, a formula of the language in <c>x</c>, with <c>y</c> for the value at x.</param>
/// <param name="Onnx">The operator of ONNX that computes it; null where none does.</param>
public sealed record OpFunction(string Word, Func<double, double> Value, string Help, string Example, string Slope, string? Onnx)
{
    /// <summary>The function where it never falls, defined for all numbers: bounds of its argument give its own.</summary>
    public Func<double, double>? Rises { get; init; }

    /// <summary>Numbers that it stays between, whatever its argument; null where there are none, or <see cref="Rises"/> tells more.</summary>
    public (double Low, double High)? Between { get; init; }
}
