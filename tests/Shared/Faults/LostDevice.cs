using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Tests;

/// <summary>
/// A device that is lost, as a GPU whose driver was restarted: a run ends half-way, and from then on nothing that needs it works, loading included.
/// </summary>
/// <param name="device">The device that it is until then.</param>
/// <param name="lost">Asked before each step that is begun, with the name of the entry, and before each <c>read</c>, <c>write</c> and <c>load</c>: whether the
/// device is lost now.</param>
internal sealed class LostDevice(IBackend device, Func<string, bool> lost) : IBackend
{
    public const string Message = "the driver of the test was restarted; the device stopped answering";

    private bool _lost;

    public string Name => device.Name;

    public DeviceInfo Device => device.Device;

    public IProgram Load(Plan plan)
    {
        Begin("load");
        return new Lost(this, device.Load(plan));
    }

    public void Dispose() => device.Dispose();

    private void Begin(string work)
    {
        _lost |= lost(work);
        if (_lost) throw new NnException(ExitCode.DeviceLost, Message);
    }

    private sealed class Lost(LostDevice device, IProgram program) : IProgram
    {
        public void Write(Slot slot, ReadOnlySpan<byte> bytes)
        {
            device.Begin("write");
            program.Write(slot, bytes);
        }

        public void Read(Slot slot, Span<byte> bytes)
        {
            device.Begin("read");
            program.Read(slot, bytes);
        }

        public void Run(Entry entry, int times)
        {
            for (int i = 0; i < times; i++)
            {
                device.Begin(entry.Name);
                program.Run(entry, 1);
            }
        }

        public void Dispose() => program.Dispose();
    }
}
