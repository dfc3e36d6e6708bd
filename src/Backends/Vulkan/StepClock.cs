using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>Measures launches by the device's own clock: one submission, with a time written before and one after.</summary>
internal sealed unsafe class StepClock
{
    private readonly LogicalDevice _device;
    private readonly Vk _api;
    private readonly LaunchBinder _binder;
    private readonly QueryPool _times;
    private readonly CommandBuffer _commands;
    private readonly Fence _fence;
    private readonly double _tick;
    private readonly ulong _mask;

    /// <exception cref="NnException">The device's queue writes no times.</exception>
    public StepClock(DeviceObjects objects, LaunchBinder binder)
    {
        (_device, _api, _binder) = (objects.Device, objects.Device.Api, binder);
        PhysicalDeviceProperties properties;
        _api.GetPhysicalDeviceProperties(_device.Access.Handle, &properties);
        uint bits = TimestampBits();
        if (bits == 0)
            throw new NnException(ExitCode.NoDevice, $"{_device.Description.Info.Name} has no clock for its kernels: only whole steps can be timed on it");
        (_tick, _mask) = (properties.Limits.TimestampPeriod * 1e-9, bits >= 64 ? ulong.MaxValue : (1ul << (int)bits) - 1);
        _times = objects.Timestamps(2);
        _commands = objects.CommandBuffers(1)[0];
        _fence = objects.Fence();
    }

    /// <summary>Runs the launches and gives the time from their beginning to their end.</summary>
    /// <param name="launches">In order, each with the number of barriers that the entry has up to it.</param>
    public double Seconds(IReadOnlyList<(BoundLaunch Launch, int Barriers)> launches)
    {
        var begin = new CommandBufferBeginInfo { SType = StructureType.CommandBufferBeginInfo, Flags = CommandBufferUsageFlags.OneTimeSubmitBit };
        _api.BeginCommandBuffer(_commands, &begin).Check("vkBeginCommandBuffer");
        _api.CmdResetQueryPool(_commands, _times, 0, 2);
        Barriers.AfterEarlierCommands(_api, _commands);
        _api.CmdWriteTimestamp(_commands, PipelineStageFlags.BottomOfPipeBit, _times, 0);
        for (int i = 0; i < launches.Count; i++)
        {
            (BoundLaunch launch, int barriers) = launches[i];
            if (i > 0 && barriers > launches[i - 1].Barriers) Barriers.BetweenKernels(_api, _commands);
            EntryCommands.Record(_api, _commands, launch, _binder[launch.Set]);
        }

        _api.CmdWriteTimestamp(_commands, PipelineStageFlags.BottomOfPipeBit, _times, 1);
        _api.EndCommandBuffer(_commands).Check("vkEndCommandBuffer");
        Submit();
        ulong* times = stackalloc ulong[2];
        _api.GetQueryPoolResults(_device.Handle, _times, 0, 2, 2 * sizeof(ulong), times, sizeof(ulong),
            QueryResultFlags.Result64Bit | QueryResultFlags.ResultWaitBit).Check("vkGetQueryPoolResults");
        return ((times[1] - times[0]) & _mask) * _tick;
    }

    private void Submit()
    {
        CommandBuffer commands = _commands;
        Fence fence = _fence;
        var submit = new SubmitInfo { SType = StructureType.SubmitInfo, CommandBufferCount = 1, PCommandBuffers = &commands };
        try
        {
            _api.QueueSubmit(_device.Queue, 1, &submit, fence).Check("vkQueueSubmit");
            _api.WaitForFences(_device.Handle, 1, &fence, true, ulong.MaxValue).Check("vkWaitForFences");
            _api.ResetFences(_device.Handle, 1, &fence).Check("vkResetFences");
        }
        catch
        {
            _device.Settle();
            throw;
        }
    }

    private uint TimestampBits()
    {
        uint count = 0;
        _api.GetPhysicalDeviceQueueFamilyProperties(_device.Access.Handle, &count, null);
        var families = new QueueFamilyProperties[count];
        fixed (QueueFamilyProperties* f = families) _api.GetPhysicalDeviceQueueFamilyProperties(_device.Access.Handle, &count, f);
        return families[_device.Access.QueueFamily].TimestampValidBits;
    }
}
