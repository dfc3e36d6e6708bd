using Nn.Data;

namespace Nn.Dsl;

/// <summary>Reads the line of a <c>data</c> block that says where samples come from.</summary>
internal static class DataSourceBinder
{
    private sealed record Kind(DataSource Source, string Path, string[] Positional, string[] Named);

    private static readonly Dictionary<string, Kind> Kinds = new()
    {
        ["builtin"] = new(DataSource.Builtin, "the name of a generator", [], ["samples", "noise", "seed", "classes"]),
        ["csv"] = new(DataSource.Csv, "a \"file\"", [], []),
        ["idx"] = new(DataSource.Idx, "a \"folder\"", [], []),
        ["images"] = new(DataSource.Images, "a \"folder\"", ["colours"], ["size"]),
        ["text"] = new(DataSource.Text, "a \"file\"", [], ["context"]),
        ["npz"] = new(DataSource.Npz, "a \"file\"", [], ["inputs", "target", "symbols"]),
    };

    /// <summary>The words that begin such a line.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Keys];

    /// <summary>What the line states.</summary>
    public static DataSpec Bind(string name, Item item, Env env)
    {
        Kind kind = Kinds[item.Head.Name];
        Dictionary<string, Argument> o = SettingReader.Options(item, ["path", .. kind.Positional], kind.Named);
        if (!o.TryGetValue("path", out Argument? path)) throw BindError.MissingArgument(item.Span, item.Head.Name, kind.Path);
        var spec = new DataSpec
        {
            Name = name,
            Source = kind.Source,
            Path = kind.Source == DataSource.Builtin
                ? SettingReader.Word(path, "generator", Generators.Names)
                : path.Value is StringExpr s ? s.Value : throw BindError.UnexpectedArgument(path.Span, item.Head.Name, SyntaxText.Of(path.Value), "a file stands between quotes"),
        };
        int? Whole(string option, int least = 1) => o.TryGetValue(option, out Argument? a) ? Evaluator.Whole(a.Value, env, option, new WholeRange(least)) : null;
        return kind.Source switch
        {
            DataSource.Builtin => spec with
            {
                Samples = Whole("samples"),
                Classes = Whole("classes", 2),
                SourceSeed = (uint)(Whole("seed", 0) ?? 0),
                Noise = o.TryGetValue("noise", out Argument? noise) ? AtLeastZero(noise, env) : null,
            },
            DataSource.Text => spec with
            {
                Context = Whole("context") ?? throw BindError.MissingArgument(item.Span, "text", "the number of characters in a window", "text \"file.txt\", context: 64"),
            },
            DataSource.Images => spec with
            {
                Colours = o.TryGetValue("colours", out Argument? c) ? Colours(c) : ImageColours.AsTheyAre,
                ImageSize = o.TryGetValue("size", out Argument? size) ? Size(size, env) : null,
            },
            DataSource.Npz => spec with
            {
                Inputs = o.TryGetValue("inputs", out Argument? inputs) ? [SettingReader.Word(inputs, "array")] : [],
                Target = o.TryGetValue("target", out Argument? target) ? SettingReader.Word(target, "array") : null,
                Symbols = o.TryGetValue("symbols", out Argument? symbols) && SettingReader.Flag(symbols, "symbols"),
            },
            _ => spec,
        };
    }

    private static double AtLeastZero(Argument a, Env env)
    {
        double v = Evaluator.Number(a.Value, env, "noise");
        return v >= 0 ? v : throw BindError.OutOfRange(a.Value.Span, "noise", v, "at least 0");
    }

    /// <summary>Channels that images are to be brought to.</summary>
    public static ImageColours Colours(Argument a) => SettingReader.Word(a, "colour", ["grey", "rgb"]) == "grey" ? ImageColours.Grey : ImageColours.Rgb;

    /// <summary>Height and width that images are to be brought to.</summary>
    public static Graphs.Shape Size(Argument a, Env env)
    {
        Value v = Evaluator.Evaluate(a.Value, env);
        return v is ShapeValue { Shape: { Rank: 2 } shape } && shape.All(d => d.Extent is > 0 and <= 1 << 14) ? shape : throw BindError.NotAShape(a.Value.Span, "size", v.Describe());
    }
}
