using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Planning;
using Nn.Repl.Commands;
using Nn.Repl.Session;
using Nn.Training;

namespace Nn.Tests.Cli.Plots;

/// <summary>A session in this process, so that tests see figures before they are drawn.</summary>
internal sealed class LiveSession : IDisposable
{
    public LiveSession(params string[] inputs)
    {
        Repl = new ReplSession("cpu", json: false, new History(false), CommandTable.All);
        foreach (string input in inputs) Repl.Execute(input);
        Assert.Equal(ExitCode.Ok, Repl.Code);
    }

    public ReplSession Repl { get; }

    public TrainingSession Training => Repl.Live().Session;

    /// <summary>The figure of a plot, such as <c>activations dense_1</c>.</summary>
    public Figure Plot(string words)
    {
        string[] all = words.Split(' ');
        return FigureKinds.All.Single(k => k.Name == all[0]).Make(Repl, all[1..]);
    }

    /// <summary>The values of a weight now.</summary>
    public float[] Weight(string name)
    {
        (Parameter _, Slot slot) = Training.Plan.Slots.Parameters.Single(p => p.Key.Name == name);
        return Training.Read<float>(slot);
    }

    public void Dispose() => Repl.Dispose();
}
