using System.Diagnostics;
using System.Text.Json;
using Nn.Planning;
using Nn.Repl.Serve.Views;
using Nn.Training;

namespace Nn.Repl.Serve;

/// <summary>
/// Pictures of a training for those who watch. The training's thread only copies the weights, and seldom enough that neither that nor the drawing costs more
/// than a hundredth of the time; the rest happens beside it.
/// </summary>
internal sealed class Pictures(LiveRun run) : IDisposable
{
    private const double LeastSeconds = 0.2, WarmUpSeconds = 0.3;
    // Copying holds the training up; drawing takes a core from it.
    private const int CopyShare = 200, DrawShare = 100, WarmUp = 3;

    private readonly Dictionary<Parameter, byte[]> _weights = [];
    private Task _drawing = Task.CompletedTask;
    private PageView? _view;
    private int _viewOf, _watchers;
    private long _due;
    private double _took;
    private int _drawn;
    private volatile Frame? _latest;

    /// <summary>A picture.</summary>
    /// <param name="Number">Of the training that it shows.</param>
    /// <param name="Scene">What stays, as JSON; null where there is nothing to show.</param>
    /// <param name="Content">What changes, as JSON.</param>
    public sealed record Frame(int Number, string? Scene, string? Content);

    /// <summary>The last one; null before the first.</summary>
    public Frame? Latest => _latest;

    /// <summary>Somebody watches from now on.</summary>
    public void Watch() => Interlocked.Increment(ref _watchers);

    /// <summary>Somebody watches no more.</summary>
    public void Leave() => Interlocked.Decrement(ref _watchers);

    /// <summary>On the training's thread, between steps: begins a picture if one is due, or <paramref name="now"/>.</summary>
    public void Take(bool now)
    {
        if (Volatile.Read(ref _watchers) == 0) return;
        if (now) _drawing.Wait();
        else if (!_drawing.IsCompleted || Stopwatch.GetTimestamp() < Volatile.Read(ref _due) && _viewOf == run.Current.Number) return;
        long start = Stopwatch.GetTimestamp();
        TrainingSession session = run.Session;
        if (_viewOf != run.Current.Number)
        {
            _view?.Dispose();
            (_view, _viewOf) = (PageView.For(session), run.Current.Number);
            _drawn = 0;
            _weights.Clear();
            foreach (Parameter p in _view?.Model.Parameters ?? []) _weights[p] = new byte[session.Plan.Slots.InForce(p).Bytes];
        }

        foreach ((Parameter p, byte[] bytes) in _weights) session.Program.Read(session.Plan.Slots.InForce(p), bytes);
        double copied = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (PageView? view, int number) = (_view, _viewOf);
        Volatile.Write(ref _due, long.MaxValue);
        _drawing = Task.Run(() => Draw(view, number, copied));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _drawing.Wait();
        _view?.Dispose();
    }

    private void Draw(PageView? view, int number, double copied)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            string? scene = _latest is { } before && before.Number == number ? before.Scene
                : view is null ? null
                : JsonSerializer.Serialize(view.Scene, PageJson.Options);
            _latest = new Frame(number, scene, view is null ? null : JsonSerializer.Serialize(view.Draw(_weights), PageJson.Options));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A picture that fails must not end the training it shows.
            _latest = new Frame(number, null, null);
        }

        // The first pictures wait for code to be compiled, and any for a busy machine: the quicker of the last two tells what one takes.
        double took = Stopwatch.GetElapsedTime(start).TotalSeconds, wait = _drawn++ < WarmUp && took < WarmUpSeconds ? LeastSeconds
            : Math.Max(LeastSeconds, Math.Max(CopyShare * copied, DrawShare * Math.Min(took, _took)));
        _took = took;
        Volatile.Write(ref _due, Stopwatch.GetTimestamp() + (long)(wait * Stopwatch.Frequency));
    }
}
