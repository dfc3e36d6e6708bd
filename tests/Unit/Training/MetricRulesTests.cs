using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Which metrics a training can report, and what is said of those that it cannot.</summary>
public class MetricRulesTests
{
    [Theory]
    [InlineData("loss", false)]
    [InlineData("val_loss", false)]
    [InlineData("loss_critic", false)]
    [InlineData("val_loss_critic", false)]
    [InlineData("mae", false)]
    [InlineData("val_rmse", false)]
    [InlineData("val_kind.mae", false)]
    [InlineData("perplexity", false)]
    [InlineData("accuracy", true)]
    [InlineData("val_accuracy", true)]
    [InlineData("val_kind.accuracy", true)]
    [InlineData("val_f1", true)]
    [InlineData("r2", true)]
    [InlineData("top_5", true)]
    public void Losses_errors_and_surprise_are_to_be_small_and_the_rest_large(string metric, bool larger) =>
        Assert.Equal(larger, MetricRules.LargerIsBetter(metric));

    [Fact]
    public void An_epoch_tells_of_both_parts_and_of_what_needs_all_outputs_on_the_validation_part_alone()
    {
        Script all = Classes("metrics accuracy, f1"), none = Classes("metrics accuracy", split: "");
        Assert.Equal(["loss", "accuracy", "val_loss", "val_accuracy", "val_f1"], Names(all));
        Assert.Equal(["loss", "accuracy"], Names(none));
    }

    [Fact]
    public void Several_steps_have_a_loss_each() => Assert.Equal(["loss_a", "loss_b", "val_loss_a", "val_loss_b"], Names(new Script("""
        model a { dense 1 }
        model b { dense 1 }
        data d { builtin sine, samples: 40; split 80/20 }
        train { step a { loss mse(a(x), y); optimizer sgd } step b { loss mse(b(x), y); optimizer sgd } epochs 1 }
        """)));

    [Theory]
    [InlineData("accuracy, f1, perplexity, auc, top_1")]
    [InlineData("accuracy")]
    public void What_fits_is_taken(string metrics) => Check(Classes($"metrics {metrics}"));

    [Theory]
    [InlineData("mae", "the metric mae cannot be computed: the target is a class, not a number; use accuracy")]
    [InlineData("r2", "the target is a class, not a number; use accuracy")]
    // Of two outputs the largest two always hold the class.
    [InlineData("top_2", "the metric top_2 cannot be computed: the model has 2 outputs, so it would always be 1")]
    public void What_means_nothing_for_classes_is_refused(string metric, string why) => Assert.Contains(why, Refused(Classes($"metrics {metric}")));

    [Fact]
    public void Perplexity_needs_a_probability_for_each_class()
    {
        Script single = new("""
            model net { dense 4, tanh; dense 1, sigmoid }
            data d { builtin moons, samples: 40; split 80/20 }
            train net { loss bce; optimizer adam; epochs 1; metrics perplexity }
            """);
        Assert.Contains("it needs a probability for each class; end the model with: dense classes, softmax", Refused(single));
    }

    [Theory]
    [InlineData("perplexity", false)]
    [InlineData("top_1", false)]
    [InlineData("accuracy", true)]
    [InlineData("f1", true)]
    public void Of_several_labels_none_or_all_may_be_right(string metric, bool taken)
    {
        var script = new Script($$"""
            model net { dense 4, tanh; dense 2, sigmoid }
            data d { csv "data.csv"; target pq, columns: [p, q]; split 50/50 }
            train net { loss bce; optimizer adam; epochs 1; metrics {{metric}} }
            """, "a,p,q\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i},{i % 2},{i / 2 % 2}\n")));
        string why = $"the metric {metric} cannot be computed: several labels may be right at a time, none or all; use accuracy, f1 or auc";
        if (taken) Check(script);
        else Assert.Contains(why, Refused(script));
    }

    [Fact]
    public void What_needs_a_validation_part_says_how_to_make_one() => Assert.Contains(
        "the metric f1 cannot be computed: it needs a validation part; add `split 80/20` to the data", Refused(Classes("metrics f1", split: "")));

    [Theory]
    [InlineData("early_stop val_accuracy", "early_stop watches val_accuracy, but there is loss, val_loss; add it to metrics, or split the data")]
    [InlineData("schedule reduce_on_plateau(val_f1)", "reduce_on_plateau watches val_f1, but there is loss, val_loss; add it to metrics, or split the data")]
    public void What_is_watched_must_be_there(string rule, string why) => Assert.Contains(why, Refused(Classes(rule)));

    [Theory]
    [InlineData("early_stop val_accuracy; metrics accuracy")]
    [InlineData("early_stop val_loss")]
    [InlineData("schedule reduce_on_plateau(val_f1); metrics f1")]
    public void What_is_there_may_be_watched(string rule) => Check(Classes(rule));

    // Three outputs for one number.
    [Fact]
    public void An_output_is_compared_with_a_target_of_its_size_alone()
    {
        string why = Refused(new Script("""
            model net { dense 3 }
            data d { builtin sine, samples: 40; split 80/20 }
            train net { loss mean((net(x) - y) ^ 2); optimizer adam; epochs 1; metrics mae }
            """));
        Assert.Contains("the metric mae cannot be computed: it compares what net gives, 3, with the target y", why);
        Assert.EndsWith("leave it out, or name a model with such an output", why, StringComparison.Ordinal);
    }

    private static Script Classes(string lines, string split = "; split 80/20") => new($$"""
        model net { dense 4, tanh; dense classes, softmax }
        data d { builtin moons, samples: 40{{split}} }
        train net { loss cross_entropy; optimizer adam; epochs 1; {{lines}} }
        """);

    private static IReadOnlyList<string> Names(Script s) => MetricRules.Names(s.Training, TrainingSizes.Of(s.Data, s.Training));

    private static void Check(Script s) => MetricRules.Check(s.Training, TrainingSizes.Of(s.Data, s.Training));

    private static string Refused(Script s) => Assert.Throws<NnException>(() => Check(s)).Message;
}
