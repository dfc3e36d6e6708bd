using Nn.Graphs;

namespace Nn.Data;

/// <summary>Two drawn digits a sample, <c>left</c> and <c>right</c>; wanted are their <c>sum</c>, a number, and which is the <c>larger</c>, a class.</summary>
internal static class DigitPairs
{
    /// <summary>The names of the fields.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["left", "right", "sum", "larger"];

    private static readonly string[] s_classes = ["left", "right", "same"];

    /// <summary>So many pairs of digits that are drawn at random.</summary>
    public static RawData Make(int samples, GeneratorRandom random)
    {
        byte[] left = new byte[samples * Digits.Pixels], right = new byte[samples * Digits.Pixels];
        var sums = new float[samples];
        var larger = new int[samples];
        for (int i = 0; i < samples; i++)
        {
            int a = (int)(10 * random.Uniform()), b = (int)(10 * random.Uniform());
            Digits.Draw(a, left.AsSpan(i * Digits.Pixels, Digits.Pixels), random);
            Digits.Draw(b, right.AsSpan(i * Digits.Pixels, Digits.Pixels), random);
            (sums[i], larger[i]) = (a + b, a > b ? 0 : a < b ? 1 : 2);
        }

        var image = new FieldForm(new Shape(Digits.Size, Digits.Size, 1), DType.U8);
        return new RawData
        {
            Schema = new Schema(
                [new Field(Fields[0], image), new Field(Fields[1], image)],
                [new Field(Fields[2], new FieldForm(new Shape(1), DType.F32)), new Field(Fields[3], FieldForm.Classes(s_classes))]),
            All = new Part(samples, [left, right], [RawData.Bytes(sums), RawData.Bytes(larger)]),
            Strata = larger,
            Notes = [$"{samples} pairs of drawn digits of 28x28, their sum, and which is larger"],
        };
    }
}
