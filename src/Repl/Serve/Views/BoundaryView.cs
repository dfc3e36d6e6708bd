using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>
/// What a model of two inputs says everywhere, and, where it is a chain of dense layers, what each of its neurons says, with the weights between them.
/// </summary>
internal sealed class BoundaryView : InputView
{
    private const int Side = 60, Small = 20, MaxPoints = 600, MaxUnits = 16, MaxLayers = 8;

    private readonly TrainingSession _session;
    private readonly (double From, double To) _x, _y, _values;
    private readonly bool _classes;
    private readonly DenseLayer[] _chain;

    /// <summary>For a training with two inputs.</summary>
    public BoundaryView(TrainingSession session, Model model)
        : base(model, session.Input, session.Input.Store(Grid(session.Data)), l => l.Text.StartsWith("dense", StringComparison.Ordinal))
    {
        _session = session;
        (_x, _y) = (Range(session.Data, 0), Range(session.Data, 1));
        _classes = AreClasses(session.Data);
        float[] targets = _classes ? [0, 1] : MemoryMarshal.Cast<byte, float>(session.Data.Training.Target).ToArray();
        _values = (targets.Min(), targets.Max());
        _chain = Chain(model);
    }

    /// <summary>Whether a model says one class, or one number, of a point.</summary>
    public static bool Fits(TrainingSession session, Model model)
    {
        (FieldForm input, FieldForm target) = (session.Data.Input, session.Data.Target);
        return input.Width == 2 && input.IsNumbers && target.Width == 1
            && (model.Output.Count == 1 || target.IsSymbols && model.Output.Count == target.Symbols);
    }

    /// <inheritdoc/>
    public override object Scene
    {
        get
        {
            LoadedData data = _session.Data;
            string[] names = _classes ? [.. Enumerable.Range(0, data.Target.Symbols ?? 2).Select(c => ValidationFigures.Name(data, c))] : [];
            return new
            {
                Kind = "boundary",
                Axes = new[] { data.FeatureNames.ElementAtOrDefault(0) ?? "x1", data.FeatureNames.ElementAtOrDefault(1) ?? "x2" },
                X = new[] { _x.From, _x.To },
                Y = new[] { _y.From, _y.To },
                Values = new[] { _values.From, _values.To },
                Classes = names,
                Training = Points(data, data.Training),
                Validation = Points(data, data.Validation),
                Layers = _chain.Select(l => new { l.Name, l.Units, Shown = Math.Min(l.Units, MaxUnits) }),
            };
        }
    }

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        int width = outputs.Length / (Side * Side);
        var cells = new byte[2 * Side * Side];
        for (int i = 0; i < Side * Side; i++)
        {
            (int c, double strength) = _classes
                ? Said(outputs[(i * width)..((i + 1) * width)], _session.Data.Target.Symbols ?? 2)
                : (0, Math.Clamp((outputs[i] - _values.From) / Math.Max(_values.To - _values.From, 1e-9), 0, 1));
            (cells[2 * i], cells[2 * i + 1]) = ((byte)c, (byte)Math.Round(255 * strength));
        }

        return new
        {
            Side,
            Cells = Convert.ToBase64String(cells),
            Neurons = _chain.Select((l, i) => i == _chain.Length - 1 ? null : Convert.ToBase64String(Neurons(Values($"{Model.Name}.{l.Name}")!, l.Units))),
            NeuronSide = Small,
            // Weights from the unit before (column by column) to each unit that is shown.
            Weights = _chain.Select(
                (l, i) => Weights(l, i == 0 ? 2 : Math.Min(_chain[i - 1].Units, MaxUnits), MemoryMarshal.Cast<byte, float>(weights[l.Weight]))),
        };
    }

    private static float[] Grid(LoadedData data)
    {
        var (x, y) = (Range(data, 0), Range(data, 1));
        var grid = new float[Side * Side * 2];
        for (int i = 0; i < Side * Side; i++)
        {
            grid[2 * i] = (float)(x.From + (x.To - x.From) * (i % Side + 0.5) / Side);
            grid[2 * i + 1] = (float)(y.From + (y.To - y.From) * (i / Side + 0.5) / Side);
        }

        return grid;
    }

    private static (double From, double To) Range(LoadedData data, int axis)
    {
        ReadOnlySpan<float> points = MemoryMarshal.Cast<byte, float>(data.Training.Input);
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int i = axis; i < points.Length; i += 2) (low, high) = (Math.Min(low, points[i]), Math.Max(high, points[i]));
        double margin = 0.15 * Math.Max(high - low, 1e-6);
        return (low - margin, high + margin);
    }

    private double[][] Points(LoadedData data, Part part)
    {
        float[] x = MemoryMarshal.Cast<byte, float>(part.Input).ToArray();
        double[] of = _classes ? [.. ValidationFigures.Classes(data, part).Select(c => (double)c)]
            : [.. MemoryMarshal.Cast<byte, float>(part.Target).ToArray().Select(v => (double)v)];
        int every = Math.Max(1, (part.Samples + MaxPoints - 1) / MaxPoints);
        return [.. Enumerable.Range(0, part.Samples).Where(i => i % every == 0)
            .Select(i => (double[])[Math.Round(x[2 * i], 4), Math.Round(x[2 * i + 1], 4), of[i]])];
    }

    // Every third place of the grid, each unit on its own scale; 128 is zero.
    private static byte[] Neurons(float[] values, int units)
    {
        int shown = Math.Min(units, MaxUnits), every = Side / Small;
        var pictures = new byte[shown * Small * Small];
        for (int u = 0; u < shown; u++)
        {
            float most = 1e-9f;
            for (int i = 0; i < Side * Side; i++) most = Math.Max(most, Math.Abs(values[i * units + u]));
            for (int p = 0; p < Small * Small; p++)
            {
                int at = (p / Small * every + every / 2) * Side + p % Small * every + every / 2;
                pictures[u * Small * Small + p] = (byte)Math.Clamp(128 + 127 * values[at * units + u] / most, 0, 255);
            }
        }

        return pictures;
    }

    private static float[] Weights(DenseLayer layer, int from, ReadOnlySpan<float> values)
    {
        int shown = Math.Min(layer.Units, MaxUnits);
        var some = new float[from * shown];
        for (int i = 0; i < from; i++)
        {
            for (int u = 0; u < shown; u++) some[i * shown + u] = MathF.Round(values[i * layer.Units + u], 4);
        }

        return some;
    }

    // Dense layers alone, each after the other; anything else is no chain that can be drawn.
    private DenseLayer[] Chain(Model model)
    {
        var chain = new List<DenseLayer>();
        int before = 2;
        foreach (LayerSummary layer in model.Layers.Where(l => l.Parameters.Count > 0))
        {
            Parameter weight = layer.Parameters[0];
            if (weight.Shape.Rank != 2 || weight.Shape[0] != before || layer.Depth > 0 || layer.Shared || layer.Parameters.Count > 2
                || Values($"{model.Name}.{layer.Name}") is null)
                return [];
            chain.Add(new DenseLayer(layer.Name, weight.Shape[1], weight));
            before = weight.Shape[1];
        }

        return chain.Count <= MaxLayers && before == model.Output.Count ? [.. chain] : [];
    }

    private sealed record DenseLayer(string Name, int Units, Parameter Weight);
}
