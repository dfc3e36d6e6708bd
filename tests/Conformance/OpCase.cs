using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Conformance;

/// <summary>An input of a case: its shape and the range of its values.</summary>
public sealed record CaseInput(Shape Shape, double Low = -2, double High = 2, DType Type = DType.F32);

/// <summary>
/// One row of the conformance table: an op on certain shapes and values. The same row checks a backend against the reference and the op's gradient
/// against central differences.
/// </summary>
/// <param name="Op">The op under test.</param>
/// <param name="Name">What is special about the row.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Build">Builds the value.</param>
/// <param name="Tolerance">Allowed relative error of a backend; 0 is exact.</param>
/// <param name="Differentiable">Whether the gradient is checked.</param>
public sealed record OpCase(
    Op Op, string Name, CaseInput[] Inputs, Func<GraphBuilder, Node[], Node> Build, double Tolerance = 1e-5, bool Differentiable = true)
{
    public override string ToString() => $"{Op.Name} {Name}";
}
