using Xunit;

namespace Nn.Tests;

/// <summary>Where the sources and the data of this checkout lie, for all test projects, and when its goldens are written anew.</summary>
internal static class Checkout
{
    /// <summary>The folder of Runtime.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file of the checkout.</summary>
    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The folder with real data: <c>$NN_DATA</c>, or shared/data beside the checkout; null where there is none.</summary>
    public static string? Data { get; } = new[] { Environment.GetEnvironmentVariable("NN_DATA"), Path.Combine(Root, "..", "shared", "data") }
        .FirstOrDefault(d => !string.IsNullOrEmpty(d) && Directory.Exists(d));

    /// <summary>A data file, or the test is skipped.</summary>
    public static string DataOrSkip(string name)
    {
        string? path = Data is null ? null : Path.Combine(Data, name);
        Skip.If(path is null || !(System.IO.File.Exists(path) || Directory.Exists(path)),
            $"there is no {name} in $NN_DATA or in shared/data beside the checkout");
        return path!;
    }

    /// <summary>
    /// Whether the goldens are written anew: NN_UPDATE_GOLDEN is 1, and nothing else. A test that writes one asserts all the same, and test.sh never sets the
    /// variable.
    /// </summary>
    public static bool UpdatesGoldens { get; } = Environment.GetEnvironmentVariable("NN_UPDATE_GOLDEN") == "1";

    /// <summary>A file of tests/golden whose content a test knows: compared, after it was written anew where <see cref="UpdatesGoldens"/>.</summary>
    public static void AssertGolden(string actual, params string[] parts)
    {
        string path = File(["tests", "golden", .. parts]);
        if (UpdatesGoldens)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllText(path, actual);
        }

        Assert.True(System.IO.File.Exists(path), $"{path} is missing; run the tests with NN_UPDATE_GOLDEN=1, then read what was written");
        Assert.Equal(System.IO.File.ReadAllText(path), actual);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(d.FullName, "Runtime.sln"))) return d.FullName;
        }

        throw new InvalidOperationException("the tests must run from within the checkout");
    }
}
