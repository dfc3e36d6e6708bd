using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>A computation that every worker executes, each on its own share.</summary>
public interface ISpmdBody
{
    /// <summary>Runs the share of <paramref name="worker"/>, which is below the count of <paramref name="team"/>.</summary>
    void Run(Workers team, int worker);
}

/// <summary>
/// A team of threads that run one body together. The thread pool takes tens of microseconds to wake; these threads spin
/// briefly between bodies, then sleep. The calling thread is worker 0. Nothing is allocated by a run.
/// </summary>
public sealed class Workers : IDisposable
{
    /// <summary>Spins of a worker before it sleeps between bodies: some 20 µs.</summary>
    private const int SpinsBeforeSleep = 500;

    /// <summary>Spins at a barrier before the processor is offered to others: the machine may be shared.</summary>
    private const int SpinsBeforeYield = 2000;

    private static readonly Lazy<Workers> Instance = new(() => new Workers(CountFromEnvironment()));

    private readonly Lock _entry = new();
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private State _state;
    private ISpmdBody? _body;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <summary>Starts a team of <paramref name="count"/> workers, the calling thread among them.</summary>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        _threads = new Thread[count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"nn worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The team of this process: one worker a processor, or <c>NN_THREADS</c> of them.</summary>
    /// <exception cref="NnException"><c>NN_THREADS</c> is not a count.</exception>
    public static Workers Shared => Instance.Value;

    /// <summary>Number of workers.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs <paramref name="body"/> on all workers and returns when each is done. An exception of a worker ends the body on
    /// all of them (at their next barrier) and is thrown here. One run at a time: a second caller waits.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from within a body.</exception>
    public void Run(ISpmdBody body)
    {
        if (_entry.IsHeldByCurrentThread) throw new InvalidOperationException("a body may not start another run of its own team");
        lock (_entry)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _body = body;
            if (Count > 1)
            {
                Interlocked.Increment(ref _state.Epoch);
                if (Volatile.Read(ref _state.Sleepers) > 0)
                    lock (_gate) Monitor.PulseAll(_gate);
            }
            Execute(body, 0);
            int spins = 0;
            while (Volatile.Read(ref _state.Finished) != Count) Pause(ref spins);
            _state.Finished = 0;
            _state.Arrived = 0;
            _body = null;
            if (_failure is { } failure)
            {
                _failure = null;
                failure.Throw();
            }
        }
    }

    /// <summary>Waits until every worker has come here. Each worker of a body must call it equally often.</summary>
    public void Barrier()
    {
        if (Count == 1) return;
        int generation = Volatile.Read(ref _state.Generation);
        if (Interlocked.Increment(ref _state.Arrived) == Count)
        {
            _state.Arrived = 0;
            Volatile.Write(ref _state.Generation, generation + 1);
            return;
        }
        int spins = 0;
        while (Volatile.Read(ref _state.Generation) == generation)
        {
            if (Volatile.Read(ref _failure) is not null) throw new OperationCanceledException("another worker failed");
            Pause(ref spins);
        }
    }

    /// <summary>Ends a body that waits for others once one of them has failed.</summary>
    /// <exception cref="OperationCanceledException">Another worker failed.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is not null) throw new OperationCanceledException("another worker failed");
    }

    /// <summary>Ends the threads; waits for a run in progress.</summary>
    public void Dispose()
    {
        lock (_entry)
        {
            if (_disposed) return;
            _disposed = true;
            _body = null;
            Interlocked.Increment(ref _state.Epoch);
            lock (_gate) Monitor.PulseAll(_gate);
        }
        foreach (Thread thread in _threads) thread.Join();
    }

    private static int CountFromEnvironment()
    {
        string? text = Environment.GetEnvironmentVariable("NN_THREADS");
        if (string.IsNullOrEmpty(text)) return Environment.ProcessorCount;
        return int.TryParse(text, out int count) && count is >= 1 and <= 1024
            ? count
            : throw new NnException(ExitCode.Usage, $"NN_THREADS is '{text}'; give a number of threads from 1 to 1024, or leave it unset");
    }

    private static void Pause(ref int spins)
    {
        if (++spins < SpinsBeforeYield) Thread.SpinWait(1);
        else if (spins % 64 != 0) Thread.Yield();
        else Thread.Sleep(0);
    }

    private void Serve(int worker)
    {
        int seen = 0;
        while (true)
        {
            for (int spins = 0; Volatile.Read(ref _state.Epoch) == seen && spins < SpinsBeforeSleep; spins++) Thread.SpinWait(1);
            if (Volatile.Read(ref _state.Epoch) == seen)
            {
                lock (_gate)
                {
                    Interlocked.Increment(ref _state.Sleepers);
                    while (Volatile.Read(ref _state.Epoch) == seen) Monitor.Wait(_gate);
                    Interlocked.Decrement(ref _state.Sleepers);
                }
            }
            seen++;
            if (_body is not { } body) return;
            Execute(body, worker);
        }
    }

    private void Execute(ISpmdBody body, int worker)
    {
        try
        {
            body.Run(this, worker);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
        Interlocked.Increment(ref _state.Finished);
    }

    /// <summary>Counters that workers write, each on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 768)]
    private struct State
    {
        [FieldOffset(128)] public int Epoch;
        [FieldOffset(256)] public int Sleepers;
        [FieldOffset(384)] public int Arrived;
        [FieldOffset(512)] public int Generation;
        [FieldOffset(640)] public int Finished;
    }
}
