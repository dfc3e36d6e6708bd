using Nn.Dsl;
using Nn.Repl.Serve;

namespace Nn.Repl;

/// <content><c>:serve</c>: the page as a way to train what the session is about.</content>
internal sealed partial class ReplSession
{
    /// <summary>Opens the page and trains under it until Ctrl-C; another script of the page takes the place of the statements.</summary>
    internal void Serve(int port)
    {
        LiveTraining live = Live();
        using var run = new LiveRun(live.Project, Device, live.Session, live.Trainer, replaceable: true, paused: true);
        foreach (Training.EpochResult e in Curves) run.Epochs.Add(e.Epoch + 1, e.Metrics);
        (run.OnEpoch, run.OnReplace) = (Curves.Add, Curves.Clear);
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

        LiveTraining now = _live!;
        Say($"epoch {now.Session.Epoch}, step {now.Session.Step:N0}; :train goes on");
    }

    private void Adopt(LiveTraining? other)
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
