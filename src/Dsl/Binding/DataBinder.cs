using Nn.Data;

namespace Nn.Dsl;

/// <summary>Turns <c>data</c> blocks into specifications.</summary>
internal static class DataBinder
{
    // In the order in which they are bound: windows are never shuffled unless the split says so.
    private static readonly Setting<DataSpec>[] Columns =
    [
        new("data", "target", "the column that is to be predicted; several are fields of their own names", "target species", Target,
            OptionRow.Bare("column", OptionKind.Column) with { Many = true },
            new("columns", OptionKind.Column, "", "the columns that are its features"),
            new("unlabelled", OptionKind.Word, "drop", "keep: rows without a value of it are trained on, as samples without a label", "keep", "drop")),
        new("data", "inputs", "the columns that are given; without it all others", "inputs [age, fare, deck]",
            (c, s) => s with { Inputs = [.. c.Arguments.SelectMany(Each).Select(a => SettingReader.Word(a, "column"))] },
            OptionRow.Bare("column", OptionKind.Column) with { Many = true }),
        new("data", "types", "reads columns as numbers or as words, whatever they look like", "types age: number, deck: word", Types),
        new("data", "window", "a time series: so many rows that follow each other make a sample", "window 12, horizon: 1", Window,
            OptionRow.Bare("rows", OptionKind.Whole),
            new("horizon", OptionKind.Whole, "1", "how many rows after the last of a window its target is")),
    ];

    private static readonly Setting<DataSpec>[] Others =
    [
        new("data", "split", "shares of training and validation (and test)", "split 80/20, stratify: species", Split,
            OptionRow.Bare("parts", OptionKind.Value),
            new("stratify", OptionKind.Column, "", "column whose values are shared out evenly over the parts"),
            OptionRow.Flag("shuffle", "true", "whether samples are mixed first; if not, the first ones are trained on"),
            new("seed", OptionKind.Whole, "0", Meanings.Seed)),
        new("data", "normalize", "brings inputs to a common scale, by the training part's statistics; tables are standardised without it",
            "normalize standard", Normalize,
            OptionRow.Bare("kind", OptionKind.Word, PlainWords.In("normalize")),
            new("range", OptionKind.Value, "", "smallest and largest value go to the ends: range: -1..1"),
            new("mean", OptionKind.Number, "", "is taken off the inputs; with std"),
            new("std", OptionKind.Number, "", "by which inputs are divided; with mean")),
        new("data", "tokens", "what the symbols of pairs of texts are, and the marks of the targets, which are written place by place",
            "tokens characters, start: true, end: true", Tokens,
            OptionRow.Bare("unit", OptionKind.Word, PlainWords.In("tokens")),
            OptionRow.Flag("start", "false", "targets have a symbol <start>, which shifted(target) begins with"),
            OptionRow.Flag("end", "false", "targets end with a symbol <end>, so that a model can say that it is done"),
            new("at_least", OptionKind.Whole, "1", "how often a part of a source occurs that is not taken for an unknown one")),
        AugmentBinder.Row,
        new("data", "limit", "uses so many samples only", "limit 1000", Limit, OptionRow.Bare("samples", OptionKind.Whole)),
    ];

    /// <summary>What a line of a <c>data</c> block may be.</summary>
    public static IReadOnlyList<WordEntry> Rows { get; } = [.. DataSourceBinder.Rows, DrawBinder.Row, FieldBinder.Row, .. Columns, .. Others];

    /// <summary>The words that begin such lines.</summary>
    public static IReadOnlyList<string> Settings { get; } = [.. Rows.Select(r => r.Name)];

    /// <summary>The specification; null where mistakes have been reported.</summary>
    public static DataSpec? Bind(DataStatement data, Env env, Action<BindError> report)
    {
        Item[] draws = [.. data.Settings.Where(i => i.Head.Name == DrawBinder.Word)];
        if (draws.Length > 0) return DrawBinder.Bind(data, draws, env, report);
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

        SettingCall[] sources = [.. DataSourceBinder.Rows.Select(r.Call).OfType<SettingCall>()];
        Try(s => sources.Length switch
        {
            0 => throw BindError.Missing(data.Name.Span, $"the source of {data.Name.Name}",
                "write: builtin moons, csv \"file.csv\", idx \"folder\", images \"folder\", npz \"file.npz\", sound \"folder\", "
                    + "tags \"file.conll\", text \"file.txt\", context: 64, or draw points = uniform(2)"),
            1 => DataSourceBinder.Rows.First(row => row.Name == sources[0].Name).Bind(sources[0], s),
            _ => throw BindError.Ambiguous(sources[1].Span, "source", sources.Select(c => c.Name), "a data block has one source"),
        });
        if (!failed)
        {
            Refuse(r, sources[0].Line!, spec, report, ref failed);
            foreach (Setting<DataSpec> row in Columns.Where(row => spec.Source == DataSource.Csv || (row.Name == "target" && NamesTargets(spec))))
            {
                if (r.Call(row) is { } call) Try(s => row.Bind(call, s));
                else if (row.Name == "target" && spec.Source == DataSource.Csv) Try(_ =>
                    throw BindError.Missing(sources[0].Span, $"the target column of {spec.Path}", "write: target NAME"));
            }
        }

        if (!failed && fields.Length > 0) Try(s => s with { Fields = FieldBinder.Bind(fields, sources[0].Line!, s, r) });
        foreach (Setting<DataSpec> row in Others)
        {
            if (r.Call(row) is { } call) Try(s => row.Bind(call, s));
        }

        return failed ? null : spec;
    }

