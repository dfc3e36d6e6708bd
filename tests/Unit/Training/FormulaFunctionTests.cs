using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>The functions that join, turn, choose and filter values give what C# calculates of the same numbers.</summary>
public class FormulaFunctionTests
{
    private const int Rows = 3, Columns = 4, Samples = 2;

    private static readonly float[] s_x = [.. new Random(9).GetItems<int>([-2, -1, 0, 1, 2, 3], Samples * Rows * Columns).Select(i => i * 0.5f)];

    public static TheoryData<string, Func<int, int, int, double>, int, int> Formulas => new()
    {
        { "transpose(it)", (s, r, c) => X(s, c, r), Columns, Rows },
        { "concat(it, 2 * it)", (s, r, c) => c < Columns ? X(s, r, c) : 2 * X(s, r, c - Columns), Rows, 2 * Columns },
        { "concat(it, it, over: time)", (s, r, c) => X(s, r % Rows, c), 2 * Rows, Columns },
        { "concat(it, mean(it, over: time))", (s, r, c) => c < Columns ? X(s, r, c) : Mean(s, c - Columns), Rows, 2 * Columns },
        { "concat(it, [7, 8])", (s, r, c) => c < Columns ? X(s, r, c) : c - Columns + 7, Rows, Columns + 2 },
        { "sort(it)", (s, r, c) => Row(s, r).Order().ElementAt(c), Rows, Columns },
        { "top(it, 2)", (s, r, c) => Row(s, r).OrderDescending().ElementAt(c), Rows, 2 },
        { "it * [1, 2, 3, 3] + [[1], [0], [4]]", (s, r, c) => X(s, r, c) * new[] { 1, 2, 3, 3 }[c] + new[] { 1, 0, 4 }[r], Rows, Columns },
        { "it @ [[1, 0], [0, 1], [2, 2], [0, 0]]", (s, r, c) => X(s, r, c) + 2 * X(s, r, 2), Rows, 2 },
        { "clamp(it, -0.5, 0.5)", (s, r, c) => Math.Clamp(X(s, r, c), -0.5, 0.5), Rows, Columns },
        { "sinh(it) + cosh(it)", (s, r, c) => Math.Exp(X(s, r, c)), Rows, Columns },
        { "pi * it", (s, r, c) => Math.PI * X(s, r, c), Rows, Columns },
        { "it + zeros(3, 4) + 2 * ones(4)", (s, r, c) => X(s, r, c) + 2, Rows, Columns },
        { "conv(reshape(it, 3x4x1), [[0, 1, 0], [1, -4, 1], [0, 1, 0]])", Laplacian, Rows, Columns },
        { "conv(reshape(it, 3x4x1), [[1, 2]], padding: valid)", (s, r, c) => X(s, r, c) + 2 * X(s, r, c + 1), Rows, Columns - 1 },
        { "conv(it, [1, 0, -1])", (s, r, c) => X(s, r - 1, c) - X(s, r + 1, c), Rows, Columns },
        { "gather([[1, 10], [2, 20], [3, 30]], argmax(it[0..1]) * 0 + [2])", (s, r, c) => c == 0 ? 3 : 30, 1, 2 },
    };

    [Theory]
    [MemberData(nameof(Formulas))]
    public void A_formula_gives_what_is_calculated(string formula, Func<int, int, int, double> expected, int rows, int columns)
    {
        using var inference = new Inference(Script.OneThread, Bound($"layer own {{ {formula} }}"), new FieldForm(new Shape(Rows, Columns), DType.F32), Samples);
        float[] found = inference.Run(MemoryMarshal.AsBytes(s_x.AsSpan()));
        Assert.Equal(Samples * rows * columns, found.Length);
        for (int s = 0; s < Samples; s++)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++) Assert.Equal(expected(s, r, c), found[(s * rows + r) * columns + c], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("it + [1, [2]]", "the rows of this list differ in length")]
    [InlineData("it + [it, it]", "a list of numbers is wanted here")]
    [InlineData("top(it, 5)", "top(x, k): k")]
    [InlineData("transpose(flatten(it))", "transpose wants rows and columns")]
    [InlineData("concat(it)", "two values")]
    [InlineData("concat(it, it, axis: 1)", "concat has no option 'axis'")]
    [InlineData("conv(reshape(it, 3x4x1), it)", "conv(image, kernel) wants a matrix")]
    [InlineData("conv(reshape(it, 3x4x1), [[1]], padding: causal)", "there is no padding 'causal'")]
    [InlineData("zeros(0.5)", "zeros(n)")]
    public void A_mistake_is_told(string formula, string message) =>
        Assert.Contains(message, Assert.Throws<ScriptException>(() => Bound($"layer own {{ {formula} }}")).Message);

    [Fact]
    public void First_values_are_as_listed()
    {
        Parameter p = Assert.Single(Bound("layer own { k = param [3, 1], init: [[0], [1], [-4]]; it + k }").Parameters);
        Assert.Equal([0f, 1f, -4f], InitialValues.Draw(p, 1));
        ScriptException e = Assert.Throws<ScriptException>(() => Bound("layer own { k = param [2], init: [1, 2, 3]; it + sum(k) }"));
        Assert.Contains("the first values have another shape", e.Message);
    }

    private static double Laplacian(int s, int r, int c) => X(s, r - 1, c) + X(s, r + 1, c) + X(s, r, c - 1) + X(s, r, c + 1) - 4 * X(s, r, c);

    private static double X(int sample, int row, int column) =>
        row is < 0 or >= Rows || column is < 0 or >= Columns ? 0 : s_x[(sample * Rows + row) * Columns + column];

    private static double Mean(int sample, int column) => Enumerable.Range(0, Rows).Average(r => X(sample, r, column));

    private static IEnumerable<double> Row(int sample, int row) => Enumerable.Range(0, Columns).Select(c => X(sample, row, c));

    private static Model Bound(string layer)
    {
        string text = $$"""
            {{layer}}
            model net { own }
            data d { builtin moons }
            train net { loss mean(net(x) ^ 2, over: all); optimizer sgd; epochs 1 }
            """;
        var x = new FieldForm(new Shape(Rows, Columns), DType.F32);
        var y = new FieldForm(new Shape(1), DType.F32);
        return Binder.Bind(new SourceText("functions.nn", text), BindOptions.None, _ => new Schema(x, y)).Training!.Models[0];
    }
}
