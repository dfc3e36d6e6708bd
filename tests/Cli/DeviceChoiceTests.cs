using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Networks;

namespace Nn.Tests.Cli;

public class DeviceChoiceTests
{
    private static readonly FoundDevice Cpu = Make("cpu", 0, "Processor", software: false, limits: false);

    [Theory]
    [InlineData("auto", "opencl:1")]
    [InlineData("cpu", "cpu")]
    [InlineData("opencl", "opencl:1")]
    [InlineData("opencl:0", "opencl:0")]
    [InlineData("opencl:1", "opencl:1")]
    [InlineData("opencl:GEFORCE", "opencl:1")]
    public void A_real_device_comes_before_a_software_one(string asked, string expected) =>
        Assert.Equal(expected, DeviceChoice.Choose(asked, Families(Make("opencl", 0, "pocl"), Make("opencl", 1, "GeForce 1", software: false))).Name);

    [Fact]
    public void Auto_takes_no_software_device() => Assert.Equal("cpu", DeviceChoice.Choose("auto", Families(Make("opencl", 0, "pocl"))).Name);

    [Fact]
    public void Auto_takes_no_unusable_device() =>
        Assert.Equal("cpu", DeviceChoice.Choose("auto", Families(Make("opencl", 0, "GeForce", software: false, unusable: "old"))).Name);

    [Theory]
    [InlineData("opencl:2", "there is no such device")]
    [InlineData("opencl:radeon", "there is no such device")]
    [InlineData("opencl:force", "give a number")]
    [InlineData("opencl:1", "too old")]
    [InlineData("vulkan", "no loader")]
    [InlineData("vulkan:0", "no loader")]
    public void What_is_not_there_is_an_error_that_lists_what_is(string asked, string reason)
    {
        FoundDevice[] devices = [Make("opencl", 0, "GeForce A"), Make("opencl", 1, "GeForce B", unusable: "too old")];
        var e = Assert.Throws<NnException>(() => DeviceChoice.Choose(asked, [.. Families(devices), new DeviceFamily("vulkan", [], "no loader")]));
        Assert.Equal(ExitCode.NoDevice, e.Code);
        Assert.Contains(reason, e.Message);
        Assert.Contains("there are cpu, opencl:0 (GeForce A)", e.Message);
    }

    [Fact]
    public void Another_word_is_a_mistake_with_the_nearest_name()
    {
        var e = Assert.Throws<NnException>(() => DeviceChoice.Choose("opencel", Families()));
        Assert.Equal(ExitCode.Usage, e.Code);
        Assert.Contains("did you mean opencl?", e.Message);
    }

    // Each driver takes its time to start.
    [Theory]
    [InlineData("auto", "vulkan:0")]
    [InlineData("vulkan", "vulkan:0")]
    [InlineData("cpu", "cpu")]
    public void Only_drivers_that_matter_are_asked(string asked, string expected) => Assert.Equal(expected, DeviceChoice.Choose(
        asked, [new DeviceFamily("cpu", [Cpu], null), new DeviceFamily("vulkan", [Make("vulkan", 0, "GeForce", software: false)], null),
            new DeviceFamily("opencl", () => throw new InvalidOperationException())]).Name);

    private static DeviceFamily[] Families(params FoundDevice[] opencl) =>
        [new DeviceFamily("cpu", [Cpu], null), new DeviceFamily("opencl", opencl, opencl.Length == 0 ? "no driver" : null)];

    private static FoundDevice Make(string backend, int index, string name, bool software = true, bool limits = true, string? unusable = null) => new(
        backend, index, new DeviceInfo(name, "driver 1", 1 << 30, 1 << 28, 8, "", software), limits ? new GpuLimits(256, 32768, 16, 65535, 8) : null, unusable,
        () => throw new InvalidOperationException());
}
