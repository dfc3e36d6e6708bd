using Nn.Data;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>Figures of a training that is there.</summary>
/// <param name="run">The training.</param>
public sealed class RunFigureSource(TrainingRun run) : IFigureSource
{
    /// <inheritdoc/>
    public LoadedData? Data => run.Project.Data;

    /// <inheritdoc/>
    public IReadOnlyList<EpochResult> Epochs => [.. run.Epochs];

    /// <inheritdoc/>
    public TrainingRun Run() => run;
}
