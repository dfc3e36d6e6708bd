using Nn.Graphs;

namespace Nn.Planning;

/// <summary>Replaces the macro instructions of a fused program by primitive ones; what backends compile.</summary>
public static class FusedLowering
{
    /// <summary>The same program in primitive instructions only.</summary>
    public static FusedProgram Lower(FusedProgram program)
    {
        var writer = new InstructionWriter();
        var values = new int[program.Code.Count];
        for (int i = 0; i < values.Length; i++)
        {
            FusedInstruction code = program.Code[i];
            int a = code.A < 0 ? -1 : values[code.A], b = code.B < 0 ? -1 : values[code.B], c = code.C < 0 ? -1 : values[code.C];
            values[i] = code.Op switch
            {
                FusedOp.Exp => MathExpansions.Exp(writer, a),
                FusedOp.Log => MathExpansions.Log(writer, a),
                FusedOp.Tanh => MathExpansions.Tanh(writer, a),
                FusedOp.Erf => MathExpansions.Erf(writer, a),
                FusedOp.Sin => MathExpansions.Sin(writer, a),
                FusedOp.Pow => MathExpansions.Pow(writer, a, b),
                FusedOp.Sigmoid => MathExpansions.Sigmoid(writer, a),
                FusedOp.Softplus => MathExpansions.Softplus(writer, a),
                FusedOp.Sign when code.Type == DType.F32 => MathExpansions.Sign(writer, a),
                FusedOp.Uniform => MathExpansions.UnitInterval(writer, MathExpansions.Threefry(writer, a, (uint)code.Value, c, b).X0),
                FusedOp.Normal => Normal(writer, code, a, b, c),
                // A conversion to the type a value already has is the value.
                FusedOp.Convert when writer.Code[a].Type == code.Type => a,
                _ => writer.Emit(code with { A = a, B = b, C = c }),
            };
        }

        return new FusedProgram(
            program.Extents, program.RowAxes, program.TerminalAxis, program.TerminalAxes, program.Operands, [.. writer.Code]);
    }

    private static int Normal(InstructionWriter writer, FusedInstruction code, int seed, int step, int index)
    {
        (int x0, int x1) = MathExpansions.Threefry(writer, seed, (uint)code.Value, index, step);
        return MathExpansions.Normal(writer, x0, x1);
    }
}
