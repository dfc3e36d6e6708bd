using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// A register tile of C: see <see cref="TileShape"/>. Reads up to 63 bytes past the end of B and C; writes only the tile.
/// </summary>
internal unsafe delegate void TileKernel(float* a, float* b, float* c);

/// <summary>
/// Emits register-tiled multiply kernels at run time, one local of vector type an accumulator, all geometry constant.
/// One emitter serves matrix products and the three passes of a convolution at every vector width.
/// </summary>
internal sealed unsafe class MicroKernel
{
    /// <summary>Multiply-adds up to which the sum is unrolled completely.</summary>
    private const int UnrollLimit = 96;

    private static readonly ConcurrentDictionary<(TileShape, int), TileKernel> Cache = new();

    private readonly TileShape _shape;
    private readonly int _lanes;
    private readonly int _vectors;
    private readonly int _tail;
    private readonly Type _vector;
    private readonly Type _static;
    private readonly ILGenerator _il;
    private readonly LocalBuilder[,] _sum;
    private readonly LocalBuilder[] _b;
    private readonly LocalBuilder _broadcast;
    private readonly LocalBuilder _ap;
    private readonly LocalBuilder _bp;

    private MicroKernel(TileShape shape, int lanes, ILGenerator il)
    {
        (_shape, _lanes, _il) = (shape, lanes, il);
        _vectors = (shape.Columns + lanes - 1) / lanes;
        _tail = shape.Columns % lanes;
        (_vector, _static) = lanes switch
        {
            16 => (typeof(Vector512<float>), typeof(Vector512)),
            8 => (typeof(Vector256<float>), typeof(Vector256)),
            _ => (typeof(Vector128<float>), typeof(Vector128)),
        };
        _sum = new LocalBuilder[shape.Rows, _vectors];
        for (int i = 0; i < shape.Rows; i++)
            for (int v = 0; v < _vectors; v++)
                _sum[i, v] = il.DeclareLocal(_vector);
        _b = new LocalBuilder[_vectors];
        for (int v = 0; v < _vectors; v++) _b[v] = il.DeclareLocal(_vector);
        _broadcast = il.DeclareLocal(_vector);
        _ap = il.DeclareLocal(typeof(nint));
        _bp = il.DeclareLocal(typeof(nint));
    }

    /// <summary>Most rows whose accumulators stay in registers beside <paramref name="vectors"/> vectors of B.</summary>
    public static int MaxRows(int vectors, int lanes)
    {
        int free = Simd.Registers(lanes) - 1 - vectors;
        return Math.Min(vectors == 1 ? 28 : 14, free / vectors);
    }

    /// <summary>The kernel of that shape, emitted on first use.</summary>
    public static TileKernel Get(TileShape shape, int lanes) =>
        Cache.GetOrAdd((shape.Normalize(), lanes), static key => Emit(key.Item1, key.Item2));

    private static TileKernel Emit(TileShape shape, int lanes)
    {
        // The unused first parameter makes it a closed delegate, which is called without a shuffle of its arguments.
        var method = new DynamicMethod(
            $"tile_{shape.Rows}x{shape.Columns}", null, [typeof(object), typeof(float*), typeof(float*), typeof(float*)], typeof(object).Module, true);
        new MicroKernel(shape, lanes, method.GetILGenerator()).EmitBody();
        return method.CreateDelegate<TileKernel>(string.Empty);
    }

