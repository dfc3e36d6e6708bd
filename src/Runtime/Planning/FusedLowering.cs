using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>
/// Replaces the macro instructions of fused programs by primitive ones, so that all backends compute them by the same
/// arithmetic. Computes what is known already, and equal values once.
/// </summary>
/// <remarks>
/// <c>Min</c> and <c>Max</c> of the result mean <c>A &lt; B ? A : B</c> and <c>A &gt; B ? A : B</c>: where either is NaN they give B. A constant stands in A,
/// so that clamping hides no NaN. Their row and terminal counterparts say nothing about NaN.
/// </remarks>
public static class FusedLowering
{
    private static readonly Dictionary<FusedOp, Func<InstructionWriter, int, int>> Functions =
        OpTable.All.Where(o => o.Expansion is not null).ToDictionary(o => o.Fused!.Value, o => o.Expansion!);

    /// <summary>The same program without macros, and without instructions that nothing needs.</summary>
    public static FusedProgram Lower(FusedProgram program)
    {
        var writer = new InstructionWriter();
        var map = new int[program.Code.Count];
        for (int i = 0; i < map.Length; i++) map[i] = Expand(writer, program.Code[i], map);
        var lowered = new FusedProgram(
            program.Extents, program.RowAxes, program.TerminalAxis, program.TerminalAxes, program.Operands, WithoutUnused(writer.Code));
        Verification.Demand("lowering", () => ProgramVerifier.Mistakes(lowered));
        return lowered;
    }

    private static int Expand(InstructionWriter w, FusedInstruction i, int[] map)
    {
        int At(int position) => position < 0 ? -1 : map[position];
        (int a, int b, int c) = (At(i.A), At(i.B), At(i.C));
        return i.Op switch
        {
            _ when Functions.TryGetValue(i.Op, out Func<InstructionWriter, int, int>? expand) => expand(w, a),
            FusedOp.Pow => MathExpansions.Pow(w, a, b),
            FusedOp.Uniform => RandomExpansions.Uniform(w, a, b, c, (int)i.Value),
            FusedOp.Normal => RandomExpansions.Normal(w, a, b, c, (int)i.Value),
            FusedOp.Constant => i.Type == DType.F32 ? w.Number(i.Value) : w.Integer((int)i.Value),
            _ => w.Write(i with { A = a, B = b, C = c }),
        };
    }

    /// <summary>The instructions that a store or a terminal reduction needs.</summary>
    public static FusedInstruction[] WithoutUnused(IReadOnlyList<FusedInstruction> code)
    {
        var used = new bool[code.Count];
        for (int i = code.Count - 1; i >= 0; i--)
        {
            FusedInstruction x = code[i];
            used[i] |= x.Op is FusedOp.Store or FusedOp.TerminalSum or FusedOp.TerminalMax;
            if (!used[i]) continue;
            foreach (int from in (ReadOnlySpan<int>)[x.A, x.B, x.C])
            {
                if (from >= 0) used[from] = true;
            }
        }

        var position = new int[code.Count];
        var kept = new List<FusedInstruction>();
        for (int i = 0; i < code.Count; i++)
        {
            if (!used[i]) continue;
            int At(int p) => p < 0 ? -1 : position[p];
            position[i] = kept.Count;
            kept.Add(code[i] with { A = At(code[i].A), B = At(code[i].B), C = At(code[i].C) });
        }

        return [.. kept];
    }
}
