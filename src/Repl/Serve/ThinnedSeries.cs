namespace Nn.Repl.Serve;

/// <summary>A point of several curves.</summary>
/// <param name="X">Where, in epochs.</param>
/// <param name="Values">One for each name of the series; null where there is none or it is no number.</param>
internal sealed record CurvePoint(double X, double?[] Values);

/// <summary>What a reader of a series has not seen yet.</summary>
/// <param name="Generation">Changes when points were thinned out: the points are then all there are.</param>
/// <param name="Next">Points seen after this.</param>
/// <param name="Names">The curves.</param>
/// <param name="Points">The points.</param>
/// <param name="Last">The latest, where it is not among the points for good.</param>
internal sealed record CurvePart(int Generation, int Next, string[] Names, CurvePoint[] Points, CurvePoint? Last);

/// <summary>
/// Curves of any length in bounded memory: when there are too many points, every other one goes, and from then on half as many come in. Written by the
/// training's thread, read by others.
/// </summary>
internal sealed class ThinnedSeries(int capacity)
{
    private readonly List<CurvePoint> _points = [];
    private readonly Lock _lock = new();
    private string[] _names = [];
    private CurvePoint? _last;
    private long _offered;
    private long _stride = 1;
    private int _generation;

    /// <summary>Adds a point; names that were not there before begin with it.</summary>
    public void Add(double x, IEnumerable<KeyValuePair<string, double>> given)
    {
        var values = new Dictionary<string, double>(given);
        lock (_lock)
        {
            if (values.Keys.Any(k => !_names.Contains(k))) _names = [.. _names.Union(values.Keys)];
            var point = new CurvePoint(x, [.. _names.Select(n => values.TryGetValue(n, out double v) && double.IsFinite(v) ? v : (double?)null)]);
            if (_offered++ % _stride != 0)
            {
                _last = point;
                return;
            }

            _last = null;
            _points.Add(point);
            if (_points.Count < capacity) return;
            CurvePoint[] half = [.. _points.Where((_, i) => i % 2 == 0)];
            _last = _points[^1];
            _points.Clear();
            _points.AddRange(half);
            _stride *= 2;
            _generation++;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _points.Clear();
            (_names, _last, _offered, _stride) = ([], null, 0, 1);
            _generation++;
        }
    }

    /// <summary>What is new since a part was read; with null, everything.</summary>
    public CurvePart Since(CurvePart? seen)
    {
        lock (_lock)
        {
            int from = seen is not null && seen.Generation == _generation ? seen.Next : 0;
            return new CurvePart(_generation, _points.Count, _names, [.. _points.Skip(from)], _last);
        }
    }
}
