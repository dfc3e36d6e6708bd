using Nn.Data;

namespace Nn.Dsl;

/// <summary>Turns <c>data</c> blocks into specifications.</summary>
internal static class DataBinder
{
    internal static readonly string[] Settings = [.. DataSourceBinder.Names, FieldBinder.Word, "target", "inputs", "types", "window", "split", "normalize", "augment", "limit"];

    /// <summary>The specification; null where mistakes have been reported.</summary>
    public static DataSpec? Bind(DataStatement data, Env env, Action<BindError> report)
    {
        Item[] fields = [.. data.Settings.Where(i => i.Head.Name == FieldBinder.Word)];
        var r = new SettingReader("data", [.. data.Settings.Except(fields)], Settings, env, report);
        bool failed = false;
        var spec = new DataSpec { Name = data.Name.Name, Source = DataSource.Memory, Path = "" };
        // Each setting on its own: a mistake in one does not hide those in the others.
        void Try(Func<DataSpec, DataSpec> bind)
        {
            try
            {
                spec = bind(spec);
            }
            catch (BindError e)
            {
                failed = true;
                report(e);
            }
        }

        Item[] sources = [.. DataSourceBinder.Names.Select(r.Find).OfType<Item>()];
        Try(_ => sources.Length switch
        {
            0 => throw BindError.Missing(data.Name.Span, $"the source of {data.Name.Name}", "write: builtin moons, csv \"file.csv\", idx \"folder\", images \"folder\", npz \"file.npz\" or text \"file.txt\", context: 64"),
            1 => DataSourceBinder.Bind(data.Name.Name, sources[0], env),
            _ => throw BindError.Ambiguous(sources[1].Span, "source", sources.Select(s => s.Head.Name), "a data block has one source"),
        });
        if (!failed) OfSource(r, sources[0], spec, Try);
        if (!failed && fields.Length > 0) Try(s => s with { Fields = FieldBinder.Bind(fields, sources[0], s, r) });
        if (r.Find("augment") is { } augment) Try(s => s with { Augment = AugmentBinder.Bind(augment, env) });
        if (r.Find("limit") is { } limit) Try(s => s with { Limit = Limit(limit, env) });
        Try(s => Split(r, s));
        Try(s => Normalized(r, s));
        return failed ? null : spec;
    }

    // What belongs to one kind of source, or not to it.
    private static void OfSource(SettingReader r, Item source, DataSpec spec, Action<Func<DataSpec, DataSpec>> bind)
    {
        Item? target = spec.Source == DataSource.Npz && spec.Targets.Count == 0 ? null : r.Find("target");
        if (spec.Source != DataSource.Csv && (target ?? r.Find("inputs") ?? r.Find("types") ?? r.Find("window")) is { } column)
        {
            bind(_ => throw BindError.UnexpectedArgument(
                column.Head.Span, $"data from {source.Head.Name}", $"'{column.Head.Name}'",
                spec.Source == DataSource.Npz ? "arrays are named with the file: npz \"file.npz\", inputs: x, target: y" : "columns belong to csv"));
        }

        if ((spec.Source == DataSource.Text || spec.Symbols) && r.Find("normalize") is { } scaled)
        {
            (string from, string what) = spec.Symbols ? ("data of symbols", "symbols") : ("data from text", "characters");
            bind(_ => throw BindError.UnexpectedArgument(scaled.Head.Span, from, "'normalize'", $"{what} are no quantities; leave it out"));
        }

        if (spec.Source == DataSource.Csv) bind(s => Columns(r, source, s));
        if (spec.Source == DataSource.Npz && spec.Targets.Count == 0 && r.Find("target") is { } arrays) bind(s => s with { Targets = Targets(arrays) });
    }

    // target y, columns: [a, b]
    private static IReadOnlyList<string> TargetColumns(Item line)
    {
        if (line.Arguments.FirstOrDefault(a => a.Name == "columns") is not { } columns) return [];
        return [.. Each(columns).Select(a => SettingReader.Word(a, "column"))];
    }

