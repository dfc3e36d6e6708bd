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
        using var stop = new CancellationTokenSource();
        using (LivePage page = LivePage.Open(run, _workspace.Origin.File, port))
        {
            if (_json) JsonLine.Write(("event", "page"), ("address", page.Address));
            else Say($"the page: {page.Address}\nCtrl-C comes back here");
            _running = stop;
            try
            {
                do run.Run(stop.Token);
                while (run.GoesOn(stop.Token));
            }
            finally
            {
                _running = null;
                Changed = true;
                Adopt(run.Release());
            }
        }

        TrainingRun now = _live!;
        Say($"epoch {now.Session.Epoch}, step {now.Session.Step:N0}; :train goes on");
    }

    private void Adopt(TrainingRun? other)
    {
        if (other is null) return;
        _live?.Dispose();
        _live = other;
        _workspace.Accept(Workspace.Split(new SourceText(_workspace.Origin.File, other.Project.Source.Text)));
        // The text of the statements is the script without what stands between them.
        (_project, _projectText) = (other.Project, _workspace.Text);
        Say("the script of the page is now that of the session");
    }
}
