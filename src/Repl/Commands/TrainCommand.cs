using System.Globalization;
using Nn.Data;
using Nn.Files;
using Nn.Networks.Figures;
using Nn.Networks.Runs;
using Nn.Networks.Sampling;
using Nn.Repl.Live;
using Nn.Repl.Options;
using Nn.Repl.Plots;
using Nn.Repl.Reports;
using Nn.Repl.Serve;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn train</c>.</summary>
internal sealed class TrainCommand(RunOptions options, string? samples, int? serve)
{
    private readonly string? _samples = samples;
    private readonly int? _serve = serve;

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("train", CommandGroup.Train, "trains a script's model")
    {
        Details = "`--epochs`, `--seed`, `--set name=value`, `--save FILE`, `--resume FILE`, `--device`, `--json`; `--run` keeps script, "
            + "settings, metrics, checkpoints and TensorBoard events in `runs/`; `--serve` opens a page in the browser: curves, boundary or "
            + "images as they form, pause, step, learning rate; `--samples FOLDER` draws a sheet after each epoch",
        Examples = ["nn train digits.nn --epochs 3 --save digits.safetensors", "nn train digits.nn --set lr=1e-4 --device vulkan --run"],
        Program = ProgramForm.OfScript(
            (c, o) => new TrainCommand(o, c.GetValue(SampleOptions.Folder), PlayCommand.Asked(c)).Run(),
            SampleOptions.Folder, Common.Save, Common.Resume, Common.Run, Common.Best, PlayCommand.Serve),
        Session = new("[N epochs | N steps]", "3 epochs", InSession) { Summary = "trains; Ctrl-C pauses and keeps the model" },
    };

    private const int SamplesShown = 64;
    private const string Shown = "the output";

    private IReadOnlyDictionary<string, StoredTensor> _weights = new Dictionary<string, StoredTensor>();

    public int Run()
    {
        Safetensors? resumed = options.Resume is null ? null : Safetensors.Load(options.Resume);
        RunOptions Of(int training) => options with { Bind = options.Bind with { Training = training } };
        int number = resumed is null ? 0 : Checkpoint.Training(resumed, options.Resume!);
        // The mistakes of all trainings are told before the first one.
        Project whole = Project.Open((resumed is null ? options : Of(number)) with { Trained = resumed });
        if (whole.Script.Training is not { Count: > 1 and var count }) return Run(whole, resumed, last: true);
        for (; number < count; number++, resumed = null)
        {
            Project project = whole.Definition.Number == number ? whole : Project.Open(Of(number) with { Resume = null }, tells: false);
            int code = Run(project, resumed, last: number == count - 1);
            if (code != (int)ExitCode.Ok) return code;
        }

        return (int)ExitCode.Ok;
    }

