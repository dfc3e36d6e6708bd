using Nn.Files;
using Nn.Networks.Runs;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>
/// What a training of the command line leaves on the disk as it goes: the file of <c>--save</c>, the checkpoint that the script names, the folder of the run.
/// It knows what is to be told where the training fails.
/// </summary>
/// <param name="options">The command line.</param>
/// <param name="project">Script and data.</param>
/// <param name="session">On the device.</param>
/// <param name="trainer">Runs it.</param>
/// <param name="outputs">Take note of what cannot be written.</param>
/// <param name="run">The folder of the run; null where it is not kept.</param>
internal sealed class KeptTraining(RunOptions options, Project project, TrainingSession session, Trainer trainer, TrainingOutputs outputs, RunFolder? run)
{
    private static readonly IReadOnlyDictionary<string, double> None = new Dictionary<string, double>();

    private readonly WritingPace _pace = new();
    private readonly string? _save = options.Save ?? session.Definition.Checkpoint;
    private readonly bool _replaces = (options.Save ?? session.Definition.Checkpoint) is not { } file || AtomicFile.Replaces(file);
    private IReadOnlyDictionary<string, double> _last = None, _best = None;

    // The newest beside the folder of the run, with its epochs: what a lost device leaves.
    private (string File, int Epochs)? _newest;

    /// <summary>Keeps an epoch that is over.</summary>
    public void Epoch(EpochResult e)
    {
        _last = e.Metrics;
        if (trainer.State.BestEpoch == e.Epoch) _best = _last;
        run?.Epoch(e, outputs);
        string? checkpoint = session.Definition.Checkpoint;
        if (checkpoint is not null && outputs.Try(checkpoint, () => Write(checkpoint))) _newest = (checkpoint, e.Epoch + 1);
        // The last epoch is written at the end.
        if (_save is null || _save == checkpoint || !_replaces || e.Epoch + 1 >= session.Definition.Epochs || !_pace.Due) return;
        if (_pace.Write(() => outputs.Try(_save, () => Write(_save)))) _newest = (_save, e.Epoch + 1);
    }

    /// <summary>Keeps how it ended.</summary>
    /// <returns>The file that it was saved to, or null, and the metrics of the weights that are in force.</returns>
    public (string? Saved, IReadOnlyDictionary<string, double> Metrics) End(TrainingEnd end)
    {
        string? saved = _save is not null && outputs.Try(_save, () => Write(_save)) ? _save : null;
        // With an early stop the best weights are in force at the end, so their metrics are the result.
        bool recalled = end == TrainingEnd.StoppedEarly || trainer.State.LastWeights.Count > 0;
        IReadOnlyDictionary<string, double> metrics = !recalled ? _last : _best.Count > 0 ? _best : session.Evaluate();
        run?.End(end switch { TrainingEnd.Finished => "finished", TrainingEnd.StoppedEarly => "stopped early", _ => RunFolder.Interrupted }, metrics, outputs);
        return (saved, metrics);
    }

    /// <summary>Keeps what it failed by.</summary>
    /// <returns>What the user is to be told.</returns>
    public Exception Fail(Exception failure)
    {
        outputs.Over = true;
        ExitCode code = Failure.Of(failure).Code;
        if (_save is not null && code == ExitCode.Diverged) outputs.Try(_save, () => Write(_save));
        run?.Fail(failure, _last, outputs);
        if (failure is not NnException told) return failure;
        return outputs.Told(code == ExitCode.DeviceLost ? new NnException(code, $"{told.Message}; {Left}", told) : told);
    }

    private string Left
    {
        get
        {
            if (run is { KeptEpochs: > 0 and var epochs } && !(_newest?.Epochs > epochs)) _newest = (run.LastFile, epochs);
            string GoOn(string file) => $"go on from it with --resume {file}, on this device or another --device";
            if (_newest is { } n) return $"{n.File} holds the training as it was after epoch {n.Epochs}: {GoOn(n.File)}";
            return options.Resume is { } begun ? $"{begun} holds what this training went on from: {GoOn(begun)}"
                : "nothing of the training is kept: --save FILE or --run keeps it as it goes";
        }
    }

    // The file of the script's checkpoint holds the best epoch, that of --save the weights in force; both hold what it takes to go on.
    private void Write(string file) =>
        Checkpoint.Capture(session, trainer.State, project.Source.Text, options.Bind.Set,
            file == session.Definition.Checkpoint ? KeptWeights.Best : KeptWeights.InForce).Save(file);
}
