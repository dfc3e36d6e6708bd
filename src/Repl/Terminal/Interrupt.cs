using System.Globalization;
using System.Runtime.InteropServices;

namespace Nn.Repl.Terminal;

/// <summary>
/// Ctrl-C while something long runs: the first asks it to stop, the second ends the program. SIGTERM, which systems send before they end a program, and SIGHUP,
/// of a terminal that is closed, ask as Ctrl-C does.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ConsoleCancelEventHandler _handler;
    private readonly List<PosixSignalRegistration> _signals = [];

    public Interrupt()
    {
        _handler = (_, e) => e.Cancel |= Ask();
        Console.CancelKeyPress += _handler;
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => c.Cancel |= Ask()));
        // Who starts a program with nohup wants it to outlive its terminal.
        if (!IgnoresHangUp()) _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => c.Cancel |= Ask()));
    }

    /// <summary>Cancelled once the user has asked.</summary>
    public CancellationToken Asked => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= _handler;
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        _source.Dispose();
    }

    // The first asks, the second insists: the signal then does what it does by itself.
    private bool Ask()
    {
        if (_source.IsCancellationRequested) return false;
        _source.Cancel();
        return true;
    }

    // Linux tells by a mask in which SIGHUP is the lowest bit.
    private static bool IgnoresHangUp()
    {
        const string Status = "/proc/self/status", Mask = "SigIgn:";
        if (!File.Exists(Status)) return false;
        string? line = File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(Mask, StringComparison.Ordinal));
        return line is not null && (ulong.Parse(line[Mask.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0;
    }
}