    // One of the trainings of a script. Pictures and the page are of the last.
    private int Run(Project project, Safetensors? resumed, bool last)
    {
        (string? samples, int? serve) = last ? (_samples, _serve) : (null, null);
        string? save = options.Save ?? project.Script.Training?.Checkpoint;
        if (save is not null) AtomicFile.CheckWritable(save);
        CheckpointFile.CheckReplaceable(options.Save, project.Script.Training?.Checkpoint);
        (TrainingDefinition definition, LoadedData data) = project.Training();
        SampleChoice? sampled = samples is null && definition.Shown is null ? null : SampleChoice.Find(definition, data, null);
        if (samples is not null) AtomicFile.CheckWritable(Path.Combine(samples, "epoch-001.png"));
        using TrainingRun training = sampled is null ? TrainingRun.Start(project, options.Device)
            : TrainingRun.StartSampling(project, options.Device, sampled, SamplesShown);
        (TrainingSession session, Trainer trainer) = (training.Session, training.Trainer);
        training.Take(_weights);
        if (resumed is not null)
        {
            Checkpoint.Restore(session, trainer.State, resumed, options.Resume!);
            ResumeNotice.Tell(resumed, options.Resume!, project, options.Bind.Set);
            ResumeNotice.Tell(session.Numbers, options.Resume!);
        }

        using RunFolder? run = options.RunHome is { } home ? RunFolder.Begin(home, options.File, project, options.Bind.Set, session, trainer) : null;
        TrainingDisplay? display = null;
        var outputs = new TrainingOutputs(line =>
        {
            display?.MakeRoom();
            ErrorOutput.Tell($"nn: {line}");
        });
        var kept = new KeptTraining(options, project, session, trainer, outputs, run);
        trainer.OnProgress = p => outputs.Try(Shown, () => display?.Progress(p) ?? false);
        trainer.OnEpoch = e =>
        {
            outputs.Try(Shown, () => display?.Epoch(e) ?? false);
            kept.Epoch(e);
            if (samples is not null && sampled is not null)
                outputs.Try(samples, () => Png.Save(Path.Combine(samples, $"epoch-{e.Epoch + 1:000}.png"), Sampler.Sheet(session, sampled, SamplesShown)));
        };
        trainer.OnRetry = r =>
        {
            display?.MakeRoom();
            if (options.Json) JsonLine.Write(("event", "retry"), ("epoch", r.Epoch + 1), ("retry", r.Retry), ("divide_lr", r.Rule.Divide), ("reason", r.What));
            else ErrorOutput.Tell($"nn: {r}");
        };
        bool interrupted;
        try
        {
            interrupted = Train();
        }
        catch (Exception e)
        {
            Exception told = kept.Fail(e);
            if (told != e) throw told;
            throw;
        }

        // The next training begins with them; after the last the device is not asked again.
        if (!last) _weights = training.Weights();
        outputs.Check();
        return (int)(interrupted ? ExitCode.Interrupted : ExitCode.Ok);

        bool Train()
        {
            // Who reads that the training begins may interrupt it.
            using var interrupt = new Interrupt();
            TellStart(session);
            // What is kept must be what the script says.
            using LiveRun? live = serve is null ? null : new LiveRun(training, replaceable: save is null && run is null && samples is null && resumed is null);
            using LivePage? page = live is null ? null : LivePage.Open(live, options.File, serve!.Value);
            if (page is not null) PlayCommand.Tell(page, options.Json);
            TrainingEnd end;
            do
            {
                outputs.Over = false;
                display = new TrainingDisplay(session, options.Json, options.Quiet, live?.Status.Epochs ?? session.Definition.Epochs, []);
                try
                {
                    end = live?.Run(interrupt.Asked) ?? trainer.Run(interrupt.Asked);
                }
                finally
                {
                    outputs.Try(Shown, () =>
                    {
                        display.Dispose();
                        return false;
                    });
                }

                // Of another script from the page there is nothing to keep and to tell.
                if (live?.Replacement is not null) continue;
                outputs.Over = true;
                (string? saved, IReadOnlyDictionary<string, double> metrics) = kept.End(end);
                outputs.Try(Shown, () => Report(session, trainer, end, metrics, saved, run));
                if (session.Definition.Shown is not null && options is { Json: false, Quiet: false }) outputs.Try(Shown, () => ShowPicture(training));
            }
            while (live?.GoesOn(interrupt.Asked) ?? false);
            return end == TrainingEnd.Interrupted && live?.Replacement is null;
        }
    }

    private static void ShowPicture(TrainingRun training) => Console.Out.WriteLine(Picture(training));

    // Images take as many lines as they have pixels, whatever the height.
    private static string Picture(TrainingRun training)
    {
        TextStyle style = TextStyle.ForOutput();
        Figure figure = FigureKinds.All.First(k => k.Name == "samples").Make(new RunFigureSource(training), []);
        return TerminalFigure.Write(figure, style.Width, style.Width, style.Colours);
    }

