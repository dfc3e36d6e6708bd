namespace Nn.Backends.Gpu;

/// <summary>
/// What a tuned kernel does with each element of its result instead of storing it: an epilogue, as a function of row and column (i32) and value
/// (f32). Buffer 0 is the kernel's result; the others stand behind the kernel's own buffers, their offsets behind the kernel's own offsets.
/// </summary>
public sealed record KernelFunction(KernelCode Code, EquatableList<KernelBuffer> Buffers)
{
    /// <summary>Its name in both languages.</summary>
    public const string Name = "store_c";
}
