using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Networks.Inspection;
using Nn.Networks.Sampling;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>What goes on between input and output: activations, attention, and how a layer tells samples apart.</summary>
internal static class LayerFigures
{
    private const int MaxMaps = 16, MaxNamedMaps = 64, StripWidth = 64, MaxBars = 64, MaxSections = 16, MaxSamples = 2000, MaxClasses = 10;

    /// <summary>Feature maps as tiles, sequences as images, vectors as strips or bars.</summary>
    public static Figure Activations(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        (string? name, int sample) = Asked(session, words);
        string[] all = [.. Names(session, l => l.Text.Length > 0)];
        string[] chosen = name is null ? all : [Find(name, all)];
        IReadOnlyList<LayerReading> layers = LayerReadings.Of(session, l => chosen.Contains(l.Name), sample, 1);
        string what = Sample(session, sample);
        float[] input = session.Data.Input.IsSymbols ? [] : LayerReadings.Input(session, sample);
        if (name is not null && layers[0] is { Shape.Rank: 1, Values.Length: <= MaxBars } vector) return Bars(session, vector, what);
        // What passes on what it got shows nothing new.
        var sections = layers.Where((l, i) => name is not null || i == 0 || !l.Values.AsSpan().SequenceEqual(layers[i - 1].Values))
            .Where(l => name is not null || !l.Values.AsSpan().SequenceEqual(input)).Select(l => Section(l, name is null ? MaxMaps : MaxNamedMaps)).ToList();
        if (session.Data.Input.Shape.Rank == 3)
            sections.Insert(0, new TileFigure("input", [ValidationFigures.ImageTile(session.Data, Sampler.Source(session.Data), sample, "")]));
        string more = sections.Count > MaxSections ? $"; the first {MaxSections} of {sections.Count} layers, name another" : "";
        return new SectionFigure($"{FigureKinds.After(session)}, {what}{more}", [.. sections.Take(MaxSections)]);
    }

    /// <summary>The weights of attention: a row a place of the sequence, with what it takes from each other place.</summary>
    public static Figure Attention(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        (string? name, int sample) = Asked(session, words);
        string[] all = [.. Names(session, l => l.Text.Length == 0)];
        if (all.Length == 0) throw FigureKinds.Cannot("this model has no attention");
        string[] chosen = name is null ? all : [.. all.Where(a => a.Contains(name, StringComparison.Ordinal))];
        if (chosen.Length == 0) throw Unknown(name!, all);
        TileFigure Section(LayerReading l)
        {
            int time = l.Shape[-1];
            return new TileFigure(
                $"{l.Name[..l.Name.LastIndexOf('.')]}: {time} places",
                [.. Enumerable.Range(0, l.Shape[0]).Select(
                    h => new Tile($"head {h + 1}", time, time, 1, Rows(l.Values.AsSpan(h * time * time, time * time), time), false) { Range = (0, 1) })]);
        }

        return new SectionFigure(
            $"{session.Definition.Name}, {Sample(session, sample)}: a row a place, brightest where it looks most",
            [.. LayerReadings.Of(session, l => chosen.Contains(l.Name), sample, 1).Select(Section)]);
    }

    /// <summary>Validation samples by what a layer makes of them, in the plane in which they vary most, coloured by class.</summary>
    public static Figure Latent(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        LoadedData data = session.Data;
        Part part = Sampler.Source(data);
        int count = Math.Min(MaxSamples, part.Samples);
        (string Name, long Width)[] widths = [.. Widths(session)];
        string name = words.Length > 0 ? Find(words[0], [.. widths.Select(w => w.Name)])
            : widths.SkipLast(1).Where(w => w.Width > 1).DefaultIfEmpty(widths[^1]).MinBy(w => w.Width).Name;
        LayerReading layer = LayerReadings.Of(session, l => l.Name == name, 0, count).Single();
        int width = (int)layer.Shape.Count;
        if (width < 2) throw FigureKinds.Cannot($"{name} gives one number a sample; two are needed for a picture");
        bool plain = width == 2;
        (double[][] places, double[] shares) = plain ? (Columns(layer.Values), [1, 0]) : PrincipalComponents.Of(layer.Values, width, 2);
        string title = plain ? $"{name}: {count:N0} samples"
            : $"{name}, {width} values: {count:N0} samples, {WeightFigures.Share(shares[0] + shares[1])} of the variance";
        int[] classes = data.Target.Symbols is not null && data.Target.Shape.Count == 1 ? ValidationFigures.Classes(data, part) : new int[part.Samples];
        PointLayer[] groups =
        [
            .. classes.Take(count).Select(c => Math.Min(c, MaxClasses - 1)).Distinct().Order().Select(c =>
            {
                int[] own = [.. Enumerable.Range(0, count).Where(i => Math.Min(classes[i], MaxClasses - 1) == c)];
                string text = data.Target.Symbols > MaxClasses && c == MaxClasses - 1 ? "others" : ValidationFigures.Name(data, c);
                return new PointLayer(text, c, [.. own.Select(i => places[0][i])], [.. own.Select(i => places[1][i])]);
            }),
        ];
        // Names in the middle of their samples, for who cannot tell the colours.
        var names = new WordLayer(0, [.. groups.Select(g => GradientFigures.Quantile(g.X, 0.5))], [.. groups.Select(g => GradientFigures.Quantile(g.Y, 0.5))],
            [.. groups.Select(g => g.Name)], Plates: true);
        return new AxesFigure(title, plain ? "value 1" : "first component", plain ? "value 2" : "second component",
            groups.Length > 1 ? [.. groups, names] : groups);
    }

