using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>The loss at each learning rate of a <see cref="RateTest"/>.</summary>
public static class RateTestFigure
{
    /// <summary>Losses as points, the smoothed loss as a line, and the suggested rate, over the logarithm of the rate.</summary>
    public static Figure Of(RateTest test)
    {
        double[] rates = [.. test.Points.Select(p => Math.Log10(p.Rate))];
        FigureLayer[] layers = [new PointLayer("loss of a batch", 1, rates, [.. test.Points.Select(p => p.Loss)]),
            new LineLayer("smoothed", 0, rates, [.. test.Points.Select(p => p.Smoothed)])];
        if (test.Suggested is { } suggested)
            layers = [.. layers, new PointLayer("falls fastest", 2, [Math.Log10(suggested)], [test.Points.First(p => p.Rate == suggested).Smoothed])];
        return new AxesFigure("loss while the learning rate grows", "log10 of the learning rate", "loss", layers);
    }
}
