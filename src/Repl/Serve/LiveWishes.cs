namespace Nn.Repl.Serve;

/// <summary>What others want of a training, which its own thread does between two of its steps.</summary>
internal sealed class LiveWishes
{
    private const int MaxWaiting = 64;

    private readonly Queue<Action> _wishes = new();
    private readonly object _lock = new();
    private CancellationTokenSource? _interrupt;
    private bool _closed;

    /// <summary>Has something done on the training's thread, between two steps.</summary>
    /// <exception cref="NnException">It could not be done, or nothing is done any more.</exception>
    public Task<T> Ask<T>(Func<T> wish)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Do()
        {
            try
            {
                if (_closed) throw new NnException(ExitCode.Interrupted, "the training is over");
                done.SetResult(wish());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }

        lock (_lock)
        {
            if (_closed || _wishes.Count >= MaxWaiting)
            {
                done.SetException(new NnException(ExitCode.Interrupted, _closed ? "the training is over" : "too much is waiting; try again"));
                return done.Task;
            }

            _wishes.Enqueue(Do);
            _interrupt?.Cancel();
            Monitor.PulseAll(_lock);
        }

        return done.Task;
    }

    /// <summary>Does all that is wanted.</summary>
    public void Grant()
    {
        while (true)
        {
            Action? wish;
            lock (_lock)
            {
                if (!_wishes.TryDequeue(out wish)) return;
            }

            wish();
        }
    }

    /// <summary>Has the next wish interrupt steps that begin now.</summary>
    /// <returns>Whether they may begin: nothing is wanted yet.</returns>
    public bool Interrupts(CancellationTokenSource steps)
    {
        lock (_lock)
        {
            if (_wishes.Count > 0) return false;
            _interrupt = steps;
            return true;
        }
    }

    /// <summary>The steps have ended.</summary>
    public void InterruptNothing()
    {
        lock (_lock) _interrupt = null;
    }

    /// <summary>Waits until something is wanted, or everything is to stop.</summary>
    public void Wait(CancellationToken stop)
    {
        lock (_lock)
        {
            while (_wishes.Count == 0 && !stop.IsCancellationRequested) Monitor.Wait(_lock);
        }
    }

    /// <summary>Waits so long, or until something is wanted.</summary>
    public void Sleep(double seconds)
    {
        lock (_lock)
        {
            if (_wishes.Count == 0) Monitor.Wait(_lock, TimeSpan.FromSeconds(seconds));
        }
    }

    /// <summary>Has who waits look up.</summary>
    public void Wake()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }

    /// <summary>Nothing is done any more; what waits is told so.</summary>
    public void Close()
    {
        lock (_lock) _closed = true;
        Grant();
    }
}
