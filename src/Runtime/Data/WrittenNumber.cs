using System.Globalization;
using System.Text.RegularExpressions;

namespace Nn.Data;

/// <summary>
/// Numbers as people and spreadsheets write them, which are none here: with thousands, decimal commas, currencies, percent signs, brackets for minus. Guessing
/// could be wrong by a factor of a thousand.
/// </summary>
internal static partial class WrittenNumber
{
    /// <summary>Why a cell that people read as a number is none here, and what to write; null for a number, and for a word.</summary>
    /// <param name="cell">The cell, trimmed.</param>
    /// <param name="others">The other cells of its column, which may show what a comma means.</param>
    public static (string Why, string Fix)? Explain(string cell, IEnumerable<string> others)
    {
        if (!IsOne(cell)) return null;
        if (Printed(cell) is { } positive) return ("has a minus sign of printed text", $"write -{Plain(positive) ?? "…"}");
        string bare = Bare(cell);
        if (cell.Contains('%')) return ("has a percent sign", Plain(bare) is { } p ? $"write {p}, or a hundredth of it" : "write the number alone");
        if (cell.StartsWith('(')) return ("is in brackets", $"write -{Plain(bare) ?? "…"}");
        if (bare.Length < cell.Length) return ("has a currency", $"write {Plain(bare) ?? "the number alone"}");
        if (Grouped().IsMatch(bare))
            return ("has marks between thousands", $"write {new string([.. bare.Where(c => char.IsAsciiDigit(c) || c is '.' or '-')])}");
        if (Commas().Match(bare) is { Success: true, Groups: var g })
        {
            bool thousands = g["group"].Captures.Count > 1 || bare.Contains('.') || others.Any(IsSurelyThousands);
            if (thousands) return ("has commas between thousands", $"write {bare.Replace(",", "")}");
            if (!others.Any(IsSurelyDecimal))
                return ("has a comma that may stand between thousands or before decimals", $"write {bare.Replace(",", "")} or {bare.Replace(',', '.')}");
        }

        return ("has a decimal comma", "write a point");
    }

    /// <summary>Whether people would read a cell as a number that is written otherwise than it must be here.</summary>
    public static bool IsOne(string cell)
    {
        if (IsPlain(cell) || !cell.AsSpan().ContainsAnyInRange('0', '9')) return false;
        if (Printed(cell) is { } positive) return IsPlain(positive) || IsOne(positive);
        string bare = Bare(cell);
        return IsPlain(bare) || Grouped().IsMatch(bare) || Commas().IsMatch(bare) || (IsPlain(bare.Replace(',', '.')) && bare.Count(c => c == ',') == 1);
    }

    private static bool IsSurelyThousands(string cell) =>
        Commas().Match(Bare(cell)) is { Success: true, Groups: var g } && (g["group"].Captures.Count > 1 || cell.Contains('.'));

    private static bool IsSurelyDecimal(string cell) => cell.Contains(',') && !Commas().IsMatch(Bare(cell)) && IsPlain(Bare(cell).Replace(',', '.'));

    private static string? Plain(string bare) => IsPlain(bare) ? bare : null;

    private static bool IsPlain(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) && double.IsFinite(v);

    // What follows a minus sign or dash of printed text (U+2212, U+2013), which word processors and PDF files have in place of a hyphen.
    private static string? Printed(string cell) => cell[0] is '\u2212' or '\u2013' && cell.Length > 1 && char.IsAsciiDigit(cell[1]) ? cell[1..] : null;

    // Without what stands around the number.
    private static string Bare(string cell) => Around().Match(cell) is { Success: true, Groups: var g } ? g["number"].Value : cell;

    [GeneratedRegex(
        @"^(?:\((?<number>[\d.,' ]+)\)|(?:[$€£¥]|EUR|USD|GBP|CHF)?\s*(?<number>[+-]?[\d.,' \u00a0\u202f]*\d)\s*(?:[$€£¥%]|EUR|USD|GBP|CHF)?)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Around();

    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(?<group>,\d{3})+(?:\.\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Commas();

    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(?:[' \u00a0\u202f]\d{3})+(?:\.\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Grouped();
}
