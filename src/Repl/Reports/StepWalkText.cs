using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Networks.Inspection;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Reports;

/// <summary>
/// Tells a training step as a lecture does: inputs, forward, loss, backward, update; of a large model what its tensors are like, of a small one every number.
/// </summary>
internal sealed class StepWalkText
{
    private const int MostWeights = 120, MostRows = 8, MostColumns = 8, Width = 11;

    private readonly StepWalk _walk;
    private readonly TrainingSession _session;
    private readonly Script _script;
    private readonly StringBuilder _text = new();
    private readonly bool _small;

    private StepWalkText(StepWalk walk, TrainingSession session, Script script)
    {
        (_walk, _session, _script) = (walk, session, script);
        _small = walk.Updates.Sum(u => u.Weights.Sum(w => w.Old.Length)) <= MostWeights;
    }

    /// <summary>The step as text.</summary>
    public static string Write(StepWalk walk, TrainingSession session, SourceText source)
    {
        var text = new StepWalkText(walk, session, ScriptParser.Parse(source));
        text.Write();
        return text._text.ToString().TrimEnd('\n');
    }

    private void Write()
    {
        Line($"step {_walk.Number + 1:N0}, in epoch {_walk.Epoch + 1}: {_walk.Samples.Length:N0} samples");
        Line($"Taken by a copy of the training on {_session.Backend.Name}, with the same weights, samples and random numbers; the training itself stays "
            + "where it is.");
        if (_small) Inputs();
        foreach (WalkedUpdate u in _walk.Updates)
        {
            if (_walk.Updates.Count > 1) Heading($"UPDATE OF {u.Step.Name}");
            if (_small) Numbers(u);
            else Summary(u);
        }
    }

    private void Inputs()
    {
        LoadedData data = _session.Data;
        TensorNumbers? x = _walk.Updates[0].Values.FirstOrDefault(v => v.Kind == TracedKind.Input)?.Value;
        if (x is null || x.Shape.Rank > 2 || x.Values.Length / _walk.Samples.Length > MostColumns) return;
        int width = x.Values.Length / _walk.Samples.Length, targets = (int)data.Target.Shape.Count;
        string[] names = [.. Enumerable.Range(0, width).Select(i => i < data.FeatureNames.Count ? data.FeatureNames[i] : $"x{i + 1}")];
        Heading(_session.Plan.Slots.Inputs[0].Scale is null ? "inputs" : "inputs, normalised");
        Line($"  {"sample",7}{string.Concat(names.Select(n => Right(n)))}{Right("target")}");
        for (int s = 0; s < Math.Min(_walk.Samples.Length, MostRows); s++)
            Line($"  {_walk.Samples[s],7}{string.Concat(x.Values.AsSpan(s * width, width).ToArray().Select(v => Right(Number(v))))}"
                + $"{string.Concat(Targets(data, s, targets).Select(Right))}");
        More(_walk.Samples.Length, "samples");
    }

    private IEnumerable<string> Targets(LoadedData data, int sample, int count)
    {
        for (int i = sample * count; i < (sample + 1) * count; i++)
        {
            if (data.Target.Type == DType.F32) yield return Number(MemoryMarshal.Cast<byte, float>(_walk.Targets)[i]);
            else
                yield return MemoryMarshal.Cast<byte, int>(_walk.Targets)[i] is var c && c < data.ClassNames.Count ? data.ClassNames[c]
                    : c.ToString(CultureInfo.InvariantCulture);
        }
    }

    private void Numbers(WalkedUpdate u)
    {
        Heading($"forward{LastUse(u)}");
        foreach (WalkedValue v in u.Values.Where(IsLayer))
            Tensor(v.Kind == TracedKind.Net ? $"{Name(v)}, net: the product with its bias" : $"{Name(v)} gives{Kind(v)}", v.Value);
        Loss(u);
        Heading("backward: how the loss changes with each value");
        foreach (WalkedValue v in u.Values.Where(IsLayer).Reverse())
        {
            if (v.Gradient is { } gradient) Tensor($"d loss / d {Name(v)}{(v.Kind == TracedKind.Net ? ", net" : "")}", gradient);
            else Line($"  (the loss and the last function of {Name(v)} are computed as one, so that no digit is lost: the way back begins before it)");
        }

        Update(u);
        Worked(u);
        foreach (WalkedWeight w in u.Weights)
        {
            Line("");
            Line($"  {Short(w.Parameter.Name)} {w.Parameter.Shape}");
            Line($"    {"",-8}{Right("weight")}{Right("gradient")}{string.Concat(w.States.Select(s => Right(s.Name) + Right($"new {s.Name}")))}"
                + $"{Right("new weight")}");
            for (int i = 0; i < w.Old.Length; i++)
                Line($"    {Place(w.Parameter.Shape, i),-8}{Right(Number(w.Old[i]))}{Right(Number(w.Gradient[i]))}"
                    + $"{string.Concat(w.States.Select(s => Right(Number(s.Old[i])) + Right(Number(s.New[i]))))}{Right(Number(w.New[i]))}");
        }
    }

