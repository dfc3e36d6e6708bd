using Nn.Networks.Inspection;

namespace Nn.Tests.Cli.Inspect;

/// <summary>The peak of a device from stretches whose times are given.</summary>
public class MeasuredRateTests
{
    [Fact]
    public void On_a_quiet_machine_clock_and_processor_time_say_the_same()
    {
        MeasuredRate rate = MeasuredRate.Best([new Stretch(10, 1, 2), new Stretch(30, 2, 4)], threads: 2);
        Assert.Equal((15, 1), (rate.PerSecond, rate.Share));
    }

    [Fact]
    public void On_a_busy_one_the_time_of_others_does_not_lower_the_peak()
    {
        // Half of the processors for the first, two thirds for the second: 20 and 22.5 by processor time, 10 and 15 by the clock.
        MeasuredRate rate = MeasuredRate.Best([new Stretch(10, 1, 1), new Stretch(30, 2, 8.0 / 3)], threads: 2);
        Assert.Equal(22.5, rate.PerSecond, 9);
        Assert.Equal(11.0 / 18, rate.Share, 9);
        Assert.True(rate.Share < MeasuredRate.Busy);
    }

    [Fact]
    public void Ticks_of_the_processor_clock_make_no_peak()
    {
        // Shorter than a tick: no processor time is told at all, or more than there was.
        Assert.Equal(10, MeasuredRate.Best([new Stretch(10, 1, 0)], threads: 2).PerSecond);
        Assert.Equal(10, MeasuredRate.Best([new Stretch(10, 1, 9)], threads: 2).PerSecond);
    }

    [Fact]
    public void Another_device_is_measured_by_the_clock() =>
    Assert.Equal((10, 1), (MeasuredRate.Best([new Stretch(10, 1, 0.01)], threads: 0) is var r ? r.PerSecond : 0, r.Share));
}
