using System.CommandLine;
using System.Globalization;
using Nn.Data;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Commands;

/// <summary><c>nn data</c>: all that was decided about a script's data; and <c>nn data fetch</c>.</summary>
internal static class DataCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("data", CommandGroup.Write, "what was decided about a script's data")
    {
        Details = "columns, gaps, words, statistics, classes; `nn data fetch mnist` downloads MNIST, with a checksum",
        Examples = ["nn data titanic.nn", "nn data fetch mnist"],
        Program = ProgramForm.OfScript((_, o) => Run(o)) with { Below = () => [Fetching()] },
        Session = new(s => Run(s.Options())),
    };

    private const int MostRows = 40;
    private const int MostWords = 6;

    /// <summary>Shows the data of a script.</summary>
    public static int Run(RunOptions o)
    {
        Project p = Project.Open(o);
        LoadedData data = p.Data ?? throw new NnException(ExitCode.Script, $"{p.Source.Name} has no data block");
        IReadOnlyList<FeatureStatistics> features = DataStatistics.Features(data);
        if (o.Json) WriteJson(data, features);
        else WriteText(data, features);
        return 0;
    }

    /// <summary>Downloads a well-known set into the cache.</summary>
    public static int Fetch(string name, string? from, bool quiet)
    {
        if (!DataFetch.Names.Contains(name))
            throw new NnException(ExitCode.Usage, $"there is no data '{name}' to fetch; there is {string.Join(", ", DataFetch.Names)}");
        Uri? source = null;
        if (from is not null && !(Uri.TryCreate(from, UriKind.Absolute, out source) && source.Scheme is "http" or "https"))
            throw new NnException(ExitCode.Usage, $"--from {from}: write the address of a folder, such as https://example.org/mnist/");
        using var http = new HttpClient();
        string folder = new DataFetch(http, DataFetch.DefaultFolder).Run(name, source, line =>
        {
            if (!quiet) Console.Out.WriteLine(line);
        }).GetAwaiter().GetResult();
        if (!quiet) Console.Out.WriteLine($"{name} is in {folder}; scripts find it there");
        return 0;
    }

    private static void WriteText(LoadedData data, IReadOnlyList<FeatureStatistics> features)
    {
        foreach (string note in data.Notes) Console.Out.WriteLine(note);
        Console.Out.WriteLine("a sample: " + (data.Schema.Fields.Any(f => f.Form.Unit is not null) ? string.Join(", ", data.Schema.Fields.Select(Text))
            : data.Schema.Fields.Count() == 2
            ? $"input {data.Input.Shape}, target {Target(data.Target)}"
            : string.Join(", ", data.Schema.Inputs.Select(f => $"input {f.Name} {f.Form.Shape}")
                .Concat(data.Schema.Targets.Select(t => $"target {t.Name} {Target(t.Form)}")))));
        if (data.Columns.Count > 0)
        {
            Table(
                ["column", "", "kind", "gaps", "values"],
                [.. data.Columns.Select(
                    k => new[] { k.Name, Role(data, k), k.Words.Count > 0 ? "words" : "number", k.Gaps > 0 ? Whole(k.Gaps) : "", Words(k) })]);
        }

        if (features.Count > 0)
        {
            Table(
                ["training part", "mean", "deviation", "smallest", "largest", "scale", "shift"],
                [.. features.Select(
                    f => new[] { f.Name, Number(f.Mean), Number(f.Deviation), Number(f.Least), Number(f.Largest), Number(f.Scale), Number(f.Shift) })]);
            if (data.Schema.Inputs.Any(f => f.Form.Scaling is not null)) Console.Out.WriteLine("the model sees x * scale + shift");
        }

        for (int t = 0; t < data.Schema.Targets.Count; t++)
        {
            (string name, FieldForm form) = data.Schema.Targets[t];
            if (form.Symbols is null) continue;
            (int[] training, int[] validation, int[] test) = Classes(data, t);
            Table(
                [data.Schema.Targets.Count == 1 ? "class" : name, "training", "validation", "test"],
                [.. training.Select((n, k) => new[] { Class(form, k), Whole(n), Whole(validation[k]), Whole(test[k]) })]);
        }
    }

    private static void WriteJson(LoadedData data, IReadOnlyList<FeatureStatistics> features)
    {
        JsonLine.Write(
            ("event", "data"), ("training", data.Training.Samples), ("validation", data.Validation.Samples), ("test", data.Test.Samples),
            ("input", data.Input.Shape.ToString()), ("target", data.Target.Shape.ToString()), ("classes", data.Target.Symbols));
        foreach (string note in data.Notes) JsonLine.Write(("event", "note"), ("text", note));
        foreach (DataColumn k in data.Columns)
            JsonLine.Write(("event", "column"), ("name", k.Name), ("target", k.IsTarget), ("gaps", k.Gaps),
                ("words", k.Words.ToDictionary(w => w.Word, w => (double)w.Rows)));
        foreach (FeatureStatistics f in features)
        {
            JsonLine.Write(
                ("event", "feature"), ("name", f.Name), ("mean", f.Mean), ("deviation", f.Deviation), ("smallest", f.Least), ("largest", f.Largest),
                ("scale", f.Scale), ("shift", f.Shift));
        }

        for (int t = 0; t < data.Schema.Targets.Count; t++)
        {
            (string name, FieldForm form) = data.Schema.Targets[t];
            (int[] training, int[] validation, int[] test) = Classes(data, t);
            for (int k = 0; k < training.Length; k++)
            {
                (string, object?)[] counts = [("name", Class(form, k)), ("training", training[k]), ("validation", validation[k]), ("test", test[k])];
                JsonLine.Write([("event", "class"), .. data.Schema.Targets.Count == 1 ? counts : [("target", name), .. counts]]);
            }
        }
    }

    private static string Text(Field field) => field.Form is { Unit: { } unit, Names: var names }
        ? $"{field.Name} up to {field.Form.Shape[0].Extent} {unit.ToString().ToLowerInvariant()}, each one of {Plural.Of(names.Count, "symbol")}"
        : $"{field.Name} {field.Form.Describe()}";

    private static string Target(FieldForm form) => form.Symbols is { } classes ? $"one of {classes} classes" : form.Shape.ToString();

    private static (int[] Training, int[] Validation, int[] Test) Classes(LoadedData data, int target)
    {
        FieldForm form = data.Schema.Targets[target].Form;
        return (DataStatistics.Classes(form, data.Training.Targets[target]), DataStatistics.Classes(form, data.Validation.Targets[target]),
            DataStatistics.Classes(form, data.Test.Targets[target]));
    }

    private static string Class(FieldForm form, int k) => k < form.Names.Count ? form.Names[k] : k.ToString(CultureInfo.InvariantCulture);

    // In a time series the target's past is an input, too.
    private static string Role(LoadedData data, DataColumn column) => !column.IsTarget ? ""
        : data.Schema.Inputs.Any(f => f.Form.Names.Contains(column.Name)) ? "input, target"
        : "target";

    private static string Words(DataColumn column)
    {
        string all = string.Join(", ", column.Words.OrderByDescending(w => w.Rows).Take(MostWords).Select(w => $"{w.Word} ({Whole(w.Rows)})"));
        return column.Words.Count > MostWords ? $"{all}, and {column.Words.Count - MostWords} more" : all;
    }

    private static void Table(string[] head, string[][] rows)
    {
        Console.Out.WriteLine();
        foreach (string line in TextTable.Lines([head, .. rows.Take(MostRows)])) Console.Out.WriteLine(line);
        if (rows.Length > MostRows) Console.Out.WriteLine($"and {rows.Length - MostRows} more (--json has all)");
    }

    private static string Whole(int n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double v) => v.ToString("G5", CultureInfo.InvariantCulture);

    private static Command Fetching()
    {
        var fetch = new Command("fetch", "downloads well-known data into the cache, with a checksum");
        var set = new Argument<string>("name") { Description = $"which: {string.Join(", ", DataFetch.Names)}" };
        set.CompletionSources.Add([.. DataFetch.Names]);
        fetch.Arguments.Add(set);
        foreach (Option o in new Option[] { SampleOptions.From, Common.Quiet }) fetch.Options.Add(o);
        fetch.SetAction(c => Fetch(c.GetValue(set)!, c.GetValue(SampleOptions.From), c.GetValue(Common.Quiet)));
        return fetch;
    }
}
