using Nn.Training;

namespace Nn.Tests.Dsl;

/// <summary>What an optimizer of a script is with its numbers, and what is said of those that cannot be.</summary>
public class OptimizerSettingTests
{
    [Fact]
    public void Numbers_have_names_values_and_ends_and_the_rate_is_apart()
    {
        Optimizer sgd = Optimizer("optimizer sgd(lr: 0.1 -> 0.01, momentum: 0.9)");
        Assert.Equal(("sgd.lr", 0.1, 0.01), (sgd.Rate.Name, sgd.Rate.Value, sgd.Rate.End));
        Hyperparameter momentum = sgd.Numbers.Single(n => n.Name == "sgd.momentum");
        Assert.Equal((0.9, (double?)null), (momentum.Value, momentum.End));
        Assert.DoesNotContain(sgd.Numbers, n => n.Name.EndsWith(".lr", StringComparison.Ordinal));
        Assert.True(sgd.HasRate && sgd.UsesGradient);
    }

    // adam keeps two moving averages that begin with 0; its defaults are those of Kingma and Ba 2015.
    [Fact]
    public void Without_numbers_the_defaults_of_the_definition_count()
    {
        Optimizer adam = Optimizer("optimizer adam");
        Assert.Equal((0.001, null), (adam.Rate.Value, adam.Rate.End));
        Assert.Equal([("adam.beta1", 0.9), ("adam.beta2", 0.999), ("adam.eps", 1e-8)], adam.Numbers.Select(n => (n.Name, n.Value)).Take(3));
        Assert.Equal([("m", 0.0), ("v", 0.0)], adam.States.Select(s => (s.Name, s.Initial)));
    }

    [Fact]
    public void An_optimizer_of_ones_own_may_have_no_rate_and_take_no_gradient()
    {
        Optimizer still = Optimizer("optimizer still", "optimizer still(by = 2) { state k = 0.5; k = k / by; w -= k }");
        Assert.Equal((false, false), (still.HasRate, still.UsesGradient));
        Assert.Equal([("still.by", 2.0)], still.Numbers.Select(n => (n.Name, n.Value)));
        Assert.Equal([("k", 0.5)], still.States.Select(s => (s.Name, s.Initial)));
    }

    [Fact]
    public void Of_several_updates_the_numbers_have_the_name_of_their_model()
    {
        TrainingDefinition two = Scripts.Bind("script.nn", """
            model a { dense 1 }
            model b { dense 1 }
            data d { builtin sine, samples: 40 }
            train { step a { loss mse(a(x), y); optimizer sgd(lr: 0.1) } step b { loss mse(b(x), y); optimizer sgd(lr: 0.2) } }
            """).Training!;
        Assert.Equal([("a.sgd.lr", 0.1), ("b.sgd.lr", 0.2)], two.Steps.Select(s => (s.Optimizer.Rate.Name, s.Optimizer.Rate.Value)));
        Assert.Equal(("a_b", "a", "b"), (two.Name, two.Steps[0].Name, two.Steps[1].Name));
    }

    [Fact]
    public void Lbfgs_remembers_as_many_steps_as_it_is_told()
    {
        Assert.Equal((10, false), (Optimizer("optimizer lbfgs; batch all").History, Optimizer("optimizer lbfgs; batch all").HasRate));
        Assert.Equal(25, Optimizer("optimizer lbfgs(history: 25); batch all").History);
    }

    [Theory]
    [InlineData("optimizer sgd(lr: -0.1)", "the learning rate must not be negative: -0.1")]
    [InlineData("optimizer sgd(lr: 0.1 -> -0.2)", "the learning rate must not be negative: -0.2")]
    [InlineData("optimizer sgd(lr: -0.3 -> 0.1)", "the learning rate must not be negative: -0.3")]
    [InlineData("optimizer sgd(rate: 1)", "sgd has no option 'rate'")]
    [InlineData("optimizer sgd(lr: relu)", "sgd: lr")]
    [InlineData("optimizer sdg", "did you mean 'sgd'?")]
    [InlineData("optimizer lbgfs; batch all", "did you mean 'lbfgs'?")]
    [InlineData("optimizer lbfgs", "lbfgs")]
    [InlineData("optimizer lbfgs(history: 0); batch all", "lbfgs: history must be a whole number of at least 1, not 0")]
    [InlineData("optimizer lbfgs(history: 101); batch all", "lbfgs: history must be a whole number of at most 100, not 101")]
    [InlineData("optimizer sgd; clip value: 0", "clip value must be above 0, not 0")]
    [InlineData("optimizer sgd; clip norm: -1", "clip norm must be above 0, not -1")]
    public void What_cannot_be_says_why(string settings, string why) => Assert.Contains(why, Scripts.Mistakes("script.nn", Script(settings)));

    [Theory]
    [InlineData("clip norm: 1", null, 1.0)]
    [InlineData("clip value: 0.5", 0.5, null)]
    [InlineData("clip 0.5", 0.5, null)]
    [InlineData("clip 0.5, norm: 2", 0.5, 2.0)]
    public void Gradients_are_cut_by_value_or_by_length(string clip, double? value, double? norm) =>
        Assert.Equal(new Clip(value, norm), Scripts.Bind("script.nn", Script($"optimizer sgd; {clip}")).Training!.Steps[0].Clip);

    private static Optimizer Optimizer(string settings, string definitions = "") =>
        Scripts.Bind("script.nn", Script(settings, definitions)).Training!.Steps[0].Optimizer;

    private static string Script(string settings, string definitions = "") =>
        $"{definitions}\nmodel net {{ dense 1 }}\ndata d {{ builtin sine, samples: 40 }}\ntrain {{ loss mse; {settings} }}";
}
