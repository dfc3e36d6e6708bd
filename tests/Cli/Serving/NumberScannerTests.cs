using System.Globalization;
using System.Text;
using Nn.Serving.Protocol;

namespace Nn.Tests.Cli.Serving;

/// <summary>Numbers of JSON become the floats that the platform's own reader makes of them.</summary>
public sealed class NumberScannerTests
{
    [Fact]
    public void Every_number_is_the_nearest_float()
    {
        var random = new Random(11);
        var words = new List<string> { "0", "-0", "1", "16777216", "16777217", "16777219", "9007199254740993", "1e10", "1e-10", "1e-45", "1.4e-45", "7e-46",
            "3.4028235e38", "1.17549435e-38", "0.1", "5e-324", "1E+2", "12345678901234567890123", "0.000000000000000000000000000001", "8388608.5", "8388609.5",
            "16777217.0000001", "33554433", "0.33333334326744079589843750000001" };
        for (int i = 0; i < 200_000; i++)
        {
            float v = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (!float.IsFinite(v)) continue;
            words.Add(v.ToString("R", CultureInfo.InvariantCulture));
            double d = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-12, 12));
            words.Add(d.ToString($"F{random.Next(0, 18)}", CultureInfo.InvariantCulture));
            words.Add(d.ToString("R", CultureInfo.InvariantCulture));
            // In the middle between two floats, and beside it.
            double middle = (v + (double)MathF.BitIncrement(v)) / 2;
            if (Math.Abs(v) is > 1e-20f and < 1e20f) words.AddRange(
                [middle.ToString("R", CultureInfo.InvariantCulture), Math.BitIncrement(middle).ToString("R", CultureInfo.InvariantCulture)]);
        }

        byte[] text = Encoding.UTF8.GetBytes($"[{string.Join(',', words)}]");
        var read = new float[words.Count];
        Assert.Equal(words.Count, NumberScanner.ReadFloats(text, read, out string? mistake));
        Assert.Null(mistake);
        for (int i = 0; i < read.Length; i++)
        {
            float expected = float.Parse(words[i], CultureInfo.InvariantCulture);
            Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(read[i]), $"{words[i]}: {read[i]:R}, not {expected:R}");
        }
    }

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("[[],[[]]]", 0)]
    [InlineData("[[1,2],[3]]", 3)]
    public void Brackets_may_be_nested(string array, int count)
    {
        Assert.Equal(count, NumberScanner.ReadFloats(Encoding.UTF8.GetBytes(array), new float[8], out string? mistake));
        Assert.Null(mistake);
        Assert.Equal(array.Length, NumberScanner.Length(Encoding.UTF8.GetBytes(array + ",[1]]")));
    }

    [Theory]
    [InlineData("[,]")]
    [InlineData("[1,]")]
    [InlineData("[1 2]")]
    [InlineData("[1][2]")]
    [InlineData("[[1]2]")]
    [InlineData("[01]")]
    [InlineData("[.5]")]
    [InlineData("[5.]")]
    [InlineData("[+5]")]
    [InlineData("[-]")]
    [InlineData("[1e]")]
    [InlineData("[1e+]")]
    [InlineData("[NaN]")]
    [InlineData("[true]")]
    [InlineData("[\"]\"]")]
    [InlineData("[{}]")]
    [InlineData("[--1]")]
    [InlineData("[1-]")]
    public void What_is_no_json_is_no_array_of_numbers(string array)
    {
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => System.Text.Json.JsonSerializer.Deserialize<float[][]>($"[{array}]"));
        byte[] text = Encoding.UTF8.GetBytes(array);
        int length = NumberScanner.Length(text);
        NumberScanner.ReadFloats(text.AsSpan(0, length < 0 ? text.Length : length), new float[8], out string? mistake);
        Assert.True(mistake is not null || length != text.Length, array);
    }
}
