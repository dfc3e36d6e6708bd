using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Backends.Cpu.Fused;

/// <summary>Reductions of each row to one number: a vector gathers, then its lanes are joined.</summary>
internal sealed class RowReductions(VectorCode code, IReadOnlyList<FusedInstruction> program, FusedValues values, RowChunks chunks)
{
    private readonly Dictionary<int, (LocalBuilder Value, LocalBuilder? Position)> _held = [];

    /// <summary>Before a row.</summary>
    public void Start(int r)
    {
        FusedInstruction x = program[r];
        DType type = program[x.A].Type;
        if (!_held.TryGetValue(r, out (LocalBuilder Value, LocalBuilder? Position) held))
            _held[r] = held = (code.Vector(type), x.Op == FusedOp.RowArgMax ? code.Vector(DType.I32) : null);
        code.PushConstant(type, Reduction.Of(x.Op).Identity(type));
        code.Pop(held.Value);
        if (held.Position is null) return;
        code.PushConstant(DType.I32, 0);
        code.Pop(held.Position);
    }

    /// <summary>Takes the current chunk in.</summary>
    public void Accumulate(int r)
    {
        FusedInstruction x = program[r];
        (LocalBuilder value, LocalBuilder? position) = _held[r];
        DType type = program[x.A].Type;
        var reduction = Reduction.Of(x.Op);
        if (position is null)
        {
            code.Push(value);
            values.PushMasked(x.A, reduction);
            code.Call(reduction.Step, type);
            code.Pop(value);
            return;
        }

        // Strictly larger, so that the first stays.
        LocalBuilder candidate = code.Vector(type), larger = code.Vector(type);
        values.PushMasked(x.A, reduction);
        code.Pop(candidate);
        code.Push(candidate);
        code.Push(value);
        code.Call(VectorOp.Greater, type);
        code.Pop(larger);
        code.Push(larger);
        code.Push(candidate);
        code.Push(value);
        code.Call(VectorOp.Select, type);
        code.Pop(value);
        code.Push(larger);
        code.Reinterpret(type, DType.I32);
        chunks.PushPositions(1);
        code.Push(position);
        code.Call(VectorOp.Select, DType.I32);
        code.Pop(position);
    }

    /// <summary>After a row: its value is known.</summary>
    public void Finish(int r)
    {
        FusedInstruction x = program[r];
        (LocalBuilder value, LocalBuilder? position) = _held[r];
        DType type = program[x.A].Type;
        var reduction = Reduction.Of(x.Op);
        code.Push(value);
        if (position is null)
        {
            code.Call(reduction.Lanes, type);
        }
        else
        {
            // The smallest position among the lanes that hold the largest value.
            code.Push(value);
            code.Call(reduction.Lanes, type);
            code.Call(VectorOp.Same, type);
            code.Reinterpret(type, DType.I32);
            code.Push(position);
            code.PushConstant(DType.I32, int.MaxValue);
            code.Call(VectorOp.Select, DType.I32);
            code.Call(VectorOp.FoldMin, DType.I32);
        }

        values.Define(r);
    }
}
