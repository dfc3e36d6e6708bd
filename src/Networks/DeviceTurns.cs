namespace Nn.Networks;

/// <summary>
/// Who uses a device when several threads want it: one after the other, and between two steps of a training whoever waits for it. A thread that has its turn
/// may take it again.
/// </summary>
internal sealed class DeviceTurns
{
    private readonly object _gate = new();
    private int _waiting;
    private bool _closed;

    /// <summary>Does something in a turn of its own.</summary>
    /// <exception cref="ObjectDisposedException">It is <see cref="Close"/>d.</exception>
    public T Do<T>(Func<T> work)
    {
        Interlocked.Increment(ref _waiting);
        Monitor.Enter(_gate);
        Interlocked.Decrement(ref _waiting);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Network));
            return work();
        }
        finally
        {
            Monitor.Pulse(_gate);
            Monitor.Exit(_gate);
        }
    }

    /// <summary>Does something without the device, between two steps of the turn that goes on; then whoever waits for it has a turn.</summary>
    public void Aside(Action work)
    {
        Monitor.Exit(_gate);
        try
        {
            work();
        }
        finally
        {
            Monitor.Enter(_gate);
        }

        // A lock alone would come back to this thread at once. Whoever has its turn wakes it.
        if (Volatile.Read(ref _waiting) > 0) Monitor.Wait(_gate);
    }

    /// <summary>Ends it all: does something for the last time, unless it was done already; nobody has a turn any more.</summary>
    public void Close(Action last)
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            last();
        }
    }
}