    private static IReadOnlyList<string> Targets(Item line)
    {
        if (line.Arguments.FirstOrDefault(a => a.Name is not (null or "columns")) is { } named) throw BindError.UnknownOption(named.NameSpan, named.Name!, "target", ["columns"]);
        Argument[] stated = [.. line.Arguments.Where(a => a.Name is null).SelectMany(Each)];
        if (stated.Length == 0) throw BindError.MissingArgument(line.Span, "target", "a column");
        if (stated.Length > 1 && line.Arguments.FirstOrDefault(a => a.Name == "columns") is { } together) throw BindError.UnexpectedArgument(together.Span, "several targets", "columns", "columns belong to one target: target y, columns: [a, b]");
        var targets = new List<string>();
        foreach (Argument a in stated)
        {
            string target = SettingReader.Word(a, "column");
            if (targets.Contains(target)) throw BindError.GivenTwice(a.Span, "target", target);
            targets.Add(target);
        }

        return targets;
    }

    private static int Limit(Item item, Env env)
    {
        Argument samples = SettingReader.Options(item, ["samples"], []).GetValueOrDefault("samples") ?? throw BindError.MissingArgument(item.Span, "limit", "a number of samples");
        return Evaluator.Whole(samples.Value, env, "limit");
    }

    private static DataSpec Columns(SettingReader r, Item source, DataSpec spec)
    {
        if (r.Find("target") is not { } target) throw BindError.Missing(source.Span, $"the target column of {spec.Path}", "write: target NAME");
        spec = spec with
        {
            Targets = Targets(target),
            TargetColumns = TargetColumns(target),
            Inputs = r.Find("inputs") is { } inputs ? [.. inputs.Arguments.SelectMany(Each).Select(a => SettingReader.Word(a, "column"))] : [],
            Types = r.Find("types") is { } types ? types.Arguments.ToDictionary(
                a => a.Name ?? throw BindError.UnexpectedArgument(a.Span, "types", SyntaxText.Of(a.Value), "write: types age: number, deck: word"),
                a => SettingReader.Word(a, "type", ["number", "word"]) == "number" ? ColumnType.Number : ColumnType.Word) : new Dictionary<string, ColumnType>(),
        };
        if (r.Find("window") is not { } window) return spec;
        if (spec.Targets.Count > 1)
            throw BindError.UnexpectedArgument(window.Span, "window", $"the targets {string.Join(" and ", spec.Targets)}", "windows of a series have one target; leave the others out");
        Dictionary<string, Argument> o = SettingReader.Options(window, ["rows"], ["horizon"]);
        if (!o.TryGetValue("rows", out Argument? rows)) throw BindError.MissingArgument(window.Span, "window", "a number of rows", "window 12, horizon: 1");
        return spec with
        {
            Window = Evaluator.Whole(rows.Value, r.Env, "window"),
            Horizon = o.TryGetValue("horizon", out Argument? horizon) ? Evaluator.Whole(horizon.Value, r.Env, "horizon") : 1,
            // What comes later must not teach about what comes before.
            Shuffle = false,
        };
    }

    // "inputs [a, b]" is as good as "inputs a, b".
    private static IEnumerable<Argument> Each(Argument a) => a.Value is ListExpr list ? list.Items.Select(i => new Argument(i.Span, null, default, i)) : [a];

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
        if (shares is [0, _] or [0, _, _]) throw BindError.NothingToTrainOn(parts.Span);
        if (shares.Count is < 2 or > 3) throw BindError.UnexpectedArgument(parts.Span, "split", SyntaxText.Of(parts.Value), "write: split 80/20, or with a test part 70/15/15");
        return spec with
        {
            Split = [.. shares.Select(s => s / sum)],
            Stratify = o.TryGetValue("stratify", out Argument? by) ? SettingReader.Word(by, "column") : null,
            Shuffle = o.TryGetValue("shuffle", out Argument? shuffle) ? SettingReader.Flag(shuffle, "shuffle") : spec.Shuffle,
            SplitSeed = o.TryGetValue("seed", out Argument? seed) ? (uint)Evaluator.Whole(seed.Value, r.Env, "seed", WholeRange.FromZero) : 0,
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
}
