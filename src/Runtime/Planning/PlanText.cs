using System.Text;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Plans as text: memory, then every entry's steps with their cost.</summary>
public static class PlanText
{
    /// <summary>The whole plan.</summary>
    public static string Write(Plan plan)
    {
        var s = new StringBuilder();
        s.Append("memory\n");
        foreach (Arena a in plan.Arenas) s.Append($"  {a.Name,-12} {a.Bytes,14:N0} bytes{(a.Persistent ? "" : "  (reused by every entry)")}\n");
        s.Append($"  {"all",-12} {plan.Bytes,14:N0} bytes\n");
        foreach (Entry e in plan.Entries) Write(s, e);
        return s.ToString();
    }

    /// <summary>What a step computes, with its extents: <c>[64×784]·[784×128], then 64x128: add max</c>.</summary>
    public static string Describe(PlanStep step) => step switch
    {
        ScanStep l => $"{l.Iterations} times",
        FusedStep f => Describe(f.Program),
        MatMulStep { Geometry: var g } m =>
            $"{(g.Batch > 1 ? $"{g.Batch} × " : "")}{Matrix(g.M, g.K, g.TransposeA)}·{Matrix(g.K, g.N, g.TransposeB)}{Then(m.Epilogue)}",
        ConvStep { Geometry: var g } c => $"{Pass(g.Pass)} {g.Image} * {g.Weights} → {g.Output}{Then(c.Epilogue)}",
        PoolStep { Geometry: var g } => $"{g.Pass} {g.Image} → {g.Pooled}",
        CopyStep c => $"{c.Movement.Extents}",
        OpStep o => string.Join(", ", o.Inputs.Select(i => i.Shape)),
        _ => "",
    };

    private static void Write(StringBuilder s, Entry entry)
    {
        s.Append($"\n{entry.Name}: {entry.Steps.Count} steps, {entry.Flops:N0} flop\n");
        Write(s, entry.Steps, "");
    }

    private static void Write(StringBuilder s, IReadOnlyList<PlanStep> steps, string indent)
    {
        int number = 0;
        foreach (PlanStep step in steps)
        {
            string writes = string.Join(", ", step.Results.Select(w => $"{Place(w)} {w.Shape}"));
            s.Append($"{indent}  {++number,3} {step.Kind,-8} {step.Label,-22} {Describe(step)}  →  {writes}  {step.Flops:N0} flop, {step.Bytes:N0} bytes\n");
            if (step is ScanStep loop) Write(s, loop.Body, indent + "      ");
        }
    }

    private static string Pass(ConvPass pass) => pass switch
    {
        ConvPass.Forward => "forward",
        ConvPass.InputGradient => "input gradient",
        _ => "weight gradient",
    };

    // As stored: a transposed matrix has its sides the other way round in memory.
    private static string Matrix(int rows, int columns, bool transposed) => transposed ? $"[{columns}×{rows}]ᵀ" : $"[{rows}×{columns}]";

    private static string Then(FusedStep? epilogue) => epilogue is null ? "" : $", then {Describe(epilogue.Program)}";

    private static string Describe(FusedProgram p) => $"{p.Extents}: {string.Join(' ', p.Code
        .Where(c => c.Op is not (FusedOp.Load or FusedOp.Store or FusedOp.Constant or FusedOp.Index)).Select(c => c.Op.ToString().ToLowerInvariant()))}";

    private static string Place(Slot s) => s.Persistent ? s.Name : $"{s.Arena.Name}+{s.Offset}";
}
