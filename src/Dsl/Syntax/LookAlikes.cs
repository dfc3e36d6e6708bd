namespace Nn.Dsl;

/// <summary>Characters that text processors and keyboards put where others are meant.</summary>
internal static class LookAlikes
{
    private static readonly Dictionary<int, (string Name, string Instead, bool Shown)> Table = new()
    {
        [0x00A0] = ("a no-break space", "an ordinary space", false),
        [0x2007] = ("a figure space", "an ordinary space", false),
        [0x2009] = ("a thin space", "an ordinary space", false),
        [0x202F] = ("a narrow no-break space", "an ordinary space", false),
        [0x3000] = ("an ideographic space", "an ordinary space", false),
        [0x200B] = ("a zero-width space", "", false),
        [0x200D] = ("a zero-width joiner", "", false),
        [0xFEFF] = ("a byte order mark", "", false),
        [0x00AD] = ("a soft hyphen", "", false),
        [0x2010] = ("a hyphen", "-", true),
        [0x2011] = ("a no-break hyphen", "-", true),
        [0x2013] = ("a dash", "-", true),
        [0x2014] = ("a dash", "-", true),
        [0x2212] = ("a minus sign of printed text", "-", true),
        [0x00D7] = ("a sign of multiplication", "*, or x in a shape such as 3x3,", true),
        [0x00B7] = ("a dot of multiplication", "*", true),
        [0x00F7] = ("a sign of division", "/", true),
        [0x2264] = ("a sign of comparison", "<=", true),
        [0x2265] = ("a sign of comparison", ">=", true),
        [0x2260] = ("a sign of comparison", "!=", true),
        [0x2192] = ("an arrow", "->", true),
        [0x2026] = ("an ellipsis", "..", true),
        [0x201D] = ("a closing quote of printed text", "\"", true),
        [0x2019] = ("a closing quote of printed text", "\"", true),
        [0xFF0C] = ("a full-width comma", ",", true),
        [0xFF1A] = ("a full-width colon", ":", true),
        [0xFF08] = ("a full-width bracket", "(", true),
        [0xFF09] = ("a full-width bracket", ")", true),
    };

    /// <summary>
    /// What a character is called, what to write in its place (empty: nothing), and whether it can be seen; null where it resembles none of the language.
    /// </summary>
    public static (string Name, string Instead, bool Shown)? Find(int code) => Table.TryGetValue(code, out var found) ? found : null;
}
