namespace Nn.Data;

/// <summary>A data set in memory, split and ready to be copied to a device.</summary>
public sealed class LoadedData
{
    /// <summary>What the fields of a sample are, and how they are scaled.</summary>
    public required Schema Schema { get; init; }

    /// <summary>What the stored bytes of the first input mean, and how they are scaled.</summary>
    public FieldForm Input => Schema.Input;

    /// <summary>What the stored bytes of the first target mean.</summary>
    public FieldForm Target => Schema.Target;

    /// <summary>The part trained on.</summary>
    public required Part Training { get; init; }

    /// <summary>The part that validation metrics are about.</summary>
    public required Part Validation { get; init; }

    /// <summary>The part kept for the end; no samples where there is none.</summary>
    public Part Test { get => field ?? Part.Empty(Schema); init; }

    /// <summary>Names of the classes, where the first target is one.</summary>
    public IReadOnlyList<string> ClassNames => Target.Names;

    /// <summary>Names of the features of the first input, where it has columns of a table.</summary>
    public IReadOnlyList<string> FeatureNames => Input.Names;

    /// <summary>
    /// What each epoch draws, where samples are drawn: then <see cref="Training"/> has those of the epoch under way, in a session, and of the first outside
    /// of it.
    /// </summary>
    public DrawnData? Drawn { get; init; }

    /// <summary>The same with other samples to train on.</summary>
    internal LoadedData With(Part training) => new()
    {
        Schema = Schema,
        Training = training,
        Validation = Validation,
        Test = Test,
        Drawn = Drawn,
        Vocabulary = Vocabulary,
        Columns = Columns,
        Notes = Notes,
        Warnings = Warnings,
    };

    /// <summary>How characters are numbered, where the data are text.</summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>The columns of a table as they were read.</summary>
    public IReadOnlyList<DataColumn> Columns { get; init; } = [];

    /// <summary>What was decided: columns, encodings, gaps, sizes; shown by <c>nn data</c>.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What is likely not as it was meant, though the data can be used: a word that the model was not trained on, one class only.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
