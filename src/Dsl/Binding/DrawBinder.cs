using Nn.Data;

namespace Nn.Dsl;

/// <summary>The <c>draw</c> lines of a <c>data</c> block: fields whose samples are drawn anew in each step.</summary>
internal static class DrawBinder
{
    /// <summary>The word that begins them.</summary>
    public const string Word = ScriptParser.DrawWord;

    private const int MostCoordinates = 1 << 16;

    private static readonly OptionRow Coordinates = OptionRow.Bare("coordinates", OptionKind.Whole);

    private static readonly OptionRow[] Ends =
        [Coordinates, new("from", OptionKind.Number, "0", "the lower end"), new("to", OptionKind.Number, "1", "the upper end")];

    /// <summary>How points may lie, a row each.</summary>
    public static IReadOnlyList<WordEntry> Rows { get; } =
    [
        new(Word, "uniform", "evenly between two ends, in each coordinate", "draw inside = uniform(2, from: -1, to: 1)", Ends),
        new(Word, "normal", "normally distributed, in each coordinate", "draw code = normal(8)", Coordinates,
            new("mean", OptionKind.Number, "0", "of each coordinate"), new("std", OptionKind.Number, "1", "standard deviation of each coordinate")),
        new(Word, "border", "evenly on the sides of a square or box; of one coordinate, its two ends", "draw edge = border(2)", Ends),
        new(Word, "sphere", "evenly on a circle or sphere around the origin", "draw rim = sphere(2, radius: 1)", Coordinates,
            new("radius", OptionKind.Number, "1", "its radius")),
    ];

    /// <summary>Their row.</summary>
    public static WordEntry Row { get; } = new(
        "data", Word, "a field of points that are drawn anew in each step, so that there is no target: for equations that hold everywhere",
        "draw inside = uniform(2)", OptionRow.Bare("field", OptionKind.Field));

    /// <summary>Where the name of the field stands.</summary>
    public static TextSpan NameOf(Item line) => line.LabelSpan;

    /// <summary>The specification; null where mistakes have been reported.</summary>
    /// <param name="data">The block.</param>
    /// <param name="lines">Its lines that draw, at least one.</param>
    /// <param name="env">For numbers.</param>
    /// <param name="report">Takes mistakes.</param>
    public static DataSpec? Bind(DataStatement data, IReadOnlyList<Item> lines, Env env, Action<BindError> report)
    {
        bool failed = false;
        void Fail(BindError e)
        {
            failed = true;
            report(e);
        }

        foreach (Item other in data.Settings.Except(lines))
        {
            Fail(DataSourceBinder.Names.Contains(other.Head.Name)
                ? BindError.Ambiguous(other.Head.Span, "source", [Word, other.Head.Name], "points are drawn, or samples are read; a data block has one source")
                : DataBinder.Settings.Contains(other.Head.Name) ? DrawErrors.NotSampled(other.Head.Span, other.Head.Name)
                : BindError.UnknownSetting(other.Head, "data", [Word]));
        }

        var draws = new List<DrawnField>();
        foreach (Item line in lines)
        {
            try
            {
                DrawnField drawn = Field(line, env);
                if (draws.Any(d => d.Name == drawn.Name)) throw BindError.GivenTwice(NameOf(line), "data", drawn.Name);
                draws.Add(drawn);
            }
            catch (BindError e)
            {
                Fail(e);
            }
        }

        return failed ? null : new DataSpec { Name = data.Name.Name, Source = DataSource.Drawn, Path = "", Draws = draws };
    }

    private static DrawnField Field(Item line, Env env)
    {
        if (line.Label is not { } name) throw BindError.MissingArgument(line.Span, Word, "a name and how it is drawn", Row.Example);
        if (line.Value is not CallExpr call || Rows.FirstOrDefault(r => r.Name == call.Function.Name) is not { } row)
            throw DrawErrors.NoDistribution(line.Value!.Span, SyntaxText.Of(line.Value));
        var c = new SettingCall(row, call.Span, call.Arguments, env);
        int width = c.Whole("coordinates", new WholeRange(1, MostCoordinates))
            ?? throw BindError.MissingArgument(call.Span, row.Name, "the number of coordinates", row.Example);
        double Number(string option, double otherwise) => c.Has(option) ? c.Number(option, option)!.Value : otherwise;
        double Positive(string option) => Number(option, 1) is var v and > 0 ? v
            : throw BindError.OutOfRange(c.Find(option)!.Value.Span, option, Number(option, 1), "above 0");
        switch (row.Name)
        {
            case "normal": return new DrawnField(name, DrawKind.Normal, width, Number("mean", 0), Positive("std"));
            case "sphere": return new DrawnField(name, DrawKind.Sphere, width, Positive("radius"), 0);
        }

        (double from, double to) = (Number("from", 0), Number("to", 1));
        if (from >= to)
            throw BindError.OutOfRange((c.Find("to") ?? c.Find("from")!).Value.Span, "the upper end", to, FormattableString.Invariant($"above {from}"));
        return new DrawnField(name, row.Name == "border" ? DrawKind.Border : DrawKind.Uniform, width, from, to);
    }
}
