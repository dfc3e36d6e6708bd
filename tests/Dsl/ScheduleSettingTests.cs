using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Dsl;

/// <summary>The schedule that a setting means: what it says, and what the manual says of the rest.</summary>
public class ScheduleSettingTests
{
    private static readonly Duration Two = new(2, Epochs: true);

    public static TheoryData<string, Schedule> Settings => new()
    {
        { "", new ConstantSchedule() },
        { "schedule constant", new ConstantSchedule() },
        { "schedule step(every: 2 epochs)", new StepSchedule(Two, 0.1) },
        { "schedule step(30 steps, 0.5)", new StepSchedule(new Duration(30, Epochs: false), 0.5) },
        { "schedule exponential", new ExponentialSchedule(0.95) },
        { "schedule exponential(0.9)", new ExponentialSchedule(0.9) },
        { "schedule cosine", new CosineSchedule(0) },
        { "schedule cosine(min: 1e-4)", new CosineSchedule(1e-4) },
        { "schedule cosine_restarts(2 epochs)", new CosineRestartsSchedule(Two, 1, 0) },
        { "schedule cosine_restarts(every: 2 epochs, grow: 2, min: 1e-4)", new CosineRestartsSchedule(Two, 2, 1e-4) },
        { "schedule 0.01 -> 0.1 for 2 epochs, then cosine", Stages(new SweepSchedule(0.01, 0.1), new CosineSchedule(0)) },
        { "schedule linear(to: 0.2) for 2 epochs, then 0.3", Stages(new LinearSchedule(0.2), new RateSchedule(0.3)) },
        { "schedule 0.1 for 2 epochs, then cosine, warmup: 2 epochs",
            new WarmupSchedule(Two, Stages(new RateSchedule(0.1), new CosineSchedule(0))) },
        { "schedule linear", new LinearSchedule(0) },
        { "schedule linear(to: 0.2)", new LinearSchedule(0.2) },
        { "schedule one_cycle", new OneCycleSchedule(0.3, 25) },
        { "schedule one_cycle(divisor: 10, rise: 0.4)", new OneCycleSchedule(0.4, 10) },
        { "schedule reduce_on_plateau", new PlateauSchedule("val_loss", 0.1, 10, Maximize: false) },
        { "schedule reduce_on_plateau(val_accuracy, patience: 3, factor: 0.5)", new PlateauSchedule("val_accuracy", 0.5, 3, Maximize: true) },
        { "schedule warmup: 2 epochs", new WarmupSchedule(Two, new ConstantSchedule()) },
        { "schedule cosine, warmup: 2 epochs", new WarmupSchedule(Two, new CosineSchedule(0)) },
        { "schedule cosine(warmup: 2 epochs)", new WarmupSchedule(Two, new CosineSchedule(0)) },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_setting_is_the_schedule_that_it_says(string setting, Schedule expected) => Assert.Equal(expected, Bound(setting));

    [Fact]
    public void The_last_stage_stays_when_nothing_says_how_long()
    {
        StagesSchedule stages = Assert.IsType<StagesSchedule>(Bound("schedule 0.1 for 2 epochs, then 0.01 for 30 steps, then 1e-3"));
        Assert.Equal([(new RateSchedule(0.1), Two), (new RateSchedule(0.01), new Duration(30, Epochs: false))], stages.Stages.Take(2));
        // Of ten steps an epoch, twenty and thirty steps are over at the fiftieth.
        var length = new TrainingLength(10, 1000);
        Assert.Equal([0.1, 0.01, 0.01, 1e-3, 1e-3], new long[] { 19, 20, 49, 50, 9_999 }.Select(step => stages.Rate(7, step, length)));
    }

    private static StagesSchedule Stages(Schedule first, Schedule then) => new([(first, Two), (then, new Duration(double.MaxValue / 2, Epochs: false))]);

    private static Schedule Bound(string setting) => Scripts.Bind("schedule.nn", $$"""
        model net { dense 4, relu; dense classes, softmax }
        data d { builtin moons, samples: 40; split 50/50 }
        train { loss cross_entropy; optimizer adam; epochs 3; metrics accuracy; {{setting}} }
        """).Training!.Steps[0].Schedule;
}