    private void TellStart(TrainingSession session)
    {
        if (options.Json)
        {
            JsonLine.Write(
                [("event", "start"), ("script", options.File), ("device", session.Backend.Name), ("epochs", session.Definition.Epochs),
                ("steps_per_epoch", session.Plan.StepsPerEpoch), ("parameters", Parameters(session)),
                 ("planned_bytes", session.Plan.Plan.Bytes), .. Which(session.Definition)]);
        }
        else if (!options.Quiet)
        {
            string which = session.Definition.Count > 1 ? $"training {session.Definition.Number + 1} of {session.Definition.Count}, " : "";
            Console.Out.WriteLine($"{which}{session.Definition.Name}: {Plural.Of(Parameters(session), "parameter")}, "
                + $"{Plural.Of(session.Plan.StepsPerEpoch, "step")} an epoch, on {session.Backend.Name}");
        }
    }

    private static (string, object?)[] Which(TrainingDefinition training) =>
        training.Count > 1 ? [("training", training.Number + 1), ("trainings", training.Count)] : [];

    private static long Parameters(TrainingSession session) => session.Plan.Slots.Parameters.Keys.Where(p => p.Trained).Sum(p => p.Shape.Count);

    private void Report(TrainingSession session, Trainer trainer, TrainingEnd end, IReadOnlyDictionary<string, double> metrics, string? saved, RunFolder? run)
    {
        double rate = trainer.StepsRun / Math.Max(trainer.TrainingSeconds, 1e-9);
        if (options.Json)
        {
            JsonLine.Write(
                ("event", "done"), ("epochs", session.Epoch), ("steps", session.Step), ("train_s", Math.Round(trainer.TrainingSeconds, 4)),
                ("steps_per_s", Math.Round(rate, 1)),
                ("metrics", metrics), ("end", end switch { TrainingEnd.Finished => "finished", TrainingEnd.StoppedEarly => "early_stop", _ => "interrupted" }));
            return;
        }

        if (options.Quiet) return;
        string how = end switch
        {
            TrainingEnd.StoppedEarly => $"stopped early; the best weights, of epoch {trainer.State.BestEpoch + 1}, are kept",
            TrainingEnd.Interrupted => $"interrupted in epoch {session.Epoch + 1}, step {session.StepInEpoch}"
                + (saved is null ? "" : $"; go on with --resume {saved}"),
            _ when trainer.State.LastWeights.Count > 0 =>
                $"done: {Plural.Of(session.Epoch, "epoch")}; the best weights, of epoch {trainer.State.BestEpoch + 1}, are kept",
            _ => $"done: {Plural.Of(session.Epoch, "epoch")}",
        };
        Console.Out.WriteLine($"{how}, {Plural.Of(session.Step, "step")} in {NumberText.Time(trainer.TrainingSeconds)} ({rate:N0} steps/s)");
        bool best = saved == session.Definition.Checkpoint && trainer.State.BestEpoch >= 0 && end != TrainingEnd.StoppedEarly;
        if (saved is not null)
            Console.Out.WriteLine($"saved to {saved}{(best ? $": the best epoch so far, {trainer.State.BestEpoch + 1}, and what --resume goes on from" : "")}");
        if (run is not null) Console.Out.WriteLine($"kept in {run.Path}; nn report {run.Path} --out report.html");
    }

    private static void InSession(ReplSession s, string[] words)
    {
        NnException Wrong() => new(ExitCode.Usage, "write :train, :train 3 epochs or :train 100 steps");
        if (words.Length == 0)
        {
            s.Train(null, null);
            if (s.Live() is { Session.Definition.Shown: not null, Session.Step: > 0 } live) s.Say(Picture(live));
            return;
        }

        if (words.Length > 2 || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1) throw Wrong();
        switch (words.Length == 1 ? "epochs" : words[1])
        {
            case "epoch" or "epochs": s.Train(n, null); break;
            case "step" or "steps": s.Train(null, n); break;
            default: throw Wrong();
        }
    }
}
