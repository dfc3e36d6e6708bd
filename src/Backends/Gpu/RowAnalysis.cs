using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>How the values of a program with rows depend on the place in a row.</summary>
internal sealed class RowAnalysis
{
    /// <summary>Finds out.</summary>
    public RowAnalysis(FusedProgram program)
    {
        int n = program.Code.Count, last = program.Extents.Rank - 1;
        (Varies, Pass) = (new bool[n], new int[n]);
        for (int i = 0; i < n; i++)
        {
            FusedInstruction x = program.Code[i];
            bool reduces = FusedValues.IsRowReduction(x.Op), inputVaries = FusedValues.Inputs(x).Any(k => Varies[k]);
            Varies[i] = x.Op switch
            {
                FusedOp.Load => program.Operands[x.Operand].Strides[last] != 0,
                FusedOp.Store => program.Operands[x.Operand].Strides[last] != 0 || inputVaries,
                FusedOp.Index => x.Strides[last] != 0,
                FusedOp.TerminalSum or FusedOp.TerminalMax => true,
                _ => !reduces && inputVaries,
            };
            Pass[i] = FusedValues.Inputs(x).Select(k => Pass[k]).DefaultIfEmpty(0).Max() + (reduces ? 1 : 0);
        }

        Passes = Pass.Max() + 1;
    }

    /// <summary>Whether an instruction's value changes within a row.</summary>
    public bool[] Varies { get; }

    /// <summary>In which pass over a row an instruction's value can be computed: those of a row reduction's result are one later.</summary>
    public int[] Pass { get; }

    /// <summary>Number of passes.</summary>
    public int Passes { get; }
}
