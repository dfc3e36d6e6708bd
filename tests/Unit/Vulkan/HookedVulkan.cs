using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;
using Silk.NET.Vulkan;

namespace Nn.Tests.Unit.Vulkan;

/// <summary>
/// The system's Vulkan with every call watched: objects made and not yet destroyed are counted, and a call can be made to fail. Entry points are replaced by
/// one that passes on six words, as many as the longest of those that can fail takes.
/// </summary>
internal sealed class HookedVulkan : INativeContext
{
    private delegate nint Words(nint a, nint b, nint c, nint d, nint e, nint f);

    // By name: the binding has several methods of one, which differ in how arguments are passed.
    private static readonly HashSet<string> Fallible = [.. typeof(Vk).GetMethods().Where(m => m.ReturnType == typeof(Result)).Select(m => m.Name)];

    private readonly INativeContext _real = Vk.GetApi().Context;
    private readonly List<Words> _hooks = [];
    private readonly Dictionary<string, int> _live = [];

    /// <summary>The entry points.</summary>
    public Vk Api => new(this);

    /// <summary>What a call returns instead of doing anything; 0 lets it through. Asked for calls that have a result.</summary>
    public Func<string, Result>? Fault { get; init; }

    /// <summary>An entry point that this loader does not have.</summary>
    public string? Missing { get; init; }

    /// <summary>Objects that live, by kind.</summary>
    public IReadOnlyDictionary<string, int> Live => _live.Where(k => k.Value != 0).ToDictionary(k => k.Key, k => k.Value);

    public nint GetProcAddress(string proc, int? slot = default)
    {
        nint address = _real.GetProcAddress(proc, slot);
        bool fails = Fallible.Contains(proc[2..]);
        string? made = Kind(proc, "vkCreate", "vkAllocate"), destroyed = Kind(proc, "vkDestroy", "vkFree");
        if (!fails && destroyed is null) return address;
        var real = Marshal.GetDelegateForFunctionPointer<Words>(address);
        Words hook = (a, b, c, d, e, f) =>
        {
            if (fails && Fault?.Invoke(proc) is { } fault && fault != Result.Success) return (nint)fault;
            nint result = real(a, b, c, d, e, f);
            if (made is not null && (int)result == 0) Count(made, 1);
            // Nothing is destroyed where the handle is null: the first word for an instance or device, else the second.
            if (destroyed is not null && (destroyed is "Instance" or "Device" ? a : b) != 0) Count(destroyed, -1);
            return result;
        };
        _hooks.Add(hook);
        return Marshal.GetFunctionPointerForDelegate(hook);
    }

    public bool TryGetProcAddress(string proc, out nint addr, int? slot = default)
    {
        addr = proc != Missing && _real.TryGetProcAddress(proc, out _, slot) ? GetProcAddress(proc, slot) : 0;
        return addr != 0;
    }

    public void Dispose() => _real.Dispose();

    private void Count(string kind, int by) => _live[kind] = _live.GetValueOrDefault(kind) + by;

    // Command buffers and descriptor sets end with their pools.
    private static string? Kind(string proc, params string[] prefixes)
    {
        string? prefix = prefixes.FirstOrDefault(p => proc.StartsWith(p, StringComparison.Ordinal));
        return prefix is null || proc is "vkAllocateCommandBuffers" or "vkAllocateDescriptorSets"
            ? null
            : proc[prefix.Length..].Replace("Compute", "").Replace("Pipelines", "Pipeline");
    }
}
