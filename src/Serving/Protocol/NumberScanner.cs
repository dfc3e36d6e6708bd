using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Nn.Serving.Protocol;

/// <summary>
/// Numbers of a JSON array, nested as one likes, read to the nearest float. Requests are mostly such arrays; the general reader of the platform takes three
/// times as long for them.
/// </summary>
internal static class NumberScanner
{
    // Whole numbers up to 2²⁴ and powers of ten up to 10¹⁰ are exact as floats, so that one division or product of both is rounded once (W. Clinger, "How to
    // read floating point numbers accurately", 1990); for doubles up to 2⁵³ and 10²².
    private const ulong ExactFloat = 1UL << 24, ExactDouble = 1UL << 53;
    private const int MostDigits = 19;
    private static readonly SearchValues<byte> Ends = SearchValues.Create(",] \r\n\t"u8);
    private static readonly float[] FloatTens = [1f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f];
    private static readonly double[] DoubleTens =
    [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>The length of an array with all that it holds; −1 where it does not end.</summary>
    /// <param name="text">Begins with its bracket.</param>
    public static int Length(ReadOnlySpan<byte> text)
    {
        int depth = 0, at = 0;
        while (true)
        {
            int next = text[at..].IndexOfAny("[]\""u8);
            if (next < 0) return -1;
            at += next;
            switch (text[at++])
            {
                case (byte)'[': depth++; break;
                case (byte)']' when --depth == 0: return at;
                case (byte)'"':
                    // Text is no number; whoever reads the array says so. Its brackets are none.
                    while (at < text.Length && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
                    if (++at > text.Length) return -1;
                    break;
            }
        }
    }

    /// <summary>Reads floats.</summary>
    /// <param name="array">A whole array.</param>
    /// <param name="into">Takes as many as there is room for.</param>
    /// <param name="mistake">What is wrong with the array; null where nothing is.</param>
    /// <returns>How many there are, also beyond the room.</returns>
    public static int ReadFloats(ReadOnlySpan<byte> array, Span<float> into, out string? mistake)
    {
        var walk = new ArrayWalk(array);
        int count = 0;
        while (walk.NextNumber(out mistake) is { } at)
        {
            float value = Float(array, at, out int end);
            if (end == at)
            {
                mistake = $"element {count} is {Shown(array[at..])}, which is no number";
                return count;
            }

            if (count < into.Length) into[count] = value;
            count++;
            walk.After(end);
        }

        return count;
    }

    /// <summary>Reads whole numbers.</summary>
    /// <inheritdoc cref="ReadFloats"/>
    public static int ReadInts(ReadOnlySpan<byte> array, Span<int> into, out string? mistake)
    {
        var walk = new ArrayWalk(array);
        int count = 0;
        while (walk.NextNumber(out mistake) is { } at)
        {
            if (!Utf8Parser.TryParse(array[at..], out int value, out int used) || array[at + used] is (byte)'.' or (byte)'e' or (byte)'E')
            {
                mistake = $"element {count} is {Shown(array[at..])}, which is no whole number of 32 bits";
                return count;
            }

            if (count < into.Length) into[count] = value;
            count++;
            walk.After(at + used);
        }

        return count;
    }

    // The array goes on behind each number at least with its bracket, so that nothing here reads over its end.
    private static float Float(ReadOnlySpan<byte> s, int at, out int end)
    {
        int i = at;
        bool negative = s[i] == '-';
        if (negative) i++;
        ulong digits = 0;
        int seen = 0, scale = 0, first = i;
        for (; (uint)(s[i] - '0') <= 9; i++)
        {
            digits = digits * 10 + (ulong)(s[i] - '0');
            if (digits != 0) seen++;
        }

        // JSON has neither .5 nor 05.
        if (i == first || (s[first] == '0' && i > first + 1))
        {
            end = at;
            return 0;
        }

        if (s[i] == '.')
        {
            int point = ++i;
            for (; (uint)(s[i] - '0') <= 9; i++)
            {
                digits = digits * 10 + (ulong)(s[i] - '0');
                if (digits != 0) seen++;
            }

            scale = point - i;
            if (i == point)
            {
                end = at;
                return 0;
            }
        }

        if ((s[i] | 0x20) == 'e')
        {
            if (!Utf8Parser.TryParse(s[(i + 1)..], out int exponent, out int used))
            {
                end = at;
                return 0;
            }

            i += 1 + used;
            scale = (int)Math.Clamp((long)scale + exponent, -100_000, 100_000);
        }

        end = i;
        if (seen <= MostDigits)
        {
            if (digits <= ExactFloat && Math.Abs(scale) < FloatTens.Length)
            {
                float near = scale < 0 ? digits / FloatTens[-scale] : digits * FloatTens[scale];
                return negative ? -near : near;
            }

            if (digits <= ExactDouble && Math.Abs(scale) < DoubleTens.Length)
            {
                double near = scale < 0 ? digits / DoubleTens[-scale] : digits * DoubleTens[scale];
                // Rounded twice it would be wrong where the first rounding ends in the middle between two floats, and in what floats hold with fewer digits.
                const long Below = (1L << 29) - 1, Middle = 1L << 28;
                long rest = BitConverter.DoubleToInt64Bits(near) & Below;
                if (Math.Abs(rest - Middle) > 1 && near is > 1e-37 and < 1e38) return negative ? (float)-near : (float)near;
            }
        }

        return float.TryParse(s[at..end], NumberStyles.Float, CultureInfo.InvariantCulture, out float slow) ? slow : float.NaN;
    }

    private static string Shown(ReadOnlySpan<byte> rest)
    {
        const int Most = 20;
        int length = rest.IndexOfAny(Ends);
        ReadOnlySpan<byte> word = rest[..Math.Min(length < 0 ? rest.Length : length, Most)];
        return new string([.. System.Text.Encoding.UTF8.GetString(word).Where(c => !char.IsControl(c))]);
    }
}
