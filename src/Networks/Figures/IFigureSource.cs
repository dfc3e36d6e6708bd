using Nn.Data;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>What figures are made of.</summary>
public interface IFigureSource
{
    /// <summary>The script's data; null where it has none.</summary>
    LoadedData? Data { get; }

    /// <summary>Every epoch since the training began.</summary>
    IReadOnlyList<EpochResult> Epochs { get; }

    /// <summary>The training, begun if it is not yet: a figure that needs none does not ask.</summary>
    /// <exception cref="NnException">The script trains nothing.</exception>
    TrainingRun Run();
}
