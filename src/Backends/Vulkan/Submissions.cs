using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>
/// Gives recorded commands to the queue in submissions that end well before a watchdog would end them, two in flight, so that the device never
/// waits for the host. How much fits into one follows from how long the earlier ones took. Allocates nothing.
/// </summary>
internal sealed unsafe class Submissions
{
    /// <summary>How long a submission should take.</summary>
    private const double Seconds = 0.05;
    private const int MostCommandBuffers = 512;

    private readonly LogicalDevice _device;
    private readonly Vk _api;
    private readonly CommandBuffer[] _commands = new CommandBuffer[MostCommandBuffers];
    private readonly Flight[] _flights;
    private long _lastEnd;

    private struct Flight
    {
        public Fence Fence;
        public bool Pending;
        public long Start;
        public double Cost;
    }

    public Submissions(DeviceObjects objects)
    {
        (_device, _api) = (objects.Device, objects.Device.Api);
        _flights = [new Flight { Fence = objects.Fence() }, new Flight { Fence = objects.Fence() }];
    }

    /// <summary>What submissions are timed by.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Submissions so far.</summary>
    public long Count { get; private set; }

    /// <summary>Runs an entry so many times and returns when all is done.</summary>
    public void Run(EntryCommands entry, int times)
    {
        try
        {
            int batches = entry.RunsPerBatch > 1 ? times / entry.RunsPerBatch : 0;
            (int runs, int piece, int next) = (times - batches * entry.RunsPerBatch, 0, 0);
            while (batches > 0 || runs > 0)
            {
                int count = 0;
                double cost = 0;
                while (count < MostCommandBuffers && (batches > 0 || runs > 0))
                {
                    (CommandBuffer commands, double more) = batches > 0 ? entry.Batch : entry.Pieces[piece];
                    if (count > 0 && (cost + more) * entry.SecondsPerCost > Seconds) break;
                    _commands[count++] = commands;
                    cost += more;
                    if (batches > 0) batches--;
                    else if (++piece == entry.Pieces.Length) (piece, runs) = (0, runs - 1);
                }

                Wait(entry, ref _flights[next]);
                Submit(ref _flights[next], count, cost);
                next ^= 1;
            }

            Wait(entry, ref _flights[next]);
            Wait(entry, ref _flights[next ^ 1]);
        }
        catch
        {
            _device.Settle();
            _flights[0].Pending = _flights[1].Pending = false;
            throw;
        }
    }

    private void Submit(ref Flight flight, int count, double cost)
    {
        Fence fence = flight.Fence;
        _api.ResetFences(_device.Handle, 1, &fence).Check("vkResetFences");
        fixed (CommandBuffer* commands = _commands)
        {
            var submit = new SubmitInfo { SType = StructureType.SubmitInfo, CommandBufferCount = (uint)count, PCommandBuffers = commands };
            flight.Start = Time.GetTimestamp();
            _api.QueueSubmit(_device.Queue, 1, &submit, fence).Check("vkQueueSubmit");
        }

        (flight.Pending, flight.Cost) = (true, cost);
        Count++;
    }

    private void Wait(EntryCommands entry, ref Flight flight)
    {
        if (!flight.Pending) return;
        Fence fence = flight.Fence;
        _api.WaitForFences(_device.Handle, 1, &fence, true, ulong.MaxValue).Check("vkWaitForFences");
        flight.Pending = false;
        // It began when it was submitted or when the one before it ended.
        long end = Time.GetTimestamp();
        double seconds = Time.GetElapsedTime(Math.Max(flight.Start, _lastEnd), end).TotalSeconds;
        _lastEnd = end;
        entry.SecondsPerCost = (entry.SecondsPerCost + seconds / flight.Cost) / 2;
    }
}
