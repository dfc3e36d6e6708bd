using System.Collections.Concurrent;
using System.Text;
using Nn.Files;

namespace Nn.Backends.Gpu;

/// <summary>
/// The variants of products that were the fastest when <see cref="KernelTuner"/> timed them on a device, kept in the cache on disk. A variant
/// fixes the order of sums, so a device's choices are part of what makes its runs repeat; they change only when it is tuned again.
/// </summary>
/// <param name="cache">Where they are kept; null: only in memory.</param>
/// <param name="device">Names device and driver: choices hold for nothing else.</param>
public sealed class ProductChoices(DiskCache? cache, string device)
{
    private readonly ConcurrentDictionary<(string Pass, ProductShape Shape), ProductVariant?> _known = new();

    /// <summary>The choice for a product, or null where it was never timed.</summary>
    internal ProductVariant? Find(string pass, ProductShape shape) => _known.GetOrAdd((pass, shape), Read);

    /// <summary>Computes a product in a certain way, or again as if it had never been timed, as long as the program runs.</summary>
    internal void Use(string pass, ProductShape shape, ProductVariant? variant) => _known[(pass, shape)] = variant;

    /// <summary>Computes a product in a certain way from now on.</summary>
    internal void Keep(string pass, ProductShape shape, ProductVariant variant)
    {
        Use(pass, shape, variant);
        cache?.Write(File((pass, shape)), Encoding.UTF8.GetBytes(variant.ToString()));
    }

    private ProductVariant? Read((string Pass, ProductShape Shape) product) =>
        cache?.Read(File(product)) is { } bytes && ProductVariant.TryParse(Encoding.UTF8.GetString(bytes), out ProductVariant variant) ? variant : null;

    private string File((string Pass, ProductShape Shape) product) => $"{DiskCache.Key(device, product.Pass, product.Shape.ToString())}.choice";
}
