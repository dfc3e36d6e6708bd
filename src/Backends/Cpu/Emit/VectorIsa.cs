using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nn.Backends.Cpu.Emit;

/// <summary>
/// A vector width with the methods that emitted code calls: <c>Vector512</c>, <c>Vector256</c> and <c>Vector128</c> have the same method
/// names, so the emitters are written once.
/// </summary>
internal sealed class VectorIsa
{
    private readonly Type _definition;
    private readonly Lazy<ILookup<string, MethodInfo>> _methods;
    private readonly Dictionary<(string, Type), MethodInfo> _found = [];

    private VectorIsa(int width, Type statics, Type definition)
    {
        (Width, _definition) = (width, definition);
        _methods = new Lazy<ILookup<string, MethodInfo>>(() => statics.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Concat(typeof(VectorHelpers).GetMethods(BindingFlags.Public | BindingFlags.Static)).ToLookup(m => m.Name));
        (Float, Int) = (Vector(typeof(float)), Vector(typeof(int)));
    }

    /// <summary>Sixteen floats; AVX-512.</summary>
    public static VectorIsa V512 { get; } = new(16, typeof(Vector512), typeof(Vector512<>));

    /// <summary>Eight floats; AVX2 and FMA.</summary>
    public static VectorIsa V256 { get; } = new(8, typeof(Vector256), typeof(Vector256<>));

    /// <summary>Four floats; every processor.</summary>
    public static VectorIsa V128 { get; } = new(4, typeof(Vector128), typeof(Vector128<>));

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

    /// <summary>The operation of that name whose vector operands have the given element type.</summary>
    public MethodInfo Get(string name, Type element)
    {
        lock (_found)
        {
            if (_found.TryGetValue((name, element), out MethodInfo? found)) return found;
            foreach (MethodInfo candidate in _methods.Value[name])
            {
                MethodInfo method = candidate;
                if (method.IsGenericMethodDefinition)
                {
                    if (method.GetGenericArguments().Length != 1) continue;
                    method = method.MakeGenericMethod(element);
                }

                if (Fits(name, method.GetParameters(), element)) return _found[(name, element)] = method;
            }
        }

        throw new MissingMethodException(_definition.Name, $"{name}({element.Name})");
    }

    private Type Vector(Type element) => _definition.MakeGenericType(element);

    private bool Fits(string name, ParameterInfo[] parameters, Type element) => name switch
    {
        "Create" => parameters.Length == 1 && parameters[0].ParameterType == element,
        "CreateSequence" => parameters.Length == 2,
        "Load" => parameters.Length == 1 && parameters[0].ParameterType == element.MakePointerType(),
        "Store" => parameters.Length == 2 && parameters[1].ParameterType == element.MakePointerType(),
        "LoadBytes128" or "LoadBytes256" or "LoadBytes512" => true,
        "ShiftLeft" or "ShiftRightLogical" => parameters[0].ParameterType == Vector(element),
        "StorePartly" => parameters[1].ParameterType == Vector(element),
        _ => parameters.All(p => p.ParameterType == Vector(element)),
    };
}
