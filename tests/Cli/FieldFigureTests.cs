using System.Globalization;
using Nn.Networks;
using Nn.Networks.Figures;

namespace Nn.Tests.Cli;

/// <summary>Figures about classes are about the output that gives them, wherever it stands among others.</summary>
public class FieldFigureTests
{
    [Theory]
    [InlineData("outputs sum, larger")]
    [InlineData("outputs larger, sum")]
    public void A_figure_of_classes_counts_as_the_metric_does(string outputs)
    {
        using var net = Network.Parse($$"""
            model net(left, right) { flatten; sum = dense 1; from right; flatten; larger = dense classes(larger), softmax; {{outputs}} }
            data d { builtin pairs, samples: 200; split 50/50 }
            train net { out = net(left, right); loss 0.01 * mse(out.sum, sum) + cross_entropy(out.larger, larger); optimizer adam; epochs 2; metrics larger.accuracy }
            """, new NetworkOptions { Device = "cpu" });
        net.Train();
        ValidationFigures figures = ValidationFigures.Of(net.Session, 10, 10);
        string right = (100 * net.Evaluate()["val_larger.accuracy"]).ToString("0.0", CultureInfo.InvariantCulture);
        Assert.Contains($": {right} % of 100 right", figures.Confusion!.Title);
        Assert.Equal(["left", "right", "same"], figures.Confusion.Names);
    }
}
