using Nn.Data;

namespace Nn.Dsl;

/// <summary>Turns <c>data</c> blocks into specifications.</summary>
internal static class DataBinder
{
    internal static readonly string[] Settings = ["builtin", "csv", "idx", "text", "target", "inputs", "types", "split", "normalize", "augment", "limit"];
    private static readonly string[] Sources = ["builtin", "csv", "idx", "text"];

    public static DataSpec Bind(DataStatement data, Env env, Action<BindError> report)
    {
        var r = new SettingReader("data", data.Settings, Settings, env, report);
        Item[] sources = [.. Sources.Select(r.Find).OfType<Item>()];
        if (sources.Length == 0) throw BindError.Missing(data.Name.Span, $"the source of {data.Name.Name}", "write: builtin moons, csv \"file.csv\", idx \"folder\" or text \"file.txt\", context: 64");
        if (sources.Length > 1) throw BindError.Ambiguous(sources[1].Span, "source", sources.Select(s => s.Head.Name), "a data block has one source");
        Item source = sources[0];
        DataSource kind = source.Head.Name switch { "builtin" => DataSource.Builtin, "csv" => DataSource.Csv, "idx" => DataSource.Idx, _ => DataSource.Text };
        string[] named = kind == DataSource.Builtin ? ["samples", "noise", "seed", "classes"] : kind == DataSource.Text ? ["context"] : [];
        Dictionary<string, Argument> options = SettingReader.Options(source, ["path"], named);
        if (!options.TryGetValue("path", out Argument? path)) throw BindError.MissingArgument(source.Span, source.Head.Name, kind == DataSource.Builtin ? "the name of a generator" : "a \"file\"");
        string name = kind == DataSource.Builtin
            ? SettingReader.Word(path, "generator", Generators.Names)
            : path.Value is StringExpr s ? s.Value : throw BindError.UnexpectedArgument(path.Span, source.Head.Name, SyntaxText.Of(path.Value), "a file stands between quotes");
        if (kind != DataSource.Csv && (r.Find("target") ?? r.Find("inputs") ?? r.Find("types")) is { } column)
            throw BindError.UnexpectedArgument(column.Head.Span, $"data from {source.Head.Name}", $"'{column.Head.Name}'", "columns belong to csv");
        if (kind == DataSource.Text && r.Find("normalize") is { } scaled) throw BindError.UnexpectedArgument(scaled.Head.Span, "data from text", "'normalize'", "characters are no quantities; leave it out");
        var spec = new DataSpec
        {
            Name = data.Name.Name,
            Source = kind,
            Path = name,
            Samples = options.TryGetValue("samples", out Argument? n) ? Evaluator.Whole(n.Value, env, "samples") : null,
            Noise = options.TryGetValue("noise", out Argument? noise) ? AtLeast(noise, env, "noise", 0) : null,
            Classes = options.TryGetValue("classes", out Argument? classes) ? Evaluator.Whole(classes.Value, env, "classes", 2) : null,
            SourceSeed = options.TryGetValue("seed", out Argument? seed) ? (uint)Evaluator.Whole(seed.Value, env, "seed", 0) : 0,
            Context = kind == DataSource.Text ? Context(source, options, env) : 0,
            Target = r.Find("target") is { } target ? SettingReader.Word(SettingReader.Options(target, ["column"], []).GetValueOrDefault("column")
                ?? throw BindError.MissingArgument(target.Span, "target", "a column"), "column") : null,
            Inputs = r.Find("inputs") is { } inputs ? [.. inputs.Arguments.Select(a => SettingReader.Word(a, "column"))] : [],
            Types = r.Find("types") is { } types ? types.Arguments.ToDictionary(
                a => a.Name ?? throw BindError.UnexpectedArgument(a.Span, "types", SyntaxText.Of(a.Value), "write: types age: number, deck: word"),
                a => SettingReader.Word(a, "type", ["number", "word"]) == "number" ? ColumnType.Number : ColumnType.Word) : new Dictionary<string, ColumnType>(),
            Limit = r.Find("limit") is { } limit ? Evaluator.Whole(SettingReader.Options(limit, ["samples"], []).GetValueOrDefault("samples")?.Value
                ?? throw BindError.MissingArgument(limit.Span, "limit", "a number of samples"), env, "limit", 1) : null,
        };
        if (r.Find("augment") is { } augment) spec = spec with { Augment = AugmentBinder.Bind(augment, env) };
        if (kind == DataSource.Csv && spec.Target is null) throw BindError.Missing(source.Span, $"the target column of {name}", "write: target NAME");
        return Normalized(r, Split(r, spec));
    }

