using Nn.Data;

namespace Nn.Dsl;

/// <summary>The lines of a <c>data</c> block that say where samples come from.</summary>
internal static class DataSourceBinder
{
    /// <summary>One row a source.</summary>
    public static IReadOnlyList<Setting<DataSpec>> Rows { get; } =
    [
        new("data", "builtin", "samples that the program makes", "builtin moons, samples: 500, noise: 0.1", Builtin,
            OptionRow.Bare("path", OptionKind.Word, Generators.Names),
            new("samples", OptionKind.Whole, "", "how many samples are made"),
            new("noise", OptionKind.Number, "", "deviation of the noise on the samples"),
            new("seed", OptionKind.Whole, "0", Meanings.Seed),
            new("classes", OptionKind.Whole, "", "number of classes"),
            new("labels", OptionKind.Whole, "all", "how many samples of the training part keep their labels"),
            RateOption with { Default = "", Shown = "" }, SecondsOption with { Default = "", Shown = "" }),
        new("data", "csv", "a table with a head line: words become one-hot, gaps are filled, numbers are standardised", "csv \"iris.csv\"",
            (c, s) => s with { Source = DataSource.Csv, Path = File(c) }, OptionRow.Bare("path", OptionKind.Value)),
        new("data", "idx", "a folder with the four files of MNIST and its kin, plain or gzip", "idx \"mnist\"",
            (c, s) => s with { Source = DataSource.Idx, Path = File(c, "folder") }, OptionRow.Bare("path", OptionKind.Value)),
        new("data", "images", "a folder of images, PNG or JPEG, for each class", "images \"flowers\", rgb, size: 64x64", Images,
            OptionRow.Bare("path", OptionKind.Value), ColoursOption with { Positional = true }, SizeOption),
        new("data", "sound", "a folder of sounds, WAV, for each class", "sound \"words\", rate: 16000, seconds: 1", Sound,
            OptionRow.Bare("path", OptionKind.Value), RateOption, SecondsOption),
        new("data", "text", "windows of characters; the target is the character after each", "text \"tinyshakespeare.txt\", context: 64", Text,
            OptionRow.Bare("path", OptionKind.Value),
            new("context", OptionKind.Whole, null, "characters in a window")),
        new("data", "tags",
            "sentences, a word and its tag a line, an empty line between them: x the words, y the tags, as long as each sentence is",
            "tags \"sentences.conll\", column: 2, at_least: 2", Tags,
            OptionRow.Bare("path", OptionKind.Value),
            new("column", OptionKind.Whole, "the last", "column of the tags, from 1"),
            new("word", OptionKind.Whole, "1", "column of the words, from 1"),
            new("at_least", OptionKind.Whole, "1", "how often a word occurs that is not taken for an unknown one")),
        new("data", "pairs", "pairs of texts, two a line with a tab between them: source is given, target is wanted", "pairs \"fra-eng.tsv\"",
            (c, s) => s with { Source = DataSource.Pairs, Path = File(c) }, OptionRow.Bare("path", OptionKind.Value)),
        new("data", "npz", "two arrays of NumPy, samples first", "npz \"data.npz\", inputs: x, target: y", Npz,
            OptionRow.Bare("path", OptionKind.Value),
            new("inputs", OptionKind.Column, "x", "the array of the inputs"),
            new("target", OptionKind.Column, "y", "the array of the targets"),
            SymbolsOption),
    ];

    /// <summary>The words that begin such a line.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Rows.Select(r => r.Name)];

    /// <summary>Of images: channels that they are to be brought to.</summary>
    public static OptionRow ColoursOption => new("colours", OptionKind.Word, "as they are", "grey (one channel) or rgb (three)", PlainWords.In("images"));

    /// <summary>Of images: the size that they are to be brought to.</summary>
    public static OptionRow SizeOption => new("size", OptionKind.Shape, "as they are", "height x width to which images are brought");

    /// <summary>Of arrays: whether they are numbers or symbols.</summary>
    public static OptionRow SymbolsOption => OptionRow.Flag("symbols", "false", "true: whole numbers are symbols, for embed");

    private static OptionRow RateOption => new("rate", OptionKind.Whole, "as they are", "of sounds: values a second");

    private static OptionRow SecondsOption => new("seconds", OptionKind.Number, "as they are", "of sounds: how long they are");

