using System.Text;

namespace Nn.Data;

/// <summary>How a text becomes symbols and back, and the symbols that stand for no part of it.</summary>
public static class TextTokens
{
    /// <summary>The symbol that a sequence which is written place by place begins with; it is no part of the sequence.</summary>
    public const string Start = "<start>";

    /// <summary>The symbol after the last of a text.</summary>
    public const string End = "<end>";

    /// <summary>The symbol of everything that the model was not trained on.</summary>
    public const string Unknown = "<unknown>";

    /// <summary>The parts of a text.</summary>
    /// <param name="text">Of whole characters; blanks around it do not count.</param>
    /// <param name="unit">What a part is.</param>
    public static string[] Split(string text, TextUnit unit) => unit == TextUnit.Words ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        : [.. text.Trim().EnumerateRunes().Select(r => r.ToString())];

    /// <summary>Parts put together, up to <see cref="End"/>, without <see cref="Start"/>.</summary>
    public static string Join(IEnumerable<string> parts, TextUnit unit) =>
        string.Join(unit == TextUnit.Words ? " " : "", parts.TakeWhile(p => p != End).Where(p => p != Start));

    /// <summary>Whether a name of a symbol stands for no part of a text.</summary>
    public static bool IsMark(string symbol) => symbol is Start or End or Unknown;
}
