using Nn.Dsl;
using Nn.Networks.Runs;
using Nn.Repl.Serve;
using Nn.Repl.Terminal;

namespace Nn.Repl.Session;

/// <content><c>:serve</c>: the page as a way to train what the session is about.</content>
internal sealed partial class ReplSession
{
    /// <summary>Opens the page and trains under it until Ctrl-C; another script of the page takes the place of the statements.</summary>
    internal void Serve(int port)
    {
        TrainingRun live = Live();
        using var run = new LiveRun(live, replaceable: true, paused: true);
        foreach (Training.EpochResult e in live.Epochs) run.Epochs.Add(e.Epoch + 1, e.Metrics);
        run.OnEpoch = e => (run.Replacement ?? live).Epochs.Add(e);
        using (LivePage page = LivePage.Open(run, Workspace.Origin.File, port))
        {
            if (_json) JsonLine.Write(("event", "page"), ("address", page.Address));
            else Say($"the page: {page.Address}\nCtrl-C comes back here");
            try
            {
                _interruption.Training(stop =>
                {
                    do run.Run(stop);
                    while (run.GoesOn(stop));
                    return true;
                });
            }
            finally
            {
                _kept.Changed = true;
                Adopt(run.Release());
            }
        }

        Training.TrainingSession now = _training.Current!.Session;
        Say($"epoch {now.Epoch}, step {now.Step:N0}; :train goes on");
    }

    private void Adopt(TrainingRun? other)
    {
        if (other is null) return;
        Workspace.Accept(Workspace.Split(new SourceText(Workspace.Origin.File, other.Project.Source.Text)));
        _training.Take(other);
        Say("the script of the page is now that of the session");
    }
}