    /// <summary>Channels that images are to be brought to.</summary>
    public static ImageColours Colours(SettingCall c) => c.Word("colours", "colour") switch
    {
        null => ImageColours.AsTheyAre,
        "grey" => ImageColours.Grey,
        _ =>
        ImageColours.Rgb
    };

    /// <summary>Height and width that images are to be brought to.</summary>
    public static Graphs.Shape? Size(SettingCall c)
    {
        if (c.Find("size") is not { } a) return null;
        Value v = Evaluator.Evaluate(a.Value, c.Env);
        return v is ShapeValue { Shape: { Rank: 2 } shape } && shape.All(d => d.Extent is > 0 and <= 1 << 14) ? shape
            : throw BindError.NotAShape(a.Value.Span, "size", v.Describe());
    }

    private static DataSpec Builtin(SettingCall c, DataSpec spec)
    {
        Argument path = Path(c, "the name of a generator");
        string generator = SettingReader.Word(path, "generator", Generators.Names);
        if (!Generators.MakesSounds(generator) && (c.Find("rate") ?? c.Find("seconds")) is { } sound)
            throw BindError.UnexpectedArgument(sound.NameSpan, $"builtin {generator}", $"'{sound.Name}'", "it is about sounds, such as builtin tones");
        return spec with
        {
            Source = DataSource.Builtin,
            Path = generator,
            Rate = Rate(c),
            Seconds = Seconds(c),
            Samples = c.Whole("samples", WholeRange.Positive),
            Classes = c.Whole("classes", new WholeRange(2)),
            Labels = c.Whole("labels", WholeRange.Positive),
            SourceSeed = (uint)(c.Whole("seed", WholeRange.FromZero) ?? 0),
            Noise = c.Number("noise", "noise") is not { } noise ? null : noise >= 0 ? noise
                : throw BindError.OutOfRange(c.Find("noise")!.Value.Span, "noise", noise, "at least 0"),
        };
    }

    private static int? Rate(SettingCall c) => c.Whole("rate", WholeRange.Positive) is not { } rate ? null : rate <= Files.Sound.HighestRate ? rate
        : throw BindError.OutOfRange(c.Find("rate")!.Value.Span, "rate", rate, $"at most {Files.Sound.HighestRate:N0}");

    private static double? Seconds(SettingCall c) => c.Number("seconds", "seconds") is not { } seconds ? null : seconds > 0 ? seconds
        : throw BindError.OutOfRange(c.Find("seconds")!.Value.Span, "seconds", seconds, "above 0");

    private static DataSpec Text(SettingCall c, DataSpec spec) => spec with
    {
        Source = DataSource.Text,
        Path = File(c),
        Context = c.Whole("context", WholeRange.Positive) ?? throw BindError.MissingArgument(c.Span, "text", "the number of characters in a window",
            "text \"file.txt\", context: 64"),
    };

    private static DataSpec Tags(SettingCall c, DataSpec spec) => spec with
    {
        Source = DataSource.Tags,
        Path = File(c),
        TagColumn = c.Whole("column", WholeRange.Positive),
        WordColumn = c.Whole("word", WholeRange.Positive) ?? 1,
        AtLeast = c.Whole("at_least", WholeRange.Positive) ?? 1,
    };

    private static DataSpec Images(SettingCall c, DataSpec spec) => spec with
    {
        Source = DataSource.Images,
        Path = File(c, "folder"),
        Colours = Colours(c),
        ImageSize = Size(c)
    };

    private static DataSpec Sound(SettingCall c, DataSpec spec) => spec with
    {
        Source = DataSource.Sound,
        Path = File(c, "folder"),
        Rate = Rate(c),
        Seconds = Seconds(c),
    };

    private static DataSpec Npz(SettingCall c, DataSpec spec) => spec with
    {
        Source = DataSource.Npz,
        Path = File(c),
        Inputs = c.Word("inputs", "array") is { } inputs ? [inputs] : [],
        Target = c.Word("target", "array"),
        Symbols = c.Flag("symbols") ?? false,
    };

    private static Argument Path(SettingCall c, string what) => c.Find("path") ?? throw BindError.MissingArgument(c.Span, c.Name, what);

    private static string File(SettingCall c, string what = "file")
    {
        Argument path = Path(c, $"a \"{what}\"");
        return path.Value is StringExpr s ? s.Value : throw BindError.UnexpectedArgument(path.Span, c.Name, SyntaxText.Of(path.Value),
            "a file stands between quotes");
    }
}
