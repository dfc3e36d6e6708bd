namespace Nn.Graphs;

/// <summary>Element types of tensors.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32, the type of all arithmetic.</summary>
    F32,

    /// <summary>32-bit signed integer: class labels, symbols, counters, indices.</summary>
    I32,

    /// <summary>Stored bytes (images); read as integers 0..255, only ever cast.</summary>
    U8,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Size of one element in bytes.</summary>
    public static int Size(this DType type) => type == DType.U8 ? 1 : 4;

    /// <summary>The name used in plans and messages: f32, i32, u8.</summary>
    public static string Name(this DType type) => type switch { DType.F32 => "f32", DType.I32 => "i32", _ => "u8" };
}
