using System.CommandLine;
using System.Globalization;
using Nn.Backends;
using Nn.Networks.Figures;
using Nn.Repl.Options;
using Nn.Repl.Plots;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn lr</c> and <c>:lr</c>: the loss while the learning rate grows, and a rate to take.</summary>
internal static class RateCommand
{
    private const int Steps = 200, Width = 100, Height = 20;
    private const double First = 1e-6, Last = 10;

    private static readonly Option<double> From = Rate("--from", "the first learning rate", First);
    private static readonly Option<double> To = Rate("--to", "the last learning rate", Last);
    private static readonly Option<int> Count = new("--steps")
    {
        Description = "steps from the first rate to the last",
        DefaultValueFactory = _ => Steps,
    };

    private static readonly Option<string?> Plot = new("--plot") { Description = "draws into a file, .svg or .png, in place of the terminal" };

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("lr", CommandGroup.Train,
        "finds a learning rate: takes steps with a growing one, draws the loss, and says where it falls fastest")
    {
        Details = "`--from 1e-6`, `--to 10`, `--steps 200`, `--plot lr.svg` or `.png`, `--json`; the weights are not kept",
        Examples = ["nn lr digits.nn"],
        Program = ProgramForm.OfScript((c, o) => Run(o, (c.GetValue(From), c.GetValue(To), c.GetValue(Count)), c.GetValue(Plot)), From, To, Count, Plot),
        Session = new("[> FILE]", "", InSession)
        {
            Summary = "finds a learning rate: the loss while it grows, from the first weights; the training stays as it is",
        },
    };

    private static void InSession(ReplSession s, string[] words)
    {
        (string[] what, string? file) = CommandWords.Target(words);
        if (what.Length > 0) throw new NnException(ExitCode.Usage, "write :lr, or :lr > lr.svg");
        Run(s.Options(), (First, Last, Steps), file);
    }

    private static int Run(RunOptions options, (double From, double To, int Steps) range, string? file)
    {
        if (!(range.From > 0 && range.To > range.From)) throw new NnException(ExitCode.Usage, "--from and --to are rates above 0, the second the larger one");
        if (range.Steps < 2) throw new NnException(ExitCode.Usage, "--steps is 2 or more");
        Project project = Project.Open(options);
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        using IBackend backend = DeviceChoice.Open(options.Device);
        RateTest test = RateTest.Measure(backend, training, data, range.From, range.To, range.Steps);
        if (options.Json)
        {
            foreach (RatePoint p in test.Points)
                JsonLine.Write(("event", "lr_point"), ("lr", p.Rate), ("loss", p.Loss), ("smoothed", p.Smoothed));
            JsonLine.Write(("event", "lr"), ("suggested", test.Suggested), ("smallest_at", test.Smallest), ("exploded", test.Exploded));
        }

        if (file is not null) FigureFile.Save(RateTestFigure.Of(test), file);
        if (options.Json || options.Quiet) return 0;
        Console.Out.WriteLine(file is null && test.Points.Count > 1
            ? TerminalFigure.Write(RateTestFigure.Of(test), Console.IsOutputRedirected ? Width : Math.Max(40, Console.WindowWidth), Height, colour: false)
            : $"drawn to {file}");
        Console.Out.WriteLine(Advice(test));
        return 0;
    }

    private static string Advice(RateTest test)
    {
        string Short(double rate) => rate.ToString(rate < 1e-3 ? "0.#e-0" : "G2", CultureInfo.InvariantCulture);
        string end = test.Points.Count == 0 ? "the loss is no number from the first step on"
            : test.Exploded ? $"from {Short(test.Points[^1].Rate)} on it explodes" : $"up to {Short(test.Points[^1].Rate)} it does not explode";
        return test.Suggested is { } rate
            ? $"the loss falls fastest at a learning rate of {Short(rate)}, and is smallest at {Short(test.Smallest!.Value)}; {end}. Try lr: {Short(rate)}"
            : $"the loss does not fall at any of these learning rates; {end}. Try other bounds, or look at the data";
    }

    private static Option<double> Rate(string name, string description, double value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
    };
}
