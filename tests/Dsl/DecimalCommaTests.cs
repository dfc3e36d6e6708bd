using System.Text.RegularExpressions;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Who writes 0,2 for a number is told, wherever a number may stand.</summary>
public partial class DecimalCommaTests
{
    // Every place for a number: layers, activations, data, settings, definitions, searches.
    private const string Whole = """
        let rate = 0.05
        let slope = 0.35
        fn act(x) = max(0.25 * x, x) + 0.125 - 0.5
        layer scaled(factor = 1.25) {
          it * factor
        }
        search grid { rate in 0.1..0.3, points: 2; slope in 0.1..0.9, points: 3 }
        model m {
          dense 4, leaky_relu(0.15)
          dense 4, init: normal(0.02), leaky_relu(slope)
          dropout 0.2
          gaussian_noise 0.11
          repeat 2 { dense 4, act }
          scaled 1.75
          dense 1, elu(1.5)
        }
        data d { builtin moons, samples: 60, noise: 0.13, seed: 2; split 72.5/27.5; normalize range: -1.5..1.5 }
        train {
          loss mse + 0.001 * l2
          optimizer adam(lr: 0.01 -> 0.001, beta1: 0.91)
          epochs 3
          clip norm: 1.25
          early_stop loss, patience: 3, min_delta: 0.004
        }
        """;

    public static TheoryData<int, string> Numbers()
    {
        var numbers = new TheoryData<int, string>();
        foreach (Match m in Decimal().Matches(Whole)) numbers.Add(m.Index, m.Value);
        return numbers;
    }

    [Fact]
    public void With_points_there_is_no_mistake() => Assert.Equal("", Scripts.Mistakes("points.nn", Whole));

    // As a mistake where two values cannot stand, as a warning where they can.
    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_decimal_comma_is_told_and_the_number_with_a_point(int at, string number)
    {
        string comma = number.Replace('.', ','), text = Whole.Remove(at, number.Length).Insert(at, comma);
        string message = Scripts.Mistakes("comma.nn", text);
        if (message.Length == 0) message = string.Join('\n', Scripts.Bind("comma.nn", text).Warnings);
        Assert.Contains($"{comma} is read as two values", message);
        Assert.Contains($"if it is one number, write {number}", message);
    }

    // In a list two values are what they seem.
    [Theory]
    [InlineData("let sizes = [4,8,16]", "")]
    [InlineData("let sizes = [4,8]", "")]
    [InlineData("let sizes = [0,02]", "0,02 is read as two values")]
    public void Lists_have_values_between_commas(string line, string told)
    {
        string warnings = string.Join('\n', Scripts.Bind("list.nn", $"{line}\n{Whole}").Warnings);
        Assert.Equal(told.Length > 0, warnings.Length > 0);
        Assert.Contains(told, warnings);
    }

    [Theory]
    [InlineData("conv 4, 5", "conv")]
    [InlineData("dropout 0.2, 3", "dropout")]
    public void Two_values_with_a_space_between_are_two(string line, string layer)
    {
        string message = Scripts.Mistakes("two.nn", $"model m {{ {line}; dense 1 }}\ndata d {{ builtin linear }}\ntrain {{ loss mse; optimizer sgd }}");
        Assert.Contains(layer, message);
        Assert.DoesNotContain("comma", message);
    }

    [GeneratedRegex(@"(?<![\w.])\d+\.\d+(?![\w])")]
    private static partial Regex Decimal();
}
