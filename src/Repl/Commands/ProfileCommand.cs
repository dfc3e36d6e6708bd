using System.Globalization;
using Nn.Backends;
using Nn.Networks.Inspection;
using Nn.Planning;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn profile</c> and <c>:profile</c>: the time of each step of a training step, measured on the device, the longest first.</summary>
internal static class ProfileCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("profile", CommandGroup.Speed, "the time of each kernel of a training step, measured on the device")
    {
        Details = "with GFLOP/s, GB/s and the share of what the device reaches at its best; `--device`, `--json`",
        Program = ProgramForm.OfScript((c, o) => Run(o, c.GetValue(Common.Seconds)), Common.Seconds),
        Session = new(s => Run(s.Options(), 2)),
    };

    private const int MostShown = 40, WidestText = 60;

    public static int Run(RunOptions options, double seconds)
    {
        using IBackend backend = DeviceChoice.Open(options.Device);
        (TrainingDefinition training, Data.LoadedData data) = Project.Open(options).Training();
        StepProfile profile;
        using (var session = new TrainingSession(backend, training, data)) profile = StepProfile.Measure(session, seconds);
        bool realGpu = backend.Name != "cpu" && !backend.Device.Software;
        MeasuredRate product = PeakRate.Measure(backend, realGpu), sum = PeakRate.MeasureMemory(backend, realGpu);
        // No kernel does more than the device can: the best of them has shown what that is.
        double peak = Math.Max(product.PerSecond, profile.Steps.Max(s => s.Gflops)), share = Math.Min(product.Share, sum.Share);
        if (options.Json) Json(profile, backend, peak, sum.PerSecond, share);
        else Text(profile, backend, peak, sum.PerSecond, share);
        return 0;
    }

    private static void Text(StepProfile profile, IBackend backend, double peak, double memory, double had)
    {
        double sum = profile.OneByOne;
        TimedStep[] order = [.. profile.Steps.OrderByDescending(s => s.Seconds)];
        Console.Out.WriteLine(
            $"a training step on {backend.Name} ({backend.Device.Name}): {Time(profile.Together)}; its {order.Length} kernels one by one, "
                + $"{profile.Rounds:N0} rounds:");
        int kind = Math.Max(6, order.Max(s => s.Step.Kind.Length)), label = Math.Max(2, order.Max(s => s.Step.Label.Length));
        Console.Out.WriteLine(
            $"{"time",9} {"share",7} {"GFLOP/s",9} {"of peak",8} {"GB/s",7} {"of peak",8}  {"#",3}  {"kernel".PadRight(kind)}  {"in".PadRight(label)}  "
                + "computes");
        foreach (TimedStep s in order.Take(MostShown))
        {
            string what = PlanText.Describe(s.Step);
            bool counts = s.Gflops > 0, moves = s.GigabytesPerSecond > 0;
            Console.Out.WriteLine(
                ($"{Time(s.Seconds),9} {Percent(s.Seconds / sum),7} {(counts ? Number(s.Gflops) : ""),9} {(counts ? Percent(s.Gflops / peak) : ""),8} "
                    + $"{(moves ? Number(s.GigabytesPerSecond) : ""),7} {(moves ? Percent(s.GigabytesPerSecond / memory) : ""),8}  "
                    + $"{s.Number,3}  {s.Step.Kind.PadRight(kind)}  {s.Step.Label.PadRight(label)}  "
                    + (what.Length > WidestText ? what[..(WidestText - 1)] + "…" : what)).TrimEnd());
        }

        if (order.Length > MostShown)
            Console.Out.WriteLine($"and {order.Length - MostShown} more, {Percent(order.Skip(MostShown).Sum(s => s.Seconds) / sum)} of the time");
        Console.Out.WriteLine(
            $"by kernel: {string.Join(", ", order.GroupBy(s => s.Step.Kind).OrderByDescending(k => k.Sum(s => s.Seconds))
                .Select(k => $"{k.Key} {Percent(k.Sum(s => s.Seconds) / sum)}"))}");
        Console.Out.WriteLine(
            $"one by one {Time(sum)}, {Number(sum / profile.Together)} times the step as usual: each kernel is started on its own and waits for the one "
                + "before it");
        Console.Out.WriteLine(
            $"peak: {Number(peak)} GFLOP/s in a large matrix product, {Number(memory)} GB/s in a sum of long vectors; what fits the caches may pass the "
                + "latter");
        if (had < MeasuredRate.Busy)
            Console.Out.WriteLine(
                $"the machine is busy: nn had {Percent(had)} of its processors while the peak was measured. The peak is by processor time, the times of "
                    + "kernels by the clock, so they are longer than they need be");
    }

    private static void Json(StepProfile profile, IBackend backend, double peak, double memory, double had)
    {
        foreach (TimedStep s in profile.Steps.OrderByDescending(s => s.Seconds))
        {
            JsonLine.Write(
                ("event", "profile_step"), ("step", s.Number), ("kind", s.Step.Kind), ("label", s.Step.Label), ("computes", PlanText.Describe(s.Step)),
                ("seconds", s.Seconds), ("share", s.Seconds / profile.OneByOne),
                ("flop", s.Step.Flops), ("bytes", s.Step.Bytes), ("gflops", s.Gflops), ("gbytes_per_s", s.GigabytesPerSecond),
                ("of_peak_flops", s.Gflops / peak), ("of_peak_memory", s.GigabytesPerSecond / memory));
        }

        JsonLine.Write(
            ("event", "profile"), ("device", backend.Name), ("kernels", profile.Steps.Count), ("rounds", profile.Rounds),
            ("seconds_one_by_one", profile.OneByOne), ("seconds_together", profile.Together),
            ("peak_gflops", peak), ("peak_gbytes_per_s", memory), ("processor_share", had));
    }

    private static string Percent(double share) => $"{(share * 100).ToString("F1", CultureInfo.InvariantCulture)} %";

    private static string Time(double seconds) => seconds switch
    {
        < TimedStep.Shortest => "too short",
        < 1e-6 => $"{(seconds * 1e9).ToString("F0", CultureInfo.InvariantCulture)} ns",
        < 1e-4 => $"{(seconds * 1e6).ToString("F1", CultureInfo.InvariantCulture)} µs",
        _ => NumberText.Time(seconds),
    };

    private static string Number(double v) => v.ToString(v >= 100 ? "N0" : v >= 1 ? "N1" : "0.##", CultureInfo.InvariantCulture);
}
