using Nn.Data;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Where scripts of the project lie, and how tests bind them.</summary>
internal static class Scripts
{
    /// <summary>The root of the checkout.</summary>
    public static string Root => Checkout.Root;

    /// <summary>Where data files may lie: the folder of NN_DATA, or <c>shared/data</c> beside the checkout.</summary>
    public static string[] Folders { get; } =
        [.. new[] { Environment.GetEnvironmentVariable("NN_DATA"), Path.Combine(Root, "..", "shared", "data") }.OfType<string>().Where(Directory.Exists)];

    /// <summary>Small files kept for tests.</summary>
    public static string Kept { get; } = Path.Combine(Root, "tests", "golden", "data");

    /// <summary>Whether the data files of the examples are here.</summary>
    public static bool HasData => Folders.Any(f => File.Exists(Path.Combine(f, "iris.csv")));

    /// <summary>Files below the root.</summary>
    public static string[] Files(string folder, string pattern) => [.. Directory.GetFiles(Path.Combine(Root, folder), pattern).Order(StringComparer.Ordinal)];

    /// <summary>The messages of a script's mistakes; empty where it has none.</summary>
    public static string Mistakes(string name, string text)
    {
        try
        {
            Bind(name, text);
            return "";
        }
        catch (ScriptException e)
        {
            return e.Message;
        }
    }

    /// <summary>Binds a script over generated data.</summary>
    public static BoundScript Bind(string name, string text) =>
        Binder.Bind(new SourceText(name, text), BindOptions.None, spec => DataLoader.Load(spec, [Kept, .. Folders]).Schema);
}
