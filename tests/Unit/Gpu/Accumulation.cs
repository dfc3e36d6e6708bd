using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Tests.Unit.Gpu;

/// <summary>The smallest plan whose result tells how often it ran: one entry, <c>step</c>: out = 2·x + out.</summary>
internal static class Accumulation
{
    /// <summary>The plan over so many elements.</summary>
    public static Plan Of(int count)
    {
        var plan = new PlanBuilder();
        var g = new GraphBuilder();
        Slot x = plan.Slot("in", "x", new Shape(count), DType.F32), sum = plan.Slot("out", "out", new Shape(count), DType.F32);
        g.Assign(sum, g.Add(g.Mul(g.Read(x), g.Constant(2)), g.Read(sum)));
        plan.Entry("step", g.Build());
        return plan.Build();
    }

    /// <summary>Writes x, runs so often and gives out.</summary>
    public static float[] Run(IProgram program, Plan plan, float[] x, params int[] times)
    {
        program.Write(plan.Slot("x"), MemoryMarshal.AsBytes(x.AsSpan()));
        foreach (int t in times) program.Run(plan.Entry("step"), t);
        return Out(program, plan);
    }

    /// <summary>What has accumulated.</summary>
    public static float[] Out(IProgram program, Plan plan)
    {
        var values = new float[plan.Slot("out").Shape.Count];
        program.Read(plan.Slot("out"), MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