    private void EmitBody()
    {
        for (int i = 0; i < _shape.Rows; i++)
            for (int v = 0; v < _vectors; v++)
            {
                _il.Emit(OpCodes.Ldloca, _sum[i, v]);
                _il.Emit(OpCodes.Initobj, _vector);
            }
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Stloc, _ap);
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Stloc, _bp);
        if (_shape.Terms * _shape.Rows * _vectors <= UnrollLimit) EmitUnrolled();
        else EmitLoop(_shape.K2, EmitMiddleSum, _shape.A2 - _shape.K1 * _shape.A1, _shape.B2 - _shape.K1 * _shape.B1);
        for (int i = 0; i < _shape.Rows; i++)
            for (int v = 0; v < _vectors; v++)
                EmitStore(i, v);
        _il.Emit(OpCodes.Ret);
    }

    private void EmitUnrolled()
    {
        for (int k2 = 0; k2 < _shape.K2; k2++)
            for (int k1 = 0; k1 < _shape.K1; k1++)
                for (int k0 = 0; k0 < _shape.K0; k0++)
                    EmitTerm(k2 * _shape.A2 + k1 * _shape.A1 + k0 * _shape.A0, k2 * _shape.B2 + k1 * _shape.B1 + k0 * _shape.B0);
    }

    /// <summary>Leaves both pointers after the last of its terms, as does <see cref="EmitInnerSum"/>.</summary>
    private void EmitMiddleSum() =>
        EmitLoop(_shape.K1, EmitInnerSum, _shape.A1 - _shape.K0 * _shape.A0, _shape.B1 - _shape.K0 * _shape.B0);

    private void EmitInnerSum()
    {
        // Small tiles leave the loop's own instructions visible; several terms a turn hide them.
        int unroll = Math.Max(1, Math.Min(4, 24 / (_shape.Rows * _vectors)));
        while (_shape.K0 % unroll != 0) unroll--;
        EmitLoop(
            _shape.K0 / unroll,
            () =>
            {
                for (int u = 0; u < unroll; u++) EmitTerm(u * _shape.A0, u * _shape.B0);
            },
            unroll * _shape.A0,
            unroll * _shape.B0);
    }

    private void EmitLoop(int count, Action body, long stepA, long stepB)
    {
        LocalBuilder left = _il.DeclareLocal(typeof(int));
        Label top = _il.DefineLabel();
        if (count > 1)
        {
            _il.Emit(OpCodes.Ldc_I4, count);
            _il.Emit(OpCodes.Stloc, left);
            _il.MarkLabel(top);
        }
        body();
        Advance(_ap, stepA);
        Advance(_bp, stepB);
        if (count == 1) return;
        _il.Emit(OpCodes.Ldloc, left);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Dup);
        _il.Emit(OpCodes.Stloc, left);
        _il.Emit(OpCodes.Brtrue, top);
    }

    private void Advance(LocalBuilder pointer, long elements)
    {
        if (elements == 0) return;
        _il.Emit(OpCodes.Ldloc, pointer);
        EmitOffset(elements);
        _il.Emit(OpCodes.Stloc, pointer);
    }

    private void EmitTerm(long offsetA, long offsetB)
    {
        for (int v = 0; v < _vectors; v++)
        {
            _il.Emit(OpCodes.Ldloc, _bp);
            EmitOffset(offsetB + v * _lanes);
            _il.Emit(OpCodes.Call, Generic("Load"));
            _il.Emit(OpCodes.Stloc, _b[v]);
        }
        MethodInfo create = _static.GetMethod("Create", [typeof(float)])!;
        MethodInfo multiplyAdd = MultiplyAdd();
        for (int i = 0; i < _shape.Rows; i++)
        {
            _il.Emit(OpCodes.Ldloc, _ap);
            EmitOffset(offsetA + _shape.Row(i));
            _il.Emit(OpCodes.Ldind_R4);
            _il.Emit(OpCodes.Call, create);
            // With one vector the broadcast stays on the stack and becomes a memory operand of the multiply-add.
            if (_vectors > 1) _il.Emit(OpCodes.Stloc, _broadcast);
            for (int v = 0; v < _vectors; v++)
            {
                if (_vectors > 1) _il.Emit(OpCodes.Ldloc, _broadcast);
                _il.Emit(OpCodes.Ldloc, _b[v]);
                _il.Emit(OpCodes.Ldloc, _sum[i, v]);
                _il.Emit(OpCodes.Call, multiplyAdd);
                _il.Emit(OpCodes.Stloc, _sum[i, v]);
            }
        }
    }

    private void EmitStore(int row, int vector)
    {
        long offset = row * _shape.StrideC + vector * _lanes;
        if (_shape.Accumulate)
        {
            _il.Emit(OpCodes.Ldloc, _sum[row, vector]);
            _il.Emit(OpCodes.Ldarg_3);
            EmitOffset(offset);
            _il.Emit(OpCodes.Call, Generic("Load"));
            _il.Emit(OpCodes.Call, _vector.GetMethod("op_Addition", [_vector, _vector])!);
            _il.Emit(OpCodes.Stloc, _sum[row, vector]);
        }
        bool partial = vector == _vectors - 1 && _tail != 0;
        if (!partial)
        {
            _il.Emit(OpCodes.Ldloc, _sum[row, vector]);
            _il.Emit(OpCodes.Ldarg_3);
            EmitOffset(offset);
            _il.Emit(OpCodes.Call, Generic("Store"));
        }
        else if (_lanes == 4)
        {
            for (int lane = 0; lane < _tail; lane++)
            {
                _il.Emit(OpCodes.Ldarg_3);
                EmitOffset(offset + lane);
                _il.Emit(OpCodes.Ldloc, _sum[row, vector]);
                _il.Emit(OpCodes.Ldc_I4, lane);
                _il.Emit(OpCodes.Call, Generic("GetElement"));
                _il.Emit(OpCodes.Stind_R4);
            }
        }
        else
        {
            _il.Emit(OpCodes.Ldarg_3);
            EmitOffset(offset);
            EmitMask();
            _il.Emit(OpCodes.Ldloc, _sum[row, vector]);
            Type set = _lanes == 16 ? typeof(Avx512F) : typeof(Avx);
            _il.Emit(OpCodes.Call, set.GetMethod("MaskStore", [typeof(float*), _vector, _vector])!);
        }
    }

    /// <summary>All bits set in the lanes of the last vector that belong to C.</summary>
    private void EmitMask()
    {
        for (int lane = 0; lane < _lanes; lane++) _il.Emit(OpCodes.Ldc_I4, lane < _tail ? -1 : 0);
        _il.Emit(OpCodes.Call, _static.GetMethod("Create", [.. Enumerable.Repeat(typeof(int), _lanes)])!);
        MethodInfo asSingle = _static.GetMethods().Single(m => m.Name == "AsSingle");
        _il.Emit(OpCodes.Call, asSingle.MakeGenericMethod(typeof(int)));
    }

    private void EmitOffset(long elements)
    {
        if (elements == 0) return;
        _il.Emit(OpCodes.Ldc_I8, elements * sizeof(float));
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
    }

    private MethodInfo MultiplyAdd() => _lanes switch
    {
        16 => typeof(Avx512F).GetMethod("FusedMultiplyAdd", [_vector, _vector, _vector])!,
        8 => typeof(Fma).GetMethod("MultiplyAdd", [_vector, _vector, _vector])!,
        // One rounding where the processor can, two where a fused instruction would be emulated.
        _ => typeof(Vector128).GetMethod("MultiplyAddEstimate", [_vector, _vector, _vector])!,
    };

    private MethodInfo Generic(string name)
    {
        MethodInfo definition = _static.GetMethods().Single(m =>
            m.Name == name && m.IsGenericMethod && (name != "Load" && name != "Store" || m.GetParameters().Any(p => p.ParameterType.IsPointer)));
        return definition.MakeGenericMethod(typeof(float));
    }
}
