using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>
/// Losses of probabilities over what models can end in: what is in range for every weight passes without a word, what leaves it is refused, and what cannot be
/// told is warned of. The messages are in <c>tests/golden/diagnostics</c> and <c>tests/golden/warnings</c>.
/// </summary>
public class LossDomainTests
{
    private const string Warnings = "tests/golden/warnings";

    public static TheoryData<string> Warned() => [.. Scripts.Files(Warnings, "*.nn").Select(f => Path.GetFileNameWithoutExtension(f)!)];

    [Theory]
    [MemberData(nameof(Warned))]
    public void What_cannot_be_told_is_warned_of(string kind)
    {
        string path = Path.Combine(Scripts.Root, Warnings, kind);
        string text = File.ReadAllText(path + ".nn");
        string message = string.Join("\n", Scripts.Bind($"{kind}.nn", text).Warnings) + "\n";
        Checkout.AssertGolden(message, "warnings", $"{kind}.txt");
        Assert.Contains(": warning: ", message);
        Assert.Equal(message,
            string.Join("\n", ScriptAnalysis.Of(new SourceText($"{kind}.nn", text), s => Nn.Data.DataLoader.Load(s, []).Schema).Warnings) + "\n");
    }

    [Theory]
    [InlineData("dense classes, softmax", "cross_entropy")]
    [InlineData("dense classes, softmax", "cross_entropy(smoothing: 0.1) + 1e-4 * l2")]
    [InlineData("dense classes, softmax", "focal")]
    [InlineData("dense classes, softmax", "bce")]
    [InlineData("dense classes, log_softmax", "nll")]
    [InlineData("dense classes", "cross_entropy(softmax(net(x)), y)")]
    [InlineData("dense classes", "nll(log_softmax(net(x)), y)")]
    [InlineData("dense classes", "nll(log(softmax(net(x))), y)")]
    [InlineData("dense classes, own_softmax", "cross_entropy")]
    [InlineData("dense classes, plain_softmax", "cross_entropy")]
    [InlineData("dense classes, guarded_softmax", "cross_entropy")]
    [InlineData("dense classes, own_log_softmax", "nll")]
    [InlineData("dense classes, clipped", "cross_entropy")]
    [InlineData("warm", "cross_entropy")]
    [InlineData("dense classes, sigmoid", "bce")]
    [InlineData("dense classes, own_sigmoid", "bce")]
    [InlineData("dense classes, sigmoid_of_tanh", "bce")]
    [InlineData("dense classes, hard_sigmoid", "bce")]
    [InlineData("dense 1, sigmoid", "bce(net(x), y == 2)")]
    [InlineData("dense classes", "mse")]
    [InlineData("dense 1", "mse")]
    [InlineData("dense classes, softmax; reshape 3", "cross_entropy")]
    public void What_is_in_range_passes_without_a_word(string end, string loss)
    {
        BoundScript bound = Scripts.Bind("script.nn", $$"""
            data d { builtin blobs }
            fn own_softmax(x) = softmax(2 * x)
            fn plain_softmax(x) = exp(x) / sum(exp(x))
            fn guarded_softmax(x) = exp(x) / (sum(exp(x)) + 1e-6)
            fn own_log_softmax(x) {
              s = x - max(x)
              s - log(sum(exp(s)))
            }
            fn clipped(x) = min(max(x, 1e-6), 1)
            fn own_sigmoid(x) = 1 / (1 + exp(-x))
            fn sigmoid_of_tanh(x) = (tanh(x / 2) + 1) / 2
            layer warm {
              w = param [it.features, 3]
              t = param [1], init: ones
              softmax(it @ w * t)
            }
            model net { dense 8, relu; {{end}} }
            train { loss {{loss}}; optimizer adam }
            """);
        Assert.NotNull(bound.Training);
        Assert.Empty(bound.Warnings);
    }

    [Theory]
    [InlineData("dense classes", "cross_entropy")]
    [InlineData("dense classes; batchnorm", "cross_entropy")]
    [InlineData("dense classes, relu", "focal")]
    [InlineData("dense classes, softplus", "bce")]
    [InlineData("dense classes, tanh", "bce(net(x), y)")]
    [InlineData("dense classes, sigmoid", "nll")]
    [InlineData("dense classes", "0.5 * nll(net(x), y)")]
    [InlineData("dense classes; reshape 3x1; flatten", "cross_entropy")]
    [InlineData("residual { dense 8 }; dense classes", "mixed(net(x), y)")]
    public void What_leaves_the_range_is_refused(string end, string loss)
    {
        string mistakes = Scripts.Mistakes("script.nn", $$"""
            data d { builtin blobs }
            fn mixed(p, y) = (cross_entropy(p, y) + focal(p, y)) / 2
            model net { dense 8, relu; {{end}} }
            train { loss {{loss}}; optimizer adam }
            """);
        Assert.Contains(" probabilities, but ", mistakes);
        Assert.Contains("help: ", mistakes);
    }

    [Fact]
    public void A_loss_of_the_scripts_own_takes_what_it_likes()
    {
        BoundScript bound = Scripts.Bind("script.nn", """
            data d { builtin blobs }
            fn cross_entropy(p, y) = -sum(target(y, p) * log(softmax(p)))
            model net { dense classes }
            train { loss cross_entropy; optimizer adam }
            """);
        Assert.Empty(bound.Warnings);
    }
}
