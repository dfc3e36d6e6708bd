using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>
/// An entry, recorded once: one run in pieces short enough for any device, and, where a run is short, many runs in one command buffer, as
/// starting one costs as much as a few small kernels.
/// </summary>
internal sealed unsafe class EntryCommands
{
    // Work units: at 10 GFLOP/s a piece takes the time that a submission may take.
    private const double LargestPiece = 1e9;
    private const int LaunchesPerBatch = 256, MostRunsPerBatch = 64;

    private readonly (CommandBuffer Commands, double Cost)[] _pieces;

    /// <summary>Records the launches of one run.</summary>
    public EntryCommands(DeviceObjects objects, IReadOnlyList<BoundLaunch> launches, LaunchBinder binder)
    {
        List<(int From, int To, double Cost)> pieces = Split(launches);
        double cost = pieces.Sum(p => p.Cost);
        RunsPerBatch = pieces.Count > 1
            ? 1
            : (int)Math.Clamp(Math.Min(LaunchesPerBatch / Math.Max(1, launches.Count), LargestPiece / Math.Max(cost, 1)), 1, MostRunsPerBatch);
        CommandBuffer[] buffers = objects.CommandBuffers(pieces.Count + 1);
        _pieces = [.. pieces.Select((p, i) => (buffers[i], p.Cost))];
        for (int i = 0; i < pieces.Count; i++) Record(objects.Device.Api, buffers[i], launches, pieces[i].From, pieces[i].To, 1, binder);
        Batch = (buffers[^1], cost * RunsPerBatch);
        if (RunsPerBatch > 1) Record(objects.Device.Api, Batch.Commands, launches, 0, launches.Count, RunsPerBatch, binder);
    }

    /// <summary>One run.</summary>
    public ReadOnlySpan<(CommandBuffer Commands, double Cost)> Pieces => _pieces;

    /// <summary>Many runs; recorded where there is more than one.</summary>
    public (CommandBuffer Commands, double Cost) Batch { get; }

    /// <summary>How many runs <see cref="Batch"/> has.</summary>
    public int RunsPerBatch { get; }

    /// <summary>How long a unit of cost takes, as measured; at first a guess that errs on the slow side.</summary>
    public double SecondsPerCost { get; set; } = 1e-10;

    private static List<(int From, int To, double Cost)> Split(IReadOnlyList<BoundLaunch> launches)
    {
        var pieces = new List<(int, int, double)>();
        (int from, double cost) = (0, 0);
        for (int i = 0; i < launches.Count; i++)
        {
            if (i > from && cost + launches[i].Cost > LargestPiece)
            {
                pieces.Add((from, i, cost));
                (from, cost) = (i, 0);
            }

            cost += launches[i].Cost;
        }

        pieces.Add((from, launches.Count, cost));
        return pieces;
    }

    private static void Record(Vk api, CommandBuffer commands, IReadOnlyList<BoundLaunch> launches, int from, int to, int times, LaunchBinder binder)
    {
        // The same command buffer may be in flight more than once.
        var begin = new CommandBufferBeginInfo { SType = StructureType.CommandBufferBeginInfo, Flags = CommandBufferUsageFlags.SimultaneousUseBit };
        api.BeginCommandBuffer(commands, &begin).Check("vkBeginCommandBuffer");
        Barriers.AfterEarlierCommands(api, commands);
        for (int t = 0; t < times; t++)
        {
            if (t > 0) Barriers.BetweenKernels(api, commands);
            for (int i = from; i < to; i++)
            {
                // A piece begins with a barrier already.
                if (launches[i].Waits && i > from) Barriers.BetweenKernels(api, commands);
                Record(api, commands, launches[i], binder[launches[i].Set]);
            }
        }

        api.EndCommandBuffer(commands).Check("vkEndCommandBuffer");
    }

    /// <summary>Records one launch.</summary>
    public static void Record(Vk api, CommandBuffer commands, BoundLaunch launch, DescriptorSet set)
    {
        KernelPipeline kernel = launch.Kernel;
        api.CmdBindPipeline(commands, PipelineBindPoint.Compute, kernel.Handle);
        api.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, kernel.Layout, 0, 1, &set, 0, null);
        fixed (int* words = launch.Words)
            api.CmdPushConstants(commands, kernel.Layout, ShaderStageFlags.ComputeBit, 0, (uint)(sizeof(int) * launch.Words.Length), words);
        api.CmdDispatch(commands, (uint)launch.Groups.X, (uint)launch.Groups.Y, (uint)launch.Groups.Z);
    }
}
