using System.Text.Json;

namespace Nn.Tests.Conformance;

/// <summary>The numbers that PyTorch gave, and the formula for those that are not stored.</summary>
public static class Golden
{
    public static JsonElement Root { get; } = Read("goldens.json");

    /// <summary>Those of the layers of images and sequences.</summary>
    public static JsonElement Images { get; } = Read("image_goldens.json");

    /// <summary>Those of the layers of sounds.</summary>
    public static JsonElement Sounds { get; } = Read("sound_goldens.json");

    /// <summary>Slopes at kinks, and of lengths of 0.</summary>
    public static JsonElement Kinks { get; } = Read("kinks.json");

    /// <summary>Those of recurrent layers.</summary>
    public static JsonElement Sequences { get; } = Read("sequence_goldens.json");

    public static float[] Floats(this JsonElement e) => [.. e.EnumerateArray().Select(v => (float)v.GetDouble())];

    public static double[] Doubles(this JsonElement e) => [.. e.EnumerateArray().Select(v => v.GetDouble())];

    public static int[] Ints(this JsonElement e) => [.. e.EnumerateArray().Select(v => v.GetInt32())];

    /// <summary>As <c>hashed</c> in make_goldens.py.</summary>
    public static float[] Hashed(int count, int seed, double low, double high)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            uint h = unchecked((uint)i * 2654435761u + (uint)seed * 40503u + 12345u);
            h ^= h >> 15;
            h = unchecked(h * 2246822519u);
            h ^= h >> 13;
            values[i] = (float)(low + (high - low) * (h / 4294967296.0));
        }

        return values;
    }

    public static void AssertClose(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{what}: {actual:R}, PyTorch has {expected:R}");

    public static void AssertClose(double[] expected, float[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) AssertClose(expected[i], actual[i], tolerance, $"{what}[{i}]");
    }

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file))).RootElement;
}
