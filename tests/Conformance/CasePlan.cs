using Nn.Graphs;
using Nn.Planning;

namespace Nn.Tests.Conformance;

/// <summary>A row of the conformance table as a plan of one entry, <c>run</c>, with guards round its output.</summary>
internal sealed record CasePlan(Plan Plan, Slot[] Inputs, Slot Before, Slot Output, Slot After)
{
    /// <summary>Elements of a guard.</summary>
    public const int GuardFloats = 64;

    /// <summary>The plan of a row.</summary>
    public static CasePlan Of(OpCase c)
    {
        var b = new PlanBuilder();
        var g = new GraphBuilder(simplify: false);
        Slot[] inputs = [.. c.Inputs.Select((x, i) => b.Slot(x.Type == DType.U8 ? "bytes" : "in", $"in{i}", x.Shape, x.Type))];
        Node value = c.Build(g, [.. inputs.Select(g.Read)]);
        Slot before = b.Slot("out", "before", new Shape(GuardFloats), DType.F32);
        Slot output = b.Slot("out", "output", value.Shape, value.Type), after = b.Slot("out", "after", new Shape(GuardFloats), DType.F32);
        g.Assign(output, value);
        b.Entry("run", g.Build());
        return new CasePlan(b.Build(), inputs, before, output, after);
    }
}
