namespace Nn.Repl;

/// <summary>Ctrl-C while something long runs: the first asks it to stop, the second ends the program.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ConsoleCancelEventHandler _handler;

    public Interrupt()
    {
        _handler = (_, e) =>
        {
            // The first asks, the second insists.
            if (_source.IsCancellationRequested) return;
            e.Cancel = true;
            _source.Cancel();
        };
        Console.CancelKeyPress += _handler;
    }

    /// <summary>Cancelled once the user has asked.</summary>
    public CancellationToken Asked => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= _handler;
        _source.Dispose();
    }
}
