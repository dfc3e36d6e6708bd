using Nn.Graphs;

namespace Nn.Data;

/// <summary>Where samples come from.</summary>
public enum DataSource
{
    /// <summary>A generator of this program.</summary>
    Builtin,

    /// <summary>A table with a header line.</summary>
    Csv,

    /// <summary>A folder with the four files of MNIST and its kin.</summary>
    Idx,

    /// <summary>A folder of images, PNG or JPEG, for each class.</summary>
    Images,

    /// <summary>A folder of sounds, WAV, for each class.</summary>
    Sound,

    /// <summary>Arrays of NumPy.</summary>
    Npz,

    /// <summary>A text, as windows of characters.</summary>
    Text,

    /// <summary>Sentences, a word and its tag a line.</summary>
    Tags,

    /// <summary>Pairs of texts, two a line with a tab between them.</summary>
    Pairs,

    /// <summary>Samples that the program around the runtime has in memory.</summary>
    Memory,

    /// <summary>Points that each step draws anew, or nothing at all.</summary>
    Drawn,
}

/// <summary>How inputs are brought to a common scale.</summary>
public enum Normalization
{
    /// <summary>As they are.</summary>
    None,

    /// <summary>Mean 0 and standard deviation 1 over the training part: per column of a table, per channel of images.</summary>
    Standard,

    /// <summary>The training part's smallest and largest value to the ends of a range.</summary>
    Range,

    /// <summary>A given mean and standard deviation.</summary>
    Given,
}

/// <summary>A <c>data</c> block: which samples, how they are split and scaled.</summary>
public sealed record DataSpec
{
    /// <summary>As in the script.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of source.</summary>
    public required DataSource Source { get; init; }

    /// <summary>Generator, file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>Samples that a generator makes; its default where null.</summary>
    public int? Samples { get; init; }

    /// <summary>Noise of a generator; its default where null.</summary>
    public double? Noise { get; init; }

    /// <summary>Classes of a generator; its default where null.</summary>
    public int? Classes { get; init; }

    /// <summary>How many samples of the training part keep their labels, in equal shares of the classes; null: all.</summary>
    public int? Labels { get; init; }

    /// <summary>Whether rows of a table without a value of the target are trained on, as samples without a label.</summary>
    public bool KeepsUnlabelled { get; init; }

    /// <summary>Seed of a generator.</summary>
    public uint SourceSeed { get; init; }

    /// <summary>Characters in a window of a text.</summary>
    public int Context { get; init; }

    /// <summary>The column of the words of tagged sentences, from 1.</summary>
    public int WordColumn { get; init; } = 1;

    /// <summary>The column of their tags, from 1; null: the last.</summary>
    public int? TagColumn { get; init; }

    /// <summary>How often a word occurs that gets a number of its own.</summary>
    public int AtLeast { get; init; } = 1;

    /// <summary>Whether samples are pairs of texts.</summary>
    public bool HasTextPairs => Source == DataSource.Pairs || (Source == DataSource.Builtin && Path == WrittenDates.Name);

    /// <summary>What the symbols of pairs of texts are.</summary>
    public TextUnit Unit { get; init; }

    /// <summary>Whether the targets of pairs of texts have the symbol that something to write begins with.</summary>
    public bool MarksStart { get; init; }

    /// <summary>Whether they have one more symbol behind the last, which says that they end.</summary>
    public bool MarksEnd { get; init; }

    /// <summary>How the characters of a text are numbered; null: by those that it has.</summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>
    /// Of the data that a trained model learnt from, whose features and classes are matched by name; null: they are numbered by what the data have.
    /// </summary>
    public Schema? Trained { get; init; }

    /// <summary>Height and width that images are brought to; null: as they are.</summary>
    public Shape? ImageSize { get; init; }

    /// <summary>Channels that images are brought to.</summary>
    public ImageColours Colours { get; init; }

    /// <summary>Values a second that sounds are brought to; null: as they are, or the generator's default.</summary>
    public int? Rate { get; init; }

    /// <summary>How long sounds are, cut or filled with silence; null: as they are, or the generator's default.</summary>
    public double? Seconds { get; init; }

    /// <summary>Whether whole numbers of an array of NumPy are symbols for <c>embed</c>.</summary>
    public bool Symbols { get; init; }

    /// <summary>Rows of a table that make a sample of a time series; 0: each row is a sample.</summary>
    public int Window { get; init; }

    /// <summary>How many rows after the last of a window its target is.</summary>
    public int Horizon { get; init; } = 1;

    /// <summary>The only target column of a table, or array; the first of several.</summary>
    public string? Target
    {
        get => Targets.Count > 0 ? Targets[0] : null;
        init => Targets = value is null ? [] : [value];
    }

    /// <summary>Target columns of a table, or arrays. One is the field <c>y</c>, unless inputs have names; otherwise each is a field of its name.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Columns of numbers that are the only target together; none: it is one column.</summary>
    public IReadOnlyList<string> TargetColumns { get; init; } = [];

    /// <summary>Inputs that have names; none: there is one, <c>x</c>.</summary>
    public IReadOnlyList<FieldSpec> Fields { get; init; } = [];

    /// <summary>What is drawn anew in each step, where the samples are such.</summary>
    public IReadOnlyList<DrawnField> Draws { get; init; } = [];

    /// <summary>Whether targets go by the names of their columns or arrays.</summary>
    public bool NamesTargets => Fields.Count > 0 || Targets.Count > 1;

    /// <summary>Input columns of a table, all others where empty (with windows, all); or the array of inputs.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Columns read as numbers or words whatever they look like.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>Shares of training, validation and perhaps test, adding up to 1; empty: all is training.</summary>
    public IReadOnlyList<double> Split { get; init; } = [];

    /// <summary>Column whose values (or <c>target</c>) are shared out evenly over the parts.</summary>
    public string? Stratify { get; init; }

    /// <summary>Whether samples are shuffled before splitting.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Seed of that shuffle.</summary>
    public uint SplitSeed { get; init; }

    /// <summary>How inputs are scaled; null is the source's default.</summary>
    public Normalization? Normalize { get; init; }

    /// <summary>Numbers of <see cref="Normalization.Range"/> (ends) and <see cref="Normalization.Given"/> (mean, standard deviation).</summary>
    public (double A, double B) NormalizeBy { get; init; }

    /// <summary>How the training part's inputs are varied in each step; null: not at all.</summary>
    public Augmentation? Augment { get; init; }

    /// <summary>Use only the first so many samples (after shuffling).</summary>
    public int? Limit { get; init; }
}

/// <summary>How a column of a table is read.</summary>
public enum ColumnType
{
    /// <summary>As a number.</summary>
    Number,

    /// <summary>As one of a set of words.</summary>
    Word,
}