    // Of arrays whose line names no targets.
    private static bool NamesTargets(DataSpec spec) => spec.Source == DataSource.Npz && spec.Targets.Count == 0;

    // What belongs to another kind of source.
    private static void Refuse(SettingReader r, Item source, DataSpec spec, Action<BindError> report, ref bool failed)
    {
        Item? target = NamesTargets(spec) ? null : r.Find("target");
        if (spec.Source != DataSource.Csv && (target ?? r.Find("inputs") ?? r.Find("types") ?? r.Find("window")) is { } column)
        {
            failed = true;
            report(BindError.UnexpectedArgument(
                column.Head.Span, $"data from {source.Head.Name}", $"'{column.Head.Name}'",
                spec.Source == DataSource.Npz ? "arrays are named with the file: npz \"file.npz\", inputs: x, target: y" : "columns belong to csv"));
        }

        bool pairs = spec.HasTextPairs;
        if (!pairs && r.Find("tokens") is { } tokens)
        {
            failed = true;
            report(BindError.UnexpectedArgument(tokens.Head.Span, $"data from {source.Head.Name}", "'tokens'",
                "they are of pairs of texts: pairs \"file.tsv\", or builtin dates"));
        }

        if ((spec.Source == DataSource.Text || pairs || spec.Symbols) && r.Find("normalize") is { } scaled)
        {
            failed = true;
            (string from, string what) = spec.Symbols ? ("data of symbols", "symbols") : ($"data from {source.Head.Name}", pairs ? "symbols" : "characters");
            report(BindError.UnexpectedArgument(scaled.Head.Span, from, "'normalize'", $"{what} are no quantities; leave it out"));
        }
    }

    // target y, columns: [a, b]
    private static DataSpec Target(SettingCall c, DataSpec spec)
    {
        string[] options = ["columns", "unlabelled"];
        if (c.Arguments.FirstOrDefault(a => a.Name is not null && !options.Contains(a.Name)) is { } named)
            throw BindError.UnknownOption(named.NameSpan, named.Name!, "target", options);
        bool keeps = c.Arguments.FirstOrDefault(a => a.Name == "unlabelled") is { } kept && SettingReader.Word(kept, "word", ["keep", "drop"]) == "keep";
        Argument[] stated = [.. c.Arguments.Where(a => a.Name is null).SelectMany(Each)];
        Argument? together = c.Arguments.FirstOrDefault(a => a.Name == "columns");
        if (stated.Length == 0) throw BindError.MissingArgument(c.Span, "target", "a column");
        if (stated.Length > 1 && together is not null) throw BindError.UnexpectedArgument(together.Span, "several targets", "columns",
            "columns belong to one target: target y, columns: [a, b]");
        var targets = new List<string>();
        foreach (Argument a in stated)
        {
            string target = SettingReader.Word(a, "column");
            if (targets.Contains(target)) throw BindError.GivenTwice(a.Span, "target", target);
            targets.Add(target);
        }

        spec = spec with { Targets = targets };
        if (spec.Source != DataSource.Csv) return spec;
        string[] columns = together is null ? [] : [.. Each(together).Select(a => SettingReader.Word(a, "column"))];
        if (keeps && (columns.Length > 0 || targets.Count > 1))
        {
            throw BindError.UnexpectedArgument(
                c.Span, "unlabelled: keep", "several targets", "one class a sample is there or not: target kind, unlabelled: keep");
        }

        return spec with { TargetColumns = columns, KeepsUnlabelled = keeps };
    }

    private static DataSpec Tokens(SettingCall c, DataSpec spec) => spec with
    {
        Unit = c.Word("unit", "unit") switch
        {
            "words" => TextUnit.Words,
            not null => TextUnit.Characters,
            null => throw BindError.MissingArgument(c.Span, "tokens", "what they are", "tokens characters, start: true, end: true"),
        },
        MarksStart = c.Flag("start") ?? false,
        MarksEnd = c.Flag("end") ?? false,
        AtLeast = c.Whole("at_least", WholeRange.Positive) ?? 1,
    };

