using System.Globalization;
using System.Text.RegularExpressions;

namespace Nn.Exchange.Onnx;

/// <summary>Names of layers and definitions, each given once, close to those that the file has.</summary>
internal sealed partial class LayerNames
{
    // Names of the file that are longer say too little.
    private const int MaxLength = 40;

    private readonly HashSet<string> _given = [];
    // The last number that was given behind a stem.
    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>A name for a layer of a kind whose tensor had a name.</summary>
    public string OfLayer(string tensor, string kind)
    {
        string name = Others().Replace(tensor.ToLowerInvariant(), "_").Trim('_');
        foreach (string role in new[] { "_weight", "_kernel", "_scale", "_gamma", "_bias" })
        {
            if (name.EndsWith(role, StringComparison.Ordinal)) name = name[..^role.Length];
        }

        // Names that an exporter made up say less than the layer's.
        if (name.StartsWith("onnx_", StringComparison.Ordinal) || name.Contains("_output_", StringComparison.Ordinal)) name = "";
        if (name.Length is 0 or > MaxLength || !char.IsAsciiLetter(name[0])) name = $"{kind}_{(name.Length > MaxLength ? "" : name)}".TrimEnd('_');
        // A digit at the end keeps labels apart from the words of the language.
        return Of(char.IsAsciiDigit(name[^1]) && name.Length > 2 ? name : name + "_1");
    }

    /// <summary>A name for a definition.</summary>
    public string OfDefinition(string hint) => Of(hint.Length > 0 && char.IsAsciiDigit(hint[^1]) ? hint : hint + "_1");

    /// <summary>The name, with another number where it is given already.</summary>
    public string Of(string name)
    {
        if (_given.Add(name)) return name;
        // dense_1, dense_2, …
        int digits = name.Length - name.AsSpan().TrimEnd("0123456789").Length;
        (string stem, int number) = digits is > 0 and < 9 && name[^(digits + 1)] == '_'
            ? (name[..^digits], int.Parse(name[^digits..], CultureInfo.InvariantCulture))
            : (name + "_", 1);
        number = Math.Max(number, _numbers.GetValueOrDefault(stem));
        while (!_given.Add($"{stem}{++number}"))
        {
        }

        _numbers[stem] = number;
        return $"{stem}{number}";
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Others();
}
