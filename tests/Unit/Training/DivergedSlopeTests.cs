using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>A training that diverges by the slope of a formula names the formula; a smaller rate would not help.</summary>
public class DivergedSlopeTests
{
    // The one layer gives 0 everywhere at first, where none of these has a finite slope.
    [Theory]
    [InlineData("sqrt(net(x))", "the gradient of sqrt", "sqrt(x + 1e-12)")]
    [InlineData("net(x) ^ 0.3", "the gradient of pow", "max(x, 1e-12) ^ p")]
    public void The_formula_without_a_slope_is_named(string formula, string place, string remedy)
    {
        using TrainingSession session = Of($"mean({formula})").Load();
        var e = Assert.Throws<NnException>(() => new Trainer(session).Run(CancellationToken.None));
        Assert.Contains(place, e.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("smaller learning rate", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("norm(net(x))")]
    [InlineData("sqrt(sum(net(x) ^ 2))")]
    [InlineData("sqrt(mean(net(x) ^ 2))")]
    [InlineData("sum(net(x) ^ 2) ^ 0.5")]
    [InlineData("triplet(net(x), net(x), net(x))")]
    [InlineData("contrastive(net(x), net(x), 0)")]
    public void Lengths_of_zero_do_not_stop_a_training(string formula)
    {
        using TrainingSession session = Of($"mean({formula})").Load();
        new Trainer(session).Run(CancellationToken.None);
        Assert.Null(session.FirstNonFinite());
    }

    private static Script Of(string loss) => new($$"""
        model net { dense 2, init: zeros }
        data d { builtin moons, samples: 40, seed: 3; split 80/20 }
        train { loss {{loss}}; optimizer sgd(lr: 0.1); epochs 2; batch 8 }
        """);
}