    private static DataSpec Types(SettingCall c, DataSpec spec) => spec with
    {
        Types = c.Arguments.ToDictionary(
            a => a.Name ?? throw BindError.UnexpectedArgument(a.Span, "types", SyntaxText.Of(a.Value), "write: types age: number, deck: word"),
            a => SettingReader.Word(a, "type", PlainWords.In("types")) == "number" ? ColumnType.Number : ColumnType.Word),
    };

    private static DataSpec Window(SettingCall c, DataSpec spec)
    {
        if (spec.Targets.Count > 1)
            throw BindError.UnexpectedArgument(c.Span, "window", $"the targets {BindError.Both(spec.Targets)}",
                "windows of a series have one target; leave the others out");
        if (spec.KeepsUnlabelled)
            throw BindError.UnexpectedArgument(c.Span, "window", "unlabelled: keep", "a window whose target is missing is left out");
        if (c.Find("rows") is not { } rows) throw BindError.MissingArgument(c.Span, "window", "a number of rows", "window 12, horizon: 1");
        return spec with
        {
            Window = Evaluator.Whole(rows.Value, c.Env, "window"),
            Horizon = c.Whole("horizon", WholeRange.Positive) ?? 1,
            // What comes later must not teach about what comes before.
            Shuffle = false,
        };
    }

    // "inputs [a, b]" is as good as "inputs a, b".
    private static IEnumerable<Argument> Each(Argument a) => a.Value is ListExpr list ? list.Items.Select(i => new Argument(i.Span, null, default, i)) : [a];

    private static DataSpec Limit(SettingCall c, DataSpec spec) => spec with
    {
        Limit = c.Find("samples") is { } samples ? Evaluator.Whole(samples.Value, c.Env, "limit")
            : throw BindError.MissingArgument(c.Span, "limit", "a number of samples"),
    };

    private static DataSpec Split(SettingCall c, DataSpec spec)
    {
        if (c.Find("parts") is not { } parts) throw BindError.MissingArgument(c.Span, "split", "a ratio, such as 80/20");
        var shares = new List<double>();
        void Collect(Expr e)
        {
            if (e is BinaryExpr { Operator: "/" } b)
            {
                Collect(b.Left);
                Collect(b.Right);
                return;
            }

            double v = Evaluator.Number(e, c.Env, "a part of the split");
            if (v < 0) throw BindError.Negative(e.Span, "a part of the split", v);
            shares.Add(v);
        }

        Collect(parts.Value);
        double sum = shares.Sum();
        if (shares is [0, _] or [0, _, _]) throw BindError.NothingToTrainOn(parts.Span);
        if (shares.Count is < 2 or > 3) throw BindError.UnexpectedArgument(parts.Span, "split", SyntaxText.Of(parts.Value),
            "write: split 80/20, or with a test part 70/15/15");
        return spec with
        {
            Split = [.. shares.Select(s => s / sum)],
            Stratify = c.Word("stratify", "column"),
            Shuffle = c.Flag("shuffle") ?? spec.Shuffle,
            SplitSeed = (uint)(c.Whole("seed", WholeRange.FromZero) ?? 0),
        };
    }

    private static DataSpec Normalize(SettingCall c, DataSpec spec)
    {
        if (c.Word("kind", "normalization") is { } kind) return spec with { Normalize = kind == "standard" ? Normalization.Standard : Normalization.None };
        if (c.Find("range") is { } range)
        {
            if (range.Value is not RangeExpr { From: { } from, To: { } to }) throw BindError.UnexpectedArgument(range.Span, "normalize",
                SyntaxText.Of(range.Value), "write: normalize range: -1..1");
            double a = Evaluator.Number(from, c.Env, "range"), b = Evaluator.Number(to, c.Env, "range");
            return a < b ? spec with { Normalize = Normalization.Range, NormalizeBy = (a, b) }
                : throw BindError.OutOfRange(to.Span, "the end of the range", b, $"above {a:R}");
        }

        if (c.Has("mean") && c.Find("std") is { } std)
        {
            double deviation = c.Number("std", "std")!.Value;
            if (deviation <= 0) throw BindError.OutOfRange(std.Span, "std", deviation, "above 0");
            return spec with { Normalize = Normalization.Given, NormalizeBy = (c.Number("mean", "mean")!.Value, deviation) };
        }

        throw BindError.MissingArgument(c.Span, "normalize", "a kind: standard, none, range: -1..1, or mean: and std:");
    }
}
