using System.Globalization;
using Nn.Data;
using Nn.Dsl;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Repl.Commands;

/// <summary><c>nn explain</c>: the meaning of a script with every default filled in.</summary>
internal static class ExplainCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("explain", CommandGroup.Write, "says what a script means, with all defaults")
    {
        Program = ProgramForm.OfScript((_, o) => Run(o), Common.Best),
        Session = new(s => Run(s.Options())),
    };

    public static int Run(RunOptions o)
    {
        Project p = Project.Open(o);
        (TrainingDefinition t, LoadedData data) = p.Training();
        foreach ((string name, string value) in p.Script.Lets) Console.Out.WriteLine($"let {name} = {value}");
        Console.Out.WriteLine($"data {p.Script.Data!.Name}: {Data(p.Script.Data)}");
        foreach (string note in data.Notes) Console.Out.WriteLine($"data: {note}");
        foreach (Model m in t.Models) Explain(m);
        foreach (TrainingStep s in t.Steps) Explain(s, t, p.Script);
        Console.Out.WriteLine(
            $"epochs {t.Epochs}, batch {(t.Batch == 0 ? "all" : t.Batch)}, seed {t.Seed}, metrics "
                + $"{(t.Metrics.Count == 0 ? "none" : string.Join(", ", t.Metrics))}");
        Console.Out.WriteLine(t.EarlyStop is { } e
            ? $"stops early when {e.Metric} has not improved{(e.MinDelta > 0 ? $" by more than {Text(e.MinDelta)}" : "")} for {Plural.Of(e.Patience, "epoch")}"
            : "early_stop none: all epochs are run");
        Console.Out.WriteLine(t.Checkpoint is { } file ? $"checkpoint {file}, after each epoch" : "checkpoint none");
        if (p.Script.Search is { } search) Explain(search);
        return 0;
    }

    private static void Explain(Model m)
    {
        Console.Out.WriteLine($"model {m.Name}: {NamedShape.Text(m.Inputs)} → {NamedShape.Text(m.Outputs)}");
        foreach (LayerSummary l in m.Layers)
        {
            Console.Out.WriteLine($"  {l.Name} = {(l.Options.Length > 0 ? l.Options : l.Kind)} → {l.Output}{(l.Shared ? ", shared" : "")}");
            if (l.Shared) continue;
            foreach (Parameter x in l.Parameters)
                Console.Out.WriteLine($"    {x.Name}: {x.Shape}, {x.Kind.ToString().ToLowerInvariant()}, starts as {Describe(x.Initializer)}");
        }
    }

    private static void Explain(TrainingStep s, TrainingDefinition t, BoundScript script)
    {
        string numbers = string.Join(", ", (s.Optimizer.HasRate ? s.Optimizer.Numbers.Prepend(s.Optimizer.Rate) : s.Optimizer.Numbers)
            .Select(n => $"{n.Name[(n.Name.LastIndexOf('.') + 1)..]}: {n}"));
        if (s.Optimizer.History > 0) numbers = $"history: {s.Optimizer.History}";
        Console.Out.WriteLine(
            $"train {s.Name}: {s.Optimizer.Name}({numbers}){(s.Optimizer.HasRate ? $", schedule {s.Schedule}" : "")}, clip "
                + $"{(s.Clip is null ? "none" : s.Clip)}"
                + $"{(s.Frozen.Count == 0 ? "" : $", freeze {string.Join(", ", s.Frozen.Select(m => m.Name))}")}");
        foreach (TrainedPart p in s.Parts)
            Console.Out.WriteLine($"  part {p.Model.Name}, freeze: {(p.Freeze is { } d ? d : "none")}, lr_factor: {p.Factor}");
        IReadOnlyList<Item> settings = script.Script.Statements.OfType<TrainStatement>().Single().Settings;
        IReadOnlyList<Item> own =
            settings.FirstOrDefault(i => i.Head.Name == "step" && i.Arguments.FirstOrDefault()?.Value is NameExpr n && n.Name == s.Name)?.Blocks[0] ?? settings;
        foreach (Item value in own.Where(i => i.Value is not null)) Console.Out.WriteLine($"  {value.Label} = {SyntaxText.Of(value.Value!)}");
        if (own.FirstOrDefault(i => i.Head.Name == "loss") is { } loss)
            Console.Out.WriteLine($"  loss {string.Join(", ", loss.Arguments.Select(SyntaxText.Of))}, mean over the batch");
        if (t.Accumulate > 1) Console.Out.WriteLine($"  accumulate {t.Accumulate}: weights change after so many batches, and at the end of an epoch");
        if (t.Average is { } share) Console.Out.WriteLine(FormattableString.Invariant($"  average weights: {share}"));
        if (t.OnDivergence is { } rule)
            Console.Out.WriteLine(FormattableString.Invariant($"  on_divergence divide_lr: {rule.Divide}, retries: {rule.Retries}"));
        if (t.Steps.Count > 1)
            Console.Out.WriteLine($"  every {s.Every}, after {(s.After is { } a ? a : "the first step")}, until {(s.Until is { } u ? u : "the last step")}");
    }

    private static void Explain(SearchDefinition search)
    {
        string folds = search.Folds == 0 ? "" : $", {search.Folds} folds", of = search.Combinations is { } n ? $" of {Plural.Of(n, "combination")}" : "";
        string prune = search.Pruning == Pruning.Median ? "; trials worse than the median are given up" : "";
        Console.Out.WriteLine(
            $"search {search.Method.ToString().ToLowerInvariant()}: {Plural.Of(search.Planned, "trial")}{of}{folds}, for the "
                + $"{(search.Maximize ? "largest" : "smallest")} {search.Metric}{prune}");
        foreach (SearchAxis axis in search.Axes) Console.Out.WriteLine($"  {axis.Name}: {axis.Text}");
    }

    private static string Sounds(DataSpec d, string otherwise) =>
        $"rate: {d.Rate?.ToString(CultureInfo.InvariantCulture) ?? otherwise}, seconds: {(d.Seconds is { } seconds ? Text(seconds) : otherwise)}";

    // As the block could have been written in full.
    private static string Data(DataSpec d)
    {
        var parts = new List<string>();
        switch (d.Source)
        {
            case DataSource.Csv or DataSource.Npz when d.Fields.Count > 0:
                parts.AddRange([$"{d.Source.ToString().ToLowerInvariant()} \"{d.Path}\"", .. d.Fields.Select(f => f.ToString()),
                    $"target {string.Join(", ", d.Targets)}"]);
                break;
            case DataSource.Builtin:
                parts.Add($"builtin {d.Path}, samples: {d.Samples?.ToString(CultureInfo.InvariantCulture) ?? "the generator's"}, noise: "
                    + $"{(d.Noise is { } noise ? Text(noise) : "the generator's")}, seed: {d.SourceSeed}"
                    + $"{(d.Labels is { } labels ? $", labels: {labels}" : "")}{(Generators.MakesSounds(d.Path) ? $", {Sounds(d, "the generator's")}" : "")}");
                break;
            case DataSource.Sound: parts.Add($"sound \"{d.Path}\", {Sounds(d, "as they are")}"); break;
            case DataSource.Text: parts.Add($"text \"{d.Path}\", context: {d.Context}"); break;
            case DataSource.Images:
                parts.Add($"images \"{d.Path}\", colours: "
                    + $"{(d.Colours == ImageColours.AsTheyAre ? "as they are" : d.Colours.ToString().ToLowerInvariant())}, size: "
                    + $"{(d.ImageSize is { } size ? size : "as they are")}"); break;
            case DataSource.Npz:
                parts.Add(
                    $"npz \"{d.Path}\", inputs: {d.Inputs.FirstOrDefault("x")}, target: {d.Target ?? "y"}, symbols: {(d.Symbols ? "true" : "false")}"); break;
            case DataSource.Csv:
                parts.Add($"csv \"{d.Path}\"; target "
                    + $"{string.Join(", ", d.Targets)}{(d.TargetColumns.Count == 0 ? "" : $", columns: [{string.Join(", ", d.TargetColumns)}]")}"
                    + $"{(d.KeepsUnlabelled ? ", unlabelled: keep" : "")}; inputs "
                    + $"{(d.Inputs.Count == 0 ? "all others" : string.Join(", ", d.Inputs))}; window "
                    + $"{(d.Window == 0 ? "none" : $"{d.Window}, horizon: {d.Horizon}")}");
                break;
            default: parts.Add($"{d.Source.ToString().ToLowerInvariant()} \"{d.Path}\""); break;
        }

        parts.Add(d.Split.Count == 0 ? "split none" : $"split {string.Join('/', d.Split.Select(s => Text(100 * s)))}, stratify: {d.Stratify ?? "none"}, "
            + $"shuffle: {(d.Shuffle ? "true" : "false")}, seed: {d.SplitSeed}");
        parts.Add("normalize " + d.Normalize switch
        {
            null => d.Source == DataSource.Csv ? "standard" : "none",
            Normalization.Range => $"range: {Text(d.NormalizeBy.A)}..{Text(d.NormalizeBy.B)}",
            Normalization.Given => $"mean: {Text(d.NormalizeBy.A)}, std: {Text(d.NormalizeBy.B)}",
            { } kind => kind.ToString().ToLowerInvariant(),
        });
        parts.Add(d.Augment is { } v
            ? $"augment shift: {Text(v.Shift)}, rotate: {Text(v.Rotate)}, scale: {Text(v.Scale)}, flip: {Flip(v)}, noise: {Text(v.Noise)}"
            : "augment none");
        parts.Add($"limit {d.Limit?.ToString(CultureInfo.InvariantCulture) ?? "none"}");
        return string.Join("; ", parts);
    }

    private static string Flip(Augmentation v) => (v.FlipHorizontal, v.FlipVertical) switch
    {
        (true, true) => "both",
        (true, false) => "horizontal",
        (false, true) => "vertical",
        _ => "none",
    };

    private static string Text(double v) => v.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Describe(Initializer i) => i.Kind switch
    {
        InitializerKind.Constant => i.A.ToString("R", CultureInfo.InvariantCulture),
        InitializerKind.Normal => $"normal({i.A:G4}, {i.B:G4})",
        InitializerKind.Uniform => $"uniform({i.A:G4}, {i.B:G4})",
        InitializerKind.KMeansPlusPlus => "kmeans_plus_plus, from the training data",
        InitializerKind.DataMean or InitializerKind.PrincipalComponents => "computed from the training data",
        InitializerKind.Listed => "as listed",
        InitializerKind.Orthogonal => "orthogonal",
        _ => $"{i.Kind.ToString().ToLowerInvariant()}({(i.Gaussian ? "normal" : "uniform")})",
    };
}
