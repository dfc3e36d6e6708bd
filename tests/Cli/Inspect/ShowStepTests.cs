using System.Globalization;

namespace Nn.Tests.Cli.Inspect;

public sealed class ShowStepTests
{
    [Fact]
    public void A_small_step_is_told_with_all_its_numbers()
    {
        Outcome o = Nn.Run("-c", ":load examples/xor.nn", "-c", ":train 4 steps", "-c", ":show step", "-c", ":train 1 steps", "-c", ":show dense_2.bias")
            .Good();
        foreach (string part in new[] { "step 5, in epoch 5: 4 samples", "dense_1, net", "dense_2 gives (dense 1, sigmoid) 4x1", "bce, the mean of the batch: ",
            "fn bce(p, y) {", "d loss / d dense_1 4x4", "update by sgd: momentum = 0.9", "by hand, for dense_1.weight[0,0]:", "dense_2.bias 1" })
            Assert.Contains(part, o.Out);
        // The new value that was shown is the one that the step then gave.
        string[] row = o.Lines.SkipWhile(l => l != "  dense_2.bias 1").ElementAt(2).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double shown = double.Parse(row[^1], CultureInfo.InvariantCulture), taken = double.Parse(o.Lines[^1], CultureInfo.InvariantCulture);
        Assert.Equal(taken, shown, 4);
        // By hand: new v = momentum · v + g, new weight = weight − lr · new v.
        double[] n = [.. row[1..].Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        Assert.Equal(0.9 * n[2] + n[1], n[3], 4);
        Assert.Equal(n[0] - 0.5 * n[3], n[4], 4);
    }

    [Fact]
    public void A_large_step_is_told_by_what_its_tensors_are_like()
    {
        Outcome o = Nn.Run("-c", ":load examples/digits.nn", "-c", ":show step").Good();
        Assert.Contains("size of d loss/d value", o.Out);
        Assert.Contains("dense_1.weight  784x128", o.Out);
        Assert.InRange(o.Lines.Length, 20, 60);
    }

    [Fact]
    public void Two_models_in_one_step_are_told_one_after_the_other()
    {
        using var folder = new ScriptFolder();
        folder.Write("two.nn", """
            model coder { dense 2, tanh }
            model critic { dense 1, sigmoid }
            data d { builtin linear, samples: 40; split 80/20 }
            train {
              step coder { loss mse(critic(coder(x)), y); optimizer adam }
              step critic { loss bce(critic(detach(coder(x))), y); optimizer sgd(lr: 0.1); every 2 }
              batch 8
            }
            """);
        Outcome o = folder.Run("-c", ":load two.nn", "-c", ":train 1 steps", "-c", ":show step").Good();
        Assert.Contains("UPDATE OF coder", o.Out);
        Assert.Contains("mse(critic(coder(x)), y), the mean of the batch", o.Out);
        Assert.Contains("UPDATE OF critic", o.Out);
        Assert.Contains("not in this step: it comes in one of 2 steps", o.Out);
        // The second update sees weights that the first one has changed: they are no layer.
        Assert.DoesNotContain("adam gives", o.Out);
        Assert.True(o.Out.IndexOf("coder.dense_1 gives", StringComparison.Ordinal) < o.Out.IndexOf("critic.dense_1 gives", StringComparison.Ordinal));
    }

    [Fact]
    public void Lbfgs_is_refused_with_the_reason()
    {
        Outcome o = Nn.Run("-c", ":load examples/linear-regression.nn", "-c", ":show step");
        Assert.Equal(2, o.Code);
        Assert.Contains("lbfgs looks along a line", o.Out);
    }
}
