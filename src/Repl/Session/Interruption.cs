namespace Nn.Repl.Session;

/// <summary>
/// Who may stop what a session does: Ctrl-C a training, whatever takes care of it itself, or, asked twice, the session; a closed window all of it.
/// </summary>
/// <param name="kept">What is to be kept before the session ends.</param>
/// <param name="say">Tells the user.</param>
internal sealed class Interruption(KeptWork kept, Action<string> say)
{
    private readonly Lock _working = new();
    private CancellationTokenSource? _running;
    private bool _interruptible;
    private int _asked;

    /// <summary>Does what an input says.</summary>
    public void Work(Action input)
    {
        lock (_working)
        {
            _asked = 0;
            input();
        }
    }

    /// <summary>Trains, until it ends or is stopped.</summary>
    public T Training<T>(Func<CancellationToken, T> train)
    {
        using var stop = new CancellationTokenSource();
        _running = stop;
        try
        {
            return train(stop.Token);
        }
        finally
        {
            _running = null;
        }
    }

    /// <summary>Runs what takes care of Ctrl-C itself.</summary>
    public void Interruptible(Action work)
    {
        _interruptible = true;
        try
        {
            work();
        }
        finally
        {
            _interruptible = false;
        }
    }

    /// <summary>Ctrl-C: a training under way pauses; of what cannot be stopped the session is asked for once more before it ends.</summary>
    /// <returns>Whether the session lives on.</returns>
    public bool Interrupt()
    {
        if (_interruptible) return true;
        if (_running is { } training)
        {
            training.Cancel();
            return true;
        }

        if (Interlocked.Increment(ref _asked) > 1)
        {
            kept.Keep(weights: false);
            return false;
        }

        say("this cannot be stopped half-way; Ctrl-C once more ends the session");
        return true;
    }

    /// <summary>
    /// Ends the session from outside, by a closed window or a polite kill: a training ends with its step, then what was not saved is kept. Of what does not end
    /// within
    /// <paramref name="patience"/> the statements are kept.
    /// </summary>
    public void Terminate(TimeSpan patience)
    {
        try
        {
            _running?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }

        // Never left again: nothing more is to begin.
        bool idle = _working.TryEnter(patience);
        kept.Keep(weights: idle);
    }
}
