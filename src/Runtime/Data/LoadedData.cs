namespace Nn.Data;

/// <summary>One part of a data set, in the form in which a plan stores it.</summary>
/// <param name="Samples">Number of samples.</param>
/// <param name="Input">Inputs, one after the other.</param>
/// <param name="Target">Targets, one after the other.</param>
public sealed record DataPart(int Samples, byte[] Input, byte[] Target)
{
    /// <summary>No samples.</summary>
    public static DataPart Empty { get; } = new(0, [], []);
}

/// <summary>A data set in memory, split and ready to be copied to a device.</summary>
public sealed class LoadedData
{
    /// <summary>Shapes and types of a sample.</summary>
    public required DataInfo Info { get; init; }

    /// <summary>What the stored inputs mean, and how they are scaled.</summary>
    public required FieldForm Input { get; init; }

    /// <summary>The part trained on.</summary>
    public required DataPart Training { get; init; }

    /// <summary>The part that validation metrics are about.</summary>
    public required DataPart Validation { get; init; }

    /// <summary>The part kept for the end, if there is one.</summary>
    public DataPart Test { get; init; } = DataPart.Empty;

    /// <summary>Names of the classes, where the target is one.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Names of the input features of a table.</summary>
    public IReadOnlyList<string> FeatureNames => Input.Names;

    /// <summary>How characters are numbered, where the data are text.</summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>The columns of a table as they were read.</summary>
    public IReadOnlyList<DataColumn> Columns { get; init; } = [];

    /// <summary>What was decided: columns, encodings, gaps, sizes; shown by <c>nn data</c>.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What is likely not as it was meant, though the data can be used: a word that the model was not trained on, one class only.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
