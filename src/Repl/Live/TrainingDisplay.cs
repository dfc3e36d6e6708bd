using System.Text;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Live;

/// <summary>
/// Shows a training: curves, progress and numbers on a terminal, one line an epoch elsewhere, JSON events if asked for.
/// </summary>
internal sealed class TrainingDisplay : IDisposable
{
    // Hundreds of short epochs are summed up: so many lines tell as much, beside curves fewer.
    private const int MostLines = 40, MostLinesBesideCurves = 12;

    private readonly bool _json, _quiet;
    private readonly int _first, _lastEpoch;
    private readonly LiveView? _view;

    /// <summary>Shows a training that ends with <paramref name="lastEpoch"/>; <paramref name="earlier"/> are the epochs that were trained before.</summary>
    public TrainingDisplay(TrainingSession session, bool json, bool quiet, int lastEpoch, IEnumerable<EpochResult> earlier)
    {
        (_json, _quiet, _first, _lastEpoch) = (json, quiet, session.Epoch, lastEpoch);
        // A dumb terminal cannot go back to what it has written.
        bool terminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        if (!json && !quiet && terminal) _view = new LiveView(session, lastEpoch, earlier, new SystemTerminal(), TextStyle.ForOutput().Colours);
    }

    /// <summary>The epoch so far.</summary>
    /// <returns>Whether it may have been written: elsewhere than on a terminal, nothing is.</returns>
    public bool Progress(TrainingProgress p)
    {
        _view?.Progress(p);
        return _view is not null;
    }

    /// <summary>Something else is to be written: what is drawn next comes below it.</summary>
    public void MakeRoom() => _view?.Leave();

    /// <summary>An epoch is over.</summary>
    /// <returns>Whether a line was written.</returns>
    public bool Epoch(EpochResult e)
    {
        if (_json)
        {
            JsonLine.Write(("event", "epoch"), ("epoch", e.Epoch + 1), ("lr", e.Rate), ("seconds", Math.Round(e.Seconds, 4)), ("metrics", e.Metrics));
            return true;
        }

        if (_quiet) return false;
        int every = Math.Max(1, (_lastEpoch - _first) / (_view is null ? MostLines : MostLinesBesideCurves));
        string? line = (e.Epoch + 1 - _first) % every != 0 && e.Epoch + 1 != _lastEpoch ? null : Line(e);
        if (_view is not null) _view.Epoch(e, line);
        else if (line is not null) Console.Out.WriteLine(line);
        return _view is not null || line is not null;
    }

    /// <summary>Leaves the curves, takes what else is drawn away.</summary>
    public void Dispose() => _view?.Dispose();

    private string Line(EpochResult e)
    {
        var line = new StringBuilder($"epoch {(e.Epoch + 1).ToString().PadLeft(_lastEpoch.ToString().Length)}/{_lastEpoch}");
        foreach ((string name, double value) in e.Metrics) line.Append($"  {name} {NumberText.Number(value)}");
        return line.Append($"  {NumberText.Time(e.Seconds)}").ToString();
    }
}