    private static DataSpec Split(SettingReader r, DataSpec spec)
    {
        if (r.Find("split") is not { } item) return spec;
        Dictionary<string, Argument> o = SettingReader.Options(item, ["parts"], ["stratify", "shuffle", "seed"]);
        if (!o.TryGetValue("parts", out Argument? parts)) throw BindError.MissingArgument(item.Span, "split", "a ratio, such as 80/20");
        var shares = new List<double>();
        void Collect(Expr e)
        {
            if (e is BinaryExpr { Operator: "/" } b)
            {
                Collect(b.Left);
                Collect(b.Right);
                return;
            }

            double v = Evaluator.Number(e, r.Env, "a part of the split");
            if (v < 0) throw BindError.Negative(e.Span, "a part of the split", v);
            shares.Add(v);
        }

        Collect(parts.Value);
        double sum = shares.Sum();
        if (shares.Count is < 2 or > 3 || shares[0] <= 0) throw BindError.UnexpectedArgument(parts.Span, "split", SyntaxText.Of(parts.Value), "write: split 80/20, or with a test part 70/15/15");
        return spec with
        {
            Split = [.. shares.Select(s => s / sum)],
            Stratify = o.TryGetValue("stratify", out Argument? by) ? SettingReader.Word(by, "column") : null,
            Shuffle = !o.TryGetValue("shuffle", out Argument? shuffle) || SettingReader.Flag(shuffle, "shuffle"),
            SplitSeed = o.TryGetValue("seed", out Argument? seed) ? (uint)Evaluator.Whole(seed.Value, r.Env, "seed", 0) : 0,
        };
    }

    private static DataSpec Normalized(SettingReader r, DataSpec spec)
    {
        if (r.Find("normalize") is not { } item) return spec;
        Dictionary<string, Argument> o = SettingReader.Options(item, ["kind"], ["range", "mean", "std"]);
        if (o.TryGetValue("kind", out Argument? kind))
        {
            string word = SettingReader.Word(kind, "normalization", ["standard", "none"]);
            return spec with { Normalize = word == "standard" ? Normalization.Standard : Normalization.None };
        }

        if (o.TryGetValue("range", out Argument? range))
        {
            if (range.Value is not RangeExpr { From: { } from, To: { } to }) throw BindError.UnexpectedArgument(range.Span, "normalize", SyntaxText.Of(range.Value), "write: normalize range: -1..1");
            double a = Evaluator.Number(from, r.Env, "range"), b = Evaluator.Number(to, r.Env, "range");
            return a < b ? spec with { Normalize = Normalization.Range, NormalizeBy = (a, b) } : throw BindError.OutOfRange(to.Span, "the end of the range", b, $"above {a:R}");
        }

        if (o.TryGetValue("mean", out Argument? mean) && o.TryGetValue("std", out Argument? std))
        {
            double deviation = Evaluator.Number(std.Value, r.Env, "std");
            if (deviation <= 0) throw BindError.OutOfRange(std.Span, "std", deviation, "above 0");
            return spec with { Normalize = Normalization.Given, NormalizeBy = (Evaluator.Number(mean.Value, r.Env, "mean"), deviation) };
        }

        throw BindError.MissingArgument(item.Span, "normalize", "a kind: standard, none, range: -1..1, or mean: and std:");
    }

    private static int Context(Item source, Dictionary<string, Argument> options, Env env) => options.TryGetValue("context", out Argument? context)
        ? Evaluator.Whole(context.Value, env, "context")
        : throw BindError.MissingArgument(source.Span, "text", "the number of characters in a window", "text \"file.txt\", context: 64");

    private static double AtLeast(Argument a, Env env, string what, double least)
    {
        double v = Evaluator.Number(a.Value, env, what);
        return v >= least ? v : throw BindError.OutOfRange(a.Value.Span, what, v, $"at least {least}");
    }
}
