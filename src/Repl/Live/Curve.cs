namespace Nn.Repl.Live;

/// <summary>Values over a training. However long it takes, a bounded number of points is kept: neighbours are averaged when there are too many.</summary>
internal sealed class Curve
{
    private const int MaxPoints = 256;

    private readonly List<(double X, double Y)> _points = [];
    // So many values make a point; those of the point under way.
    private int _values = 1, _gathered;
    private double _sum;

    /// <summary>Where the points lie.</summary>
    public double[] X => [.. _points.Select(p => p.X)];

    /// <summary>The points' values.</summary>
    public double[] Y => [.. _points.Select(p => p.Y)];

    /// <summary>Number of points.</summary>
    public int Count => _points.Count;

    /// <summary>Adds a value at an x no smaller than those before.</summary>
    public void Add(double x, double y)
    {
        _sum += y;
        if (++_gathered < _values) return;
        _points.Add((x, _sum / _gathered));
        (_sum, _gathered) = (0, 0);
        if (_points.Count < MaxPoints) return;
        for (int i = 0; i < MaxPoints / 2; i++) _points[i] = (_points[2 * i + 1].X, (_points[2 * i].Y + _points[2 * i + 1].Y) / 2);
        _points.RemoveRange(MaxPoints / 2, MaxPoints / 2);
        _values *= 2;
    }
}
