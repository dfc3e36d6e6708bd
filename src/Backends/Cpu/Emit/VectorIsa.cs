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
    private readonly Type _static;
    private readonly Dictionary<string, MethodInfo> _methods = [];

    private VectorIsa(int width, Type @static, Type generic, bool masked)
    {
        (Width, _static, Masked) = (width, @static, masked);
        Float = generic.MakeGenericType(typeof(float));
        Int = generic.MakeGenericType(typeof(int));
    }

    /// <summary>Sixteen floats; AVX-512.</summary>
    public static VectorIsa V512 { get; } = new(16, typeof(Vector512), typeof(Vector512<>), masked: true);

    /// <summary>Eight floats; AVX2 and FMA.</summary>
    public static VectorIsa V256 { get; } = new(8, typeof(Vector256), typeof(Vector256<>), masked: true);

    /// <summary>Four floats; every processor.</summary>
    public static VectorIsa V128 { get; } = new(4, typeof(Vector128), typeof(Vector128<>), masked: false);

    /// <summary>The widest that this processor runs in hardware.</summary>
    public static VectorIsa Best { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? V512
        : Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported ? V256
        : V128;

    /// <summary>The widths that this processor runs in hardware, the widest first.</summary>
    public static IEnumerable<VectorIsa> Available => new[] { V512, V256, V128 }.Where(v => v.Width <= Best.Width);

    /// <summary>Floats in a vector.</summary>
    public int Width { get; }

    /// <summary>Bytes in a vector.</summary>
    public int Bytes => Width * 4;

    /// <summary>Vector of floats.</summary>
    public Type Float { get; }

    /// <summary>Vector of ints.</summary>
    public Type Int { get; }

    /// <summary>Whether loads and stores can be masked in hardware.</summary>
    public bool Masked { get; }

    /// <summary>As shown in device lists.</summary>
    public string Name => Width switch { 16 => "AVX-512", 8 => "AVX2", _ => "128-bit" };

    /// <summary>A static method by name and parameter types; element types are inferred.</summary>
    public MethodInfo Method(string name, params Type[] parameters)
    {
        string key = name + string.Concat(parameters.Select(p => "," + p));
        if (_methods.TryGetValue(key, out MethodInfo? known)) return known;
        Type element = parameters.Any(p => p == Int || p == typeof(int*) || p == typeof(int)) && !parameters.Contains(Float) ? typeof(int) : typeof(float);
        foreach (MethodInfo m in _static.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.Name == name))
        {
            if (m.GetParameters().Length != parameters.Length || m.GetGenericArguments().Length > 1) continue;
            MethodInfo closed = m.IsGenericMethodDefinition ? m.MakeGenericMethod(element) : m;
            if (closed.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters)) return _methods[key] = closed;
        }

        throw new MissingMethodException(_static.Name, $"{name}({string.Join(", ", parameters.Select(p => p.Name))})");
    }

    /// <summary>A hardware-masked load or store of floats or ints.</summary>
    public MethodInfo MaskMethod(string name, Type pointer, Type vector)
    {
        // AVX has the float forms, AVX2 the int forms, AVX-512 both.
        Type[] sources = Width == 16 ? [typeof(Avx512F)] : [typeof(Avx), typeof(Avx2)];
        return sources.SelectMany(s => s.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .First(m => m.Name == name && m.GetParameters() is { Length: 3 } p && p[0].ParameterType == pointer && p[1].ParameterType == vector && p[2].ParameterType == vector);
    }
}
