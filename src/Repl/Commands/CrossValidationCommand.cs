using Nn.Backends;
using Nn.Networks.Search;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training.Search;

namespace Nn.Repl.Commands;

/// <summary><c>nn cv</c>: the training as written, once for each fold of the training part, evaluated on that fold.</summary>
internal sealed class CrossValidationCommand(RunOptions options, int folds)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("cv", CommandGroup.Train, "cross-validates a script: trains with each fold of the data held out once")
    {
        Examples = ["nn cv iris.nn --folds 5"],
        Program = ProgramForm.OfScript((c, o) => new CrossValidationCommand(o, c.GetValue(Common.Folds)).Run(), Common.Folds, Common.Best),
        Session = new("[FOLDS]", "10", InSession),
    };

    private const int DefaultFolds = 5;

    public int Run()
    {
        if (folds < 2) throw new NnException(ExitCode.Usage, $"--folds {folds}: cross-validation needs at least 2");
        TrialSetup setup = new TrialBinder(options.File, options.Bind, options.Project?.Source ?? Project.Read(options.File),
            folds).Bind(new Dictionary<string, string>());
        using IBackend backend = DeviceChoice.Open(options.Device);
        string metric = setup.Metrics.First(m => m.StartsWith("val_", StringComparison.Ordinal));
        using var runner = new TrialRunner(backend, metric);
        if (options.Json)
            JsonLine.Write(("event", "start"), ("script", options.File), ("device", backend.Name), ("folds", folds), ("epochs", setup.Training.Epochs));
        else if (!options.Quiet)
            Console.Out.WriteLine($"{setup.Training.Name}: {folds} folds of {setup.Folds.Sum(f => f.Validation.Samples):N0} samples, on {backend.Name}");
        runner.OnFold = (fold, result) =>
        {
            if (options.Json) JsonLine.Write(("event", "fold"), ("fold", fold + 1), ("metrics", result));
            else if (!options.Quiet)
                Console.Out.WriteLine($"fold {fold + 1}/{folds}  {string.Join("  ", result.Select(m => $"{m.Key} {NumberText.Number(m.Value)}"))}");
        };
        Trial? trial;
        using (var interrupt = new Interrupt()) trial = runner.Run(1, [], () => setup, interrupt.Asked);
        if (trial is null) return (int)ExitCode.Interrupted;
        if (trial.State == TrialState.Failed) throw new NnException(trial.Code, $"fold {trial.Curves.Count}: {trial.Why}");
        Dictionary<string, (double Mean, double Deviation)> all = trial.Results[0].Keys.ToDictionary(m => m, m =>
        {
            double[] values = [.. trial.Results.Select(r => r[m])];
            return (values.Average(), Trial.StandardDeviation(values));
        });
        if (options.Json)
        {
            JsonLine.Write(
                ("event", "done"), ("epochs", trial.Epochs), ("seconds", Math.Round(trial.Seconds, 4)),
                ("metrics", all.ToDictionary(m => m.Key, m => m.Value.Mean)),
                ("deviations", all.ToDictionary(m => m.Key, m => m.Value.Deviation)));
        }
        else if (!options.Quiet)
        {
            int width = all.Keys.Max(m => m.Length);
            foreach ((string name, (double mean, double deviation)) in all)
                Console.Out.WriteLine($"{name.PadRight(width)}  {NumberText.Number(mean)} ± {NumberText.Number(deviation)}");
        }

        return 0;
    }

    private static void InSession(ReplSession s, string[] words)
    {
        int folds = words.Length == 0 ? DefaultFolds : CommandWords.Whole(words, 2, "write :cv, or :cv 10 for ten folds");
        s.Interruptible(() => new CrossValidationCommand(s.Options(), folds).Run());
    }
}
