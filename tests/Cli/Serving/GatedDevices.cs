using Nn.Backends;
using Nn.Graphs;
using Nn.Networks;
using Nn.Planning;

namespace Nn.Tests.Cli.Serving;

/// <summary>
/// Devices that compute only while a gate is open, so that a test says when a prediction ends; and slowly, so that no prediction is done on the thread that
/// reads its request.
/// </summary>
internal sealed class GatedDevices : IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);
    private int _runs;

    public GatedDevices() => OpenedDevices.Watch(b => new Gated(b, this));

    /// <summary>Predictions that have begun.</summary>
    public int Runs => Volatile.Read(ref _runs);

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    public void Dispose()
    {
        _open.Set();
        OpenedDevices.Watch(null);
    }

    private sealed class Gated(IBackend inner, GatedDevices gate) : IBackend
    {
        public string Name => inner.Name;

        public DeviceInfo Device => inner.Device;

        public IProgram Load(Plan plan) => new Program(inner.Load(plan), gate);

        public void Dispose() => inner.Dispose();
    }

    private sealed class Program(IProgram inner, GatedDevices gate) : IProgram
    {
        public void Write(Slot slot, ReadOnlySpan<byte> bytes) => inner.Write(slot, bytes);

        public void Read(Slot slot, Span<byte> bytes) => inner.Read(slot, bytes);

        public void Run(Entry entry, int times)
        {
            Interlocked.Increment(ref gate._runs);
            Thread.Sleep(1);
            gate._open.Wait();
            inner.Run(entry, times);
        }

        public void Dispose() => inner.Dispose();
    }
}