    private void Summary(WalkedUpdate u)
    {
        Heading($"values and gradients, in the order of the forward pass (deviation and size over all elements){LastUse(u)}");
        List<string[]> rows = [["layer", "shape", "mean", "deviation", "smallest", "largest", "size of d loss/d value"]];
        foreach (WalkedValue v in u.Values.Where(v => v.Kind == TracedKind.Input || IsLayer(v)))
        {
            double mean = v.Value.Values.Average(x => (double)x), deviation = Math.Sqrt(v.Value.Values.Average(x => (x - mean) * (x - mean)));
            string name = v.Kind switch { TracedKind.Input => "inputs", TracedKind.Net => $"{Name(v)}, net", _ => Name(v) };
            rows.Add([name, v.Value.Shape.ToString(), Number(mean), Number(deviation), Number(v.Value.Values.Min()), Number(v.Value.Values.Max()),
                v.Gradient is null ? "" : Number(v.Gradient.Size)]);
        }

        foreach (string line in TextTable.Lines(rows)) Line("  " + line);
        Loss(u);
        Update(u);
        Line("");
        rows = [["tensor", "shape", "size", "size of gradient", "size of change", "change / size"]];
        foreach (WalkedWeight w in u.Weights)
        {
            var old = new TensorNumbers(w.Parameter.Shape, w.Old);
            var change = new TensorNumbers(w.Parameter.Shape, [.. w.New.Zip(w.Old, (n, o) => n - o)]);
            rows.Add([Short(w.Parameter.Name), w.Parameter.Shape.ToString(), Number(old.Size), Number(new TensorNumbers(w.Parameter.Shape, w.Gradient).Size),
                Number(change.Size), old.Size > 0 ? Number(change.Size / old.Size) : ""]);
        }

        foreach (string line in TextTable.Lines(rows)) Line("  " + line);
    }

    private void Loss(WalkedUpdate u)
    {
        Expr? formula = LossOf(u.Step.Name);
        Heading("loss");
        double loss = u.Values.First(v => v.Kind == TracedKind.Loss).Value.Values[0];
        Line($"  {(formula is null ? "loss" : SyntaxText.Of(formula))}, the mean of the batch: {Number(loss)}");
        foreach (string name in formula is null ? [] : FunctionsIn(formula).Distinct()) Definition(WorkedFormula.TextOf(_script, name));
        if (!_small || u.Values.FirstOrDefault(v => v.Kind == TracedKind.SampleLoss) is not { } each) return;
        Line($"  of each sample: {string.Join("  ", each.Value.Values.Take(MostRows).Select(v => Number(v)))}"
            + $"{(each.Value.Values.Length > MostRows ? " …" : "")}");
    }

    private void Update(WalkedUpdate u)
    {
        Heading($"update by {u.Step.Optimizer.Name}: "
            + $"{string.Join(", ", u.Constants.Select(c => $"{c.Key} = {Number(c.Value)}"))}"
            + $"{(u.Step.Clip is { } clip ? $"; gradients clipped first, {clip}" : "")}");
        if (!u.Due) Line($"  not in this step: {(u.Step.Every > 1 ? $"it comes in one of {u.Step.Every} steps" : "it has not begun, or is over")}");
        Definition(WorkedFormula.TextOf(_script, u.Step.Optimizer.Name));
    }