    // Each row by its largest value: the first places of a causal attention have few to share among.
    private static float[] Rows(ReadOnlySpan<float> shares, int width)
    {
        float[] values = shares.ToArray();
        for (int r = 0; r < values.Length; r += width)
        {
            float most = values[r..(r + width)].Max();
            for (int c = r; c < r + width; c++) values[c] /= Math.Max(most, 1e-30f);
        }

        return values;
    }

    // [LAYER] [SAMPLE]
    private static (string? Layer, int Sample) Asked(TrainingSession session, string[] words)
    {
        int samples = Sampler.Source(session.Data).Samples;
        string? number = words.FirstOrDefault(w => int.TryParse(w, out _));
        int sample = number is null ? 0 : int.Parse(number);
        if (sample < 0 || sample >= samples) throw FigureKinds.Cannot($"there is no sample {sample}; they are numbered from 0 to {samples - 1:N0}");
        return (words.FirstOrDefault(w => w != number), sample);
    }

    private static IEnumerable<string> Names(TrainingSession session, Func<LayerValue, bool> which) =>
        Values(session).Where(which).Select(l => l.Name).Distinct();

    private static IEnumerable<(string Name, long Width)> Widths(TrainingSession session) =>
        Values(session).Where(l => l.Text.Length > 0).DistinctBy(l => l.Name).Select(l => (l.Name, l.Value.Shape.Range(1, l.Value.Shape.Rank).Count));

    // Found by building the model once more, without running it.
    private static IReadOnlyList<LayerValue> Values(TrainingSession session) =>
        LayerTrace.Of(LayerReadings.Predictor(session), lengths: session.Data.Schema.Longest);

    private static string Find(string name, string[] all)
    {
        string[] found = [.. all.Where(a => a == name || a.EndsWith("." + name, StringComparison.Ordinal))];
        if (found.Length == 0) found = [.. all.Where(a => a.Contains(name, StringComparison.Ordinal))];
        return found.Length > 0 ? found[0] : throw Unknown(name, all);
    }

    private static NnException Unknown(string name, string[] all) =>
        FigureKinds.Cannot(
            "no layer is called "
                + $"'{name}'{(Suggest.Nearest(name, all.Select(a => a[(a.IndexOf('.') + 1)..])) is { } near ? $"; did you mean '{near}'?"
                    : $"; there are {string.Join(", ", all)}")}");

    private static string Sample(TrainingSession session, int i)
    {
        LoadedData data = session.Data;
        Part part = Sampler.Source(data);
        string truth = data.Target.Symbols is not null && data.Target.Shape.Count == 1
            ? $" ({ValidationFigures.Name(data, ValidationFigures.Classes(data, part)[i])})"
            : "";
        return $"{(part == data.Validation ? "validation" : "training")} sample {i}{truth}";
    }

    private static AxesFigure Bars(TrainingSession session, LayerReading layer, string sample)
    {
        int n = layer.Values.Length;
        bool classes = session.Data.ClassNames.Count == n;
        return new AxesFigure(
            $"{layer.Name}, {sample}", classes ? "class" : "unit", "activation",
            [new BarLayer("", 0, [.. Enumerable.Range(0, n + 1).Select(i => (double)i)], [.. layer.Values.Select(v => (double)v)])])
        {
            Names = [.. Enumerable.Range(0, n).Select(i => classes ? session.Data.ClassNames[i] : $"{i}")],
        };
    }

    private static TileFigure Section(LayerReading layer, int most)
    {
        (float Low, float High) range = Tile.RangeOf(layer.Values);
        bool signed = range.Low < 0;
        Tile[] tiles = Tiles(layer, signed, range);
        string colours = signed ? "blue below zero, red above" : "black to white", more = tiles.Length > most ? $"; the first {most} of {tiles.Length}" : "";
        return new TileFigure($"{layer.Name} {layer.Shape}: {NumberText.Number(range.Low)} to {NumberText.Number(range.High)}, {colours}{more}",
            [.. tiles.Take(most)]);
    }

    private static Tile[] Tiles(LayerReading layer, bool signed, (float Low, float High) range)
    {
        (Shape s, float[] v) = (layer.Shape, layer.Values);
        if (s.Rank == 3)
        {
            return
            [
                .. Enumerable.Range(0, s[2]).Select(c =>
                    new Tile("", s[1], s[0], 1, [.. Enumerable.Range(0, s[0] * s[1]).Select(e => v[e * s[2] + c])], signed) { Range = range }),
            ];
        }

        // Features go down, time goes to the right.
        if (s.Rank == 2)
            return [new Tile("", s[0], s[1], 1, [.. from f in Enumerable.Range(0, s[1]) from t in Enumerable.Range(0, s[0]) select v[t * s[1] + f]],
                signed) { Range = range }];
        int width = Math.Min(v.Length, StripWidth), rows = (v.Length + width - 1) / width;
        return [new Tile("", width, rows, 1, [.. v, .. Enumerable.Repeat(float.NaN, width * rows - v.Length)], signed) { Range = range }];
    }

    private static double[][] Columns(float[] pairs) =>
        [.. Enumerable.Range(0, 2).Select(c => Enumerable.Range(0, pairs.Length / 2).Select(i => (double)pairs[2 * i + c]).ToArray())];
}
