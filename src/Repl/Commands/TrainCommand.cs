using Nn.Files;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn train</c>.</summary>
internal sealed class TrainCommand(RunOptions options)
{
    public int Run()
    {
        Project project = Project.Open(options);
        using TrainingSession session = project.Session(options.Device);
        var trainer = new Trainer(session);
        string script = project.Source.Text;
        if (options.Resume is { } from) Checkpoint.Restore(session, trainer.State, Safetensors.Load(from), from);
        string? save = options.Save ?? session.Definition.Checkpoint;
        var display = new TrainingDisplay(session, options.Json, options.Quiet);
        IReadOnlyDictionary<string, double> last = new Dictionary<string, double>();
        trainer.OnProgress = display.Progress;
        trainer.OnEpoch = e =>
        {
            last = e.Metrics;
            display.Epoch(e);
            if (session.Definition.Checkpoint is { } file) Checkpoint.Capture(session, trainer.State, script).Save(file);
        };
        if (options.Json)
        {
            JsonLine.Write(
                ("event", "start"), ("script", options.File), ("device", session.Backend.Name), ("epochs", session.Definition.Epochs),
                ("steps_per_epoch", session.Plan.StepsPerEpoch), ("parameters", Parameters(session)), ("planned_bytes", session.Plan.Plan.Bytes));
        }
        else if (!options.Quiet)
        {
            Console.Out.WriteLine($"{session.Definition.Name}: {Parameters(session):N0} parameters, {session.Plan.StepsPerEpoch:N0} steps an epoch, on {session.Backend.Name}");
        }

        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            // The first asks, the second insists.
            if (stop.IsCancellationRequested) return;
            e.Cancel = true;
            stop.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        TrainingEnd end;
        try
        {
            end = trainer.Run(stop.Token);
        }
        catch (NnException e) when (e.Code == ExitCode.Diverged)
        {
            display.Clear();
            if (save is not null) Checkpoint.Capture(session, trainer.State, script).Save(save);
            throw;
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }

        display.Clear();
        if (save is not null) Checkpoint.Capture(session, trainer.State, script).Save(save);
        Report(session, trainer, end, last, save);
        return (int)(end == TrainingEnd.Interrupted ? ExitCode.Interrupted : ExitCode.Ok);
    }

    private static long Parameters(TrainingSession session) => session.Plan.Slots.Parameters.Keys.Where(p => p.Trained).Sum(p => p.Shape.Count);

    private void Report(TrainingSession session, Trainer trainer, TrainingEnd end, IReadOnlyDictionary<string, double> metrics, string? save)
    {
        double rate = trainer.StepsRun / Math.Max(trainer.TrainingSeconds, 1e-9);
        if (options.Json)
        {
            JsonLine.Write(
                ("event", "done"), ("end", end switch { TrainingEnd.Finished => "finished", TrainingEnd.StoppedEarly => "early_stop", _ => "interrupted" }),
                ("epochs", session.Epoch), ("steps", session.Step), ("train_s", Math.Round(trainer.TrainingSeconds, 4)), ("steps_per_s", Math.Round(rate, 1)), ("metrics", metrics));
            return;
        }

        if (options.Quiet) return;
        string how = end switch
        {
            TrainingEnd.StoppedEarly => $"stopped early; the best weights, of epoch {trainer.State.BestEpoch + 1}, are kept",
            TrainingEnd.Interrupted => $"interrupted in epoch {session.Epoch + 1}, step {session.StepInEpoch}" + (save is null ? "" : $"; go on with --resume {save}"),
            _ => $"done: {session.Epoch} epochs",
        };
        Console.Out.WriteLine($"{how}, {session.Step:N0} steps in {TrainingDisplay.Time(trainer.TrainingSeconds)} ({rate:N0} steps/s)");
        if (save is not null) Console.Out.WriteLine($"saved to {save}");
    }
}