    // One weight by hand; where gradients are clipped by the norm of them all, its own is not known here.
    private void Worked(WalkedUpdate u)
    {
        if (!u.Due || u.Step.Clip is not null || u.Weights.Count == 0 || !u.Step.Optimizer.UsesGradient) return;
        WalkedWeight w = u.Weights[0];
        int i = Math.Max(0, Array.FindIndex(w.Gradient, g => g != 0));
        var values = new Dictionary<string, double>(u.Constants) { ["w"] = w.Old[i], ["g"] = w.Gradient[i] };
        foreach ((string name, float[] old, _) in w.States) values[name] = old[i];
        IReadOnlyList<WorkedLine> lines = WorkedFormula.Lines(_script, u.Step.Optimizer.Name, values);
        if (lines.Count == 0) return;
        Line($"  by hand, for {Short(w.Parameter.Name)}{Place(w.Parameter.Shape, i)}:");
        foreach (WorkedLine l in lines) Line($"    {l.Name} = {l.Formula} = {l.Numbers} = {Number(l.Value)}");
    }

    private string LastUse(WalkedUpdate u) =>
        LossOf(u.Step.Name) is { } loss && FunctionsIn(loss).GroupBy(n => n).Any(n => n.Count() > 1 && _session.Definition.Models.Any(m => m.Name == n.Key))
            ? "; of a model that the loss uses several times, the last use" : "";

    // As written in the script: in the block of the step, or in that of the whole training.
    private Expr? LossOf(string update)
    {
        IReadOnlyList<Item> settings = _script.Statements.OfType<TrainStatement>().Select(t => t.Settings).FirstOrDefault() ?? [];
        Item? step = settings.FirstOrDefault(i => i.Head.Name == "step" && i.Arguments is [{ Value: NameExpr name }] && name.Name == update);
        return (step?.Blocks[0] ?? settings).FirstOrDefault(i => i.Head.Name == "loss")?.Arguments[0].Value;
    }

    private static IEnumerable<string> FunctionsIn(Expr e) => e switch
    {
        NameExpr n => [n.Name],
        CallExpr c => c.Arguments.SelectMany(a => FunctionsIn(a.Value)).Prepend(c.Function.Name),
        BinaryExpr b => FunctionsIn(b.Left).Concat(FunctionsIn(b.Right)),
        NegateExpr n => FunctionsIn(n.Operand),
        _ => [],
    };

    private void Definition(string? text)
    {
        if (text is not null) Line("    " + text.Replace("\n", "\n    "));
    }

    private void Tensor(string title, TensorNumbers t)
    {
        int samples = _walk.Samples.Length, rows = t.Shape.Rank > 0 && t.Shape[0] == samples ? samples : 1, columns = t.Values.Length / rows;
        Line($"  {title} {t.Shape}");
        if (columns > MostColumns)
        {
            Line($"    mean {Number(t.Values.Average(v => (double)v))}, size {Number(t.Size)}, from {Number(t.Values.Min())} to {Number(t.Values.Max())}");
            return;
        }

        for (int r = 0; r < Math.Min(rows, MostRows); r++)
            Line($"    {string.Concat(t.Values.AsSpan(r * columns, columns).ToArray().Select(v => Right(Number(v))))}");
        More(rows, "samples");
    }

    private void More(int rows, string what)
    {
        if (rows > MostRows) Line($"    … {rows - MostRows} more {what}");
    }

    private string Name(WalkedValue v) => Short(v.Layer);

    // Without the model's name where there is but one.
    private string Short(string name) => _session.Definition.Models is [var only] && name.StartsWith(only.Name + ".", StringComparison.Ordinal)
        ? name[(only.Name.Length + 1)..]
        : name;

    private string Kind(WalkedValue v) =>
        _session.Definition.Models.SelectMany(m => m.Layers.Select(l => (Name: $"{m.Name}.{l.Name}", l.Kind)).Concat(m.Layers.Select(l => (l.Name, l.Kind))))
        .Where(l => l.Name == v.Layer).Select(l => $" ({l.Kind})").FirstOrDefault() ?? "";

    private static bool IsLayer(WalkedValue v) => v.Kind is TracedKind.Net or TracedKind.Output;

    private static string Place(Shape shape, int index)
    {
        if (shape.Rank == 0) return "";
        long[] strides = shape.Strides();
        return $"[{string.Join(",", strides.Select((s, a) => index / s % shape[a]))}]";
    }

    private static string Right(string text) => " " + text.PadLeft(Width);

    private static string Number(double v) => v.ToString("G5", CultureInfo.InvariantCulture);

    private void Heading(string text) => _text.Append('\n').Append(text).Append('\n');

    private void Line(string text) => _text.Append(text).Append('\n');
}
