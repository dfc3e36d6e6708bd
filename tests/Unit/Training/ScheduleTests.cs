using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class ScheduleTests
{
    // Ten epochs of four steps.
    private static readonly TrainingLength Length = new(4, 40);

    [Fact]
    public void Constant_stays() => AssertRates(new ConstantSchedule(), 0.3, (0, 0.3), (39, 0.3));

    [Fact]
    public void Step_multiplies_after_every_so_many_epochs_or_steps()
    {
        AssertRates(new StepSchedule(new Duration(3, Epochs: true), 0.5), 1, (0, 1), (11, 1), (12, 0.5), (23, 0.5), (24, 0.25), (39, 0.125));
        AssertRates(new StepSchedule(new Duration(3, Epochs: false), 0.1), 1, (0, 1), (2, 1), (3, 0.1), (6, 0.01));
    }

    [Fact]
    public void Exponential_decays_by_the_factor_an_epoch()
    {
        AssertRates(new ExponentialSchedule(0.9), 2, (0, 2), (4, 1.8), (8, 1.62), (2, 2 * 0.94868329805051));
    }

    // PyTorch 1.13: CosineAnnealingLR(T_max=10, eta_min=0.1) from 1.
    [Fact]
    public void Cosine_gives_the_values_of_PyTorch()
    {
        double[] expected = [1.0, 0.9779754323328191, 0.9140576474687263, 0.8145033635316129, 0.6890576474687263, 0.55, 0.41094235253127376, 0.2854966364683872,
            0.18594235253127372, 0.12202456766718092, 0.1];
        AssertRates(new CosineSchedule(0.1), 1, new TrainingLength(1, 10), expected);
    }

    [Fact]
    public void Linear_is_a_straight_line() => AssertRates(new LinearSchedule(0.2), 1, (0, 1), (10, 0.8), (20, 0.6), (40, 0.2), (50, 0.2));

    // PyTorch 1.13: OneCycleLR(max_lr=1, total_steps=11, pct_start=0.3, div_factor=25, final_div_factor=1e4).
    [Fact]
    public void One_cycle_gives_the_values_of_PyTorch()
    {
        double[] first = [0.04, 0.4223411137347358, 0.9602614247226174, 0.9797465678213015, 0.8844757247686303, 0.7260870492975283, 0.5305827080875998,
            0.3300580289872949, 0.15743251279950787, 0.041045543206290856];
        AssertRates(new OneCycleSchedule(0.3, 25), 1, new TrainingLength(1, 11), first);
        double[] second = [0.01, 0.02174459872507034, 0.05084792382415141, 0.08211855863706653, 0.09923378948577559, 0.09944154689584331, 0.09698466119298503,
            0.09266461743616697, 0.08665272706555541, 0.07918739173990338];
        AssertRates(new OneCycleSchedule(0.25, 10), 0.1, new TrainingLength(1, 21), second);
    }

    // torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 4, 2, 0.1) and (o, 3): o.param_groups[0]["lr"] before each step.
    [Fact]
    public void Cosines_with_restarts_give_the_values_of_PyTorch()
    {
        double[] growing = [1.0, 0.8681980515339464, 0.55, 0.23180194846605365, 1.0, 0.9657457896300791, 0.8681980515339464, 0.7222075445642904, 0.55,
            0.3777924554357096, 0.23180194846605365, 0.13425421036992097, 1.0, 0.9913533761814537];
        AssertRates(new CosineRestartsSchedule(new Duration(1, Epochs: true), 2, 0.1), 1, Length, growing);
        double[] even = [1.0, 0.75, 0.2500000000000001, 1.0, 0.75, 0.2500000000000001, 1.0, 0.75];
        AssertRates(new CosineRestartsSchedule(new Duration(3, Epochs: false), 1, 0), 1, Length, even);
    }

    // Each as if the training were as long as its stage: a line over 4 steps, equal ratios over 3, then a cosine over the 13 that remain.
    [Fact]
    public void Stages_may_be_schedules()
    {
        var schedule = new StagesSchedule(
            [(new LinearSchedule(0), new Duration(1, Epochs: true)), (new SweepSchedule(0.01, 1), new Duration(3, Epochs: false)),
                (new CosineSchedule(0), new Duration(1, Epochs: true))]);
        AssertRates(schedule, 0.8, new TrainingLength(4, 20),
            [0.8, 0.6, 0.4, 0.2, 0.01, 0.1, 1, 0.8, 0.4 * (1 + Math.Cos(Math.PI / 13)), 0.4 * (1 + Math.Cos(2 * Math.PI / 13))]);
    }

    [Fact]
    public void Warmup_rises_to_the_rate_and_the_rest_follows_its_own_schedule()
    {
        // One epoch of four steps up, then a cosine over the 36 that remain.
        var schedule = new WarmupSchedule(new Duration(1, Epochs: true), new CosineSchedule(0));
        AssertRates(schedule, 1, (0, 0.25), (1, 0.5), (2, 0.75), (3, 1), (4, 1), (22, 0.5), (40, 0));
    }

    [Fact]
    public void Stages_follow_each_other_and_the_last_stays()
    {
        var schedule = new StagesSchedule(
            [(new RateSchedule(0.1), new Duration(2, Epochs: true)), (new RateSchedule(0.05), new Duration(3, Epochs: false)),
                (new RateSchedule(0.01), new Duration(1, Epochs: true))]);
        AssertRates(schedule, 99, (0, 0.1), (7, 0.1), (8, 0.05), (10, 0.05), (11, 0.01), (15, 0.01), (39, 0.01));
    }

    [Fact]
    public void A_duration_of_less_than_a_step_is_one() => Assert.Equal(1, new Duration(0.1, Epochs: true).Steps(Length));

    private static void AssertRates(Schedule schedule, double rate, params (long Step, double Rate)[] expected)
    {
        foreach ((long step, double value) in expected) Assert.Equal(value, schedule.Rate(rate, step, Length), 12);
    }

    private static void AssertRates(Schedule schedule, double rate, TrainingLength length, double[] expected)
    {
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.Rate(rate, step, length), 12);
    }
}
