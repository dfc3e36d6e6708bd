using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Nn.Graphs;

namespace Nn.Backends.Cpu.Emit;

/// <summary>
/// A vector width with the methods that emitted code calls: <c>Vector512</c>, <c>Vector256</c> and <c>Vector128</c> have the same method
/// names, so the emitters are written once.
/// </summary>
internal sealed class VectorIsa
{
    private readonly Type _definition;
    private readonly Lazy<ILookup<string, MethodInfo>> _methods;
    private readonly Dictionary<(VectorOp, DType), MethodInfo> _found = [];

    private VectorIsa(int width, Type statics, Type definition, string loadBytes)
    {
        LoadBytes = typeof(VectorHelpers).GetMethod(loadBytes)!;
        (Width, _definition) = (width, definition);
        _methods = new Lazy<ILookup<string, MethodInfo>>(() => statics.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Concat(typeof(VectorHelpers).GetMethods(BindingFlags.Public | BindingFlags.Static)).ToLookup(m => m.Name));
        (Float, Int) = (Vector(typeof(float)), Vector(typeof(int)));
    }

    /// <summary>Sixteen floats; AVX-512.</summary>
    public static VectorIsa V512 { get; } = new(16, typeof(Vector512), typeof(Vector512<>), nameof(VectorHelpers.LoadBytes512));

    /// <summary>Eight floats; AVX2 and FMA.</summary>
    public static VectorIsa V256 { get; } = new(8, typeof(Vector256), typeof(Vector256<>), nameof(VectorHelpers.LoadBytes256));

    /// <summary>Four floats; every processor.</summary>
    public static VectorIsa V128 { get; } = new(4, typeof(Vector128), typeof(Vector128<>), nameof(VectorHelpers.LoadBytes128));

    /// <summary>The widest that this processor runs in hardware.</summary>
    public static VectorIsa Best { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? V512
        : Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported ? V256
        : V128;

    /// <summary>The widths that this processor runs in hardware, the widest first.</summary>
    public static IEnumerable<VectorIsa> Available => new[] { V512, V256, V128 }.Where(v => v.Width <= Best.Width);

    /// <summary>Floats in a vector.</summary>
    public int Width { get; }

    /// <summary>Vector of floats.</summary>
    public Type Float { get; }

    /// <summary>Vector of ints.</summary>
    public Type Int { get; }

    /// <summary>As shown in device lists.</summary>
    public string Name => Width switch { 16 => "AVX-512", 8 => "AVX2", _ => "128-bit" };

    /// <summary>Loads one byte a lane, as integers.</summary>
    public MethodInfo LoadBytes { get; }

    /// <summary>Stores the lanes of a mask, where the processor has an instruction for it.</summary>
    public MethodInfo? MaskStore => MaskSet?.GetMethod("MaskStore", [typeof(float*), Float, Float]);

    /// <summary>Rotates integers, where the processor has an instruction for it.</summary>
    public MethodInfo? RotateLeft => WideSet?.GetMethod("RotateLeft", [Int, typeof(byte)]);

    // AVX-512 masks narrow vectors faster than AVX does.
    private Type? MaskSet => WideSet ?? (Avx.IsSupported ? typeof(Avx) : null);

    private Type? WideSet => Width == 16 ? typeof(Avx512F) : Avx512F.VL.IsSupported ? typeof(Avx512F.VL) : null;

    /// <summary>The widest vectors that a row of <paramref name="columns"/> fills, up to this width.</summary>
    public VectorIsa Narrowed(long columns)
    {
        VectorIsa narrow = V128;
        while (narrow.Width < Width && narrow.Width < columns) narrow = narrow.Width == 4 ? V256 : V512;
        return narrow;
    }

    /// <summary>The method of an operation on vectors of <see cref="DType.F32"/> or <see cref="DType.I32"/>.</summary>
    /// <exception cref="MissingMethodException">The operation is none of that type.</exception>
    public MethodInfo Get(VectorOp op, DType type)
    {
        lock (_found)
        {
            if (_found.TryGetValue((op, type), out MethodInfo? found)) return found;
            Type element = type == DType.F32 ? typeof(float) : typeof(int);
            foreach (MethodInfo candidate in _methods.Value[op.Method])
            {
                MethodInfo method = candidate;
                if (method.IsGenericMethodDefinition)
                {
                    if (method.GetGenericArguments().Length != 1) continue;
                    method = method.MakeGenericMethod(element);
                }

                if (Fits(op.Form, [.. method.GetParameters().Select(p => p.ParameterType)], element)) return _found[(op, type)] = method;
            }
        }

        throw new MissingMethodException(_definition.Name, $"{op}({type})");
    }

    private Type Vector(Type element) => _definition.MakeGenericType(element);

    private bool Fits(VectorForm form, Type[] taken, Type element) => form switch
    {
        VectorForm.Broadcast => taken is [var number] && number == element,
        VectorForm.Sequence => taken.Length == 2,
        VectorForm.Load => taken is [var from] && from == element.MakePointerType(),
        VectorForm.Store => taken is [_, var to] && to == element.MakePointerType(),
        VectorForm.Shift => taken is [var shifted, _] && shifted == Vector(element),
        VectorForm.PartialStore => taken is [_, var stored, _] && stored == Vector(element),
        _ => taken.All(p => p == Vector(element)),
    };
}
