using System.Numerics;
using System.Runtime.Intrinsics;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// Joins the partial results of a program's terminal reductions: neighbouring blocks are added in pairs, then the pairs, and so on,
/// so that the bits do not depend on who computed which block.
/// </summary>
internal sealed unsafe class TerminalFold
{
    private readonly FusedLayout _layout;
    private readonly FusedInstruction[] _terminals;

    public TerminalFold(FusedLayout layout)
    {
        _layout = layout;
        _terminals = [.. layout.Program.Code.Where(i => FusedAnalysis.IsTerminal(i.Op))];
    }

    /// <summary>Bytes of all partial results.</summary>
    public long Bytes => _layout.Outer * _layout.Blocks * _layout.PartialFloats * _terminals.Length * sizeof(float);

    /// <summary>Sets 32-bit elements; called by emitted code, too.</summary>
    public static void Fill(nint start, nint count, int bits) => new Span<int>((void*)start, checked((int)count)).Fill(bits);

    /// <summary>Makes all partial results those of no elements.</summary>
    public void Clear(byte* partial)
    {
        long step = _layout.PartialFloats;
        for (long unit = 0; unit < _layout.Outer * _layout.Blocks; unit++)
        {
            for (int t = 0; t < _terminals.Length; t++)
                Fill(
                    (nint)partial + (nint)((unit * _terminals.Length + t) * step * sizeof(float)), (nint)step,
                    Reduction.Of(_terminals[t].Op).IdentityBits(_terminals[t].Type));
        }
    }

    /// <summary>Writes the results for the coordinates <paramref name="start"/>..<paramref name="end"/> before the reduced axes.</summary>
    public void Run(void** operands, byte* partial, long start, long end)
    {
        for (long outer = start; outer < end; outer++)
        {
            for (int t = 0; t < _terminals.Length; t++)
            {
                FusedInstruction x = _terminals[t];
                float* first = (float*)partial + (outer * _layout.Blocks * _terminals.Length + t) * _layout.PartialFloats;
                if (x.Type == DType.F32) Join(first, x.Op == FusedOp.TerminalSum);
                else Join((int*)first, x.Op == FusedOp.TerminalSum);
                float* result = (float*)operands[x.Operand];
                if (_layout.ReducesColumns)
                {
                    result[outer] = first[0];
                    continue;
                }

                if (_layout.ResultColumns != _layout.Columns)
                {
                    if (x.Type == DType.F32) JoinRepeated(first, x.Op == FusedOp.TerminalSum);
                    else JoinRepeated((int*)first, x.Op == FusedOp.TerminalSum);
                }

                int columns = _layout.ResultColumns;
                result += outer * _layout.Inner * columns;
                for (long inner = 0; inner < _layout.Inner; inner++) Copy(first + inner * _layout.Padded, result + inner * columns, columns);
            }
        }
    }

    private static void Copy(float* from, float* to, int count)
    {
        if (count > 16)
        {
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
            return;
        }

        for (int i = 0; i < count; i++) to[i] = from[i];
    }

    private void Join<T>(T* first, bool sum)
        where T : unmanaged
    {
        long blocks = _layout.Blocks, distance = _layout.PartialFloats * _terminals.Length;
        for (long step = 1; step < blocks; step *= 2)
        {
            for (long block = 0; block + step < blocks; block += 2 * step)
                Combine(first + block * distance, first + (block + step) * distance, _layout.PartialFloats, sum);
        }

        if (!_layout.ReducesColumns) return;
        // The lanes of a sum, halves onto halves.
        for (int lanes = _layout.Lanes / 2; lanes >= 4; lanes /= 2) Combine(first, first + lanes, lanes, sum);
        Vector128<T> v = Vector128.Load(first);
        *first = (sum ? VectorHelpers.FoldSum(v) : VectorHelpers.FoldMax(v)).ToScalar();
    }

    // Several original rows lie beside each other in a joined one.
    private void JoinRepeated<T>(T* first, bool sum)
        where T : unmanaged, INumber<T>
    {
        int columns = _layout.ResultColumns;
        for (int i = columns; i < _layout.Columns; i++)
            first[i % columns] = sum ? first[i % columns] + first[i] : T.Max(first[i % columns], first[i]);
    }

    private static void Combine<T>(T* to, T* from, long count, bool sum)
        where T : unmanaged
    {
        for (long i = 0; i < count; i += 4)
        {
            Vector128<T> a = Vector128.Load(to + i), b = Vector128.Load(from + i);
            (sum ? a + b : Vector128.MaxNative(a, b)).Store(to + i);
        }
    }
}
