using System.Text.RegularExpressions;

namespace Nn.Serving;

/// <summary>A trained model that is served.</summary>
/// <param name="Name">Its name in addresses: letters, digits, dots, dashes and underscores.</param>
/// <param name="Path">The checkpoint.</param>
public sealed partial record ModelFile(string Name, string Path)
{
    /// <summary>Reads <c>NAME=FILE</c>, or a file whose own name is that of the model.</summary>
    /// <exception cref="NnException">The name cannot stand in an address.</exception>
    public static ModelFile Parse(string text)
    {
        int equals = text.IndexOf('=');
        if (equals > 0 && !File.Exists(text)) return Named(text[..equals], text[(equals + 1)..]);
        return Named(Strange().Replace(System.IO.Path.GetFileNameWithoutExtension(text), "_"), text);
    }

    private static ModelFile Named(string name, string path) => name.Length > 0 && !Strange().IsMatch(name) ? new ModelFile(name, path)
        : throw new NnException(ExitCode.Usage, $"'{name}' cannot stand in an address: names of models have letters, digits, dots, dashes and underscores");

    [GeneratedRegex(@"[^A-Za-z0-9._-]")]
    private static partial Regex Strange();
}
