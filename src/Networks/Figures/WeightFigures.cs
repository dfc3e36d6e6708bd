using Nn.Data;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>The weights of a model: as images, by size, and embedded symbols.</summary>
internal static class WeightFigures
{
    private const int MaxTiles = 64, MaxSections = 12, MaxChannels = 16, Bins = 50, MaxLines = 8;

    /// <summary>Weights with two axes and more, a section each; filters as tiles.</summary>
    public static Figure Weights(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        (Parameter P, float[] W)[] found = Named(session, words, least: 2);
        Parameter first = session.Plan.Slots.Parameters.Keys.First(p => p.Shape.Rank >= 2);
        TileFigure[] sections = [.. found.Take(MaxSections).Select(f => Section(f.P, f.W, f.P == first ? session.Data.Input.Shape : default))];
        string more = found.Length > MaxSections ? $", the first {MaxSections} of {found.Length}: name one" : "";
        return new SectionFigure($"{FigureKinds.After(session)}: weights, blue below zero, red above{more}", sections);
    }

    /// <summary>Histograms of weights over the same bins.</summary>
    public static Figure Histogram(IFigureSource s, string[] words)
    {
        (Parameter P, float[] W)[] found = Named(s.Run().Session, words, least: words.Length > 0 ? 0 : 2);
        (float low, float high) = Tile.RangeOf(found.Take(MaxLines).SelectMany(f => f.W));
        if (high - low < 1e-12) (low, high) = (low - 0.5f, high + 0.5f);
        LineLayer Line((Parameter P, float[] W) f, int i)
        {
            var shares = new double[Bins];
            foreach (float v in f.W) shares[Math.Clamp((int)((v - low) / (high - low) * Bins), 0, Bins - 1)] += 1.0 / f.W.Length;
            return new LineLayer(f.P.Name, i, [.. Enumerable.Range(0, Bins).Select(b => low + (b + 0.5) * (high - low) / Bins)], shares);
        }

        string more = found.Length > MaxLines ? $", the first {MaxLines} of {found.Length}: name one" : "";
        return new AxesFigure($"weights: each layer's share by value{more}", "weight", "share", [.. found.Take(MaxLines).Select(Line)]);
    }

    /// <summary>The rows of a table of symbols in the plane of their first two principal components.</summary>
    public static Figure Embedding(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        (Parameter P, float[] W)[] tables = [.. (words.Length > 0 ? Named(session, words, least: 2) : Named(session, ["embed"], least: 2))
            .Where(t => t.P.Shape.Rank == 2)];
        if (tables.Length == 0) throw FigureKinds.Cannot("there is no table of symbols; name one of the weights");
        (Parameter p, float[] w) = tables[0];
        int symbols = p.Shape[0], width = p.Shape[1];
        if (width < 2) throw FigureKinds.Cannot($"{p.Name} has one number a symbol; two are needed for a picture");
        (double[][] places, double[] shares) = PrincipalComponents.Of(w, width, 2);
        string[] names = [.. Enumerable.Range(0, symbols)
            .Select(i => session.Data.Vocabulary is { } v && v.Size == symbols ? v.Names[i].Replace("␣", "space") : $"{i}")];
        return new AxesFigure($"{p.Name}: {symbols} symbols, {Share(shares.Sum())} of the variance", "first component", "second component",
            [new WordLayer(0, places[0], places[1], names)]);
    }

    /// <summary>A share in percent.</summary>
    public static string Share(double share) => $"{(100 * share).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture)} %";

    private static (Parameter P, float[] W)[] Named(TrainingSession session, string[] words, int least)
    {
        IReadOnlyDictionary<Parameter, Slot> all = session.Plan.Slots.Parameters;
        Parameter[] found = [.. all.Keys.Where(p => p.Shape.Rank >= least && (words.Length == 0 || p.Name.Contains(words[0], StringComparison.Ordinal)))];
        if (words.Length > 0 && found.FirstOrDefault(p => p.Name == words[0]) is { } exact) found = [exact];
        if (found.Length == 0)
            throw FigureKinds.Cannot(
                words.Length == 0 ? "this model has no weights"
                    : $"no weight is called '{words[0]}'; there are {string.Join(", ", all.Keys.Select(p => p.Name))}");
        return [.. found.Select(p => (p, session.Read<float>(all[p])))];
    }

    /// <summary>One tensor; of a layer right after the inputs, what a unit or filter looks for is a picture like them.</summary>
    public static TileFigure Section(Parameter p, float[] w, Shape input)
    {
        (float low, float high) = Tile.RangeOf(w);
        string range = $"{p.Name} {p.Shape}: {NumberText.Number(low)} to {NumberText.Number(high)}";
        if (p.Shape.Rank == 4)
        {
            if (p.Shape[2] == 1) return Limited(range, Planes(p.Shape, w, 1, signed: true));
            if (p.Shape[2] == 3 && input.Rank == 3 && input[2] == 3)
                return Limited($"{range}, each filter from its smallest to its largest", Planes(p.Shape, w, 3, signed: false));
            int inputs = Math.Min(MaxChannels, p.Shape[2]), outputs = Math.Min(MaxChannels, p.Shape[3]);
            string part = inputs < p.Shape[2] || outputs < p.Shape[3] ? $" (the first {inputs} and {outputs})" : "";
            bool lying = outputs > inputs;
            return new TileFigure($"{range}; {(lying ? "a column an output, a row an input" : "a column an input, a row an output")}{part}",
                [Mosaic(p.Shape, w, inputs, outputs, lying)]);
        }

        int columns = p.Shape[-1], rows = w.Length / columns;
        if (input.Rank == 3 && input.Count == rows && input[2].Extent is 1 or 3)
            return Limited($"{range}; an image a unit", Planes(new Shape(input[0], input[1], input[2], columns), w, input[2], input[2] == 1));
        // Lying down, what would be high and narrow has room.
        if (rows > 2 * columns)
            return new TileFigure($"{range}; a column an input, a row a unit",
                [new Tile("", rows, columns, 1, [.. from c in Enumerable.Range(0, columns) from r in Enumerable.Range(0, rows) select w[r * columns + c]],
                    Signed: true)]);
        return new TileFigure($"{range}; a row an input, a column a unit", [new Tile("", columns, rows, 1, w, Signed: true)]);
    }

    private static TileFigure Limited(string title, Tile[] tiles) =>
        new(tiles.Length > MaxTiles ? $"{title}; the first {MaxTiles} of {tiles.Length}" : title, [.. tiles.Take(MaxTiles)]);

    // Height × width × channels × outputs: a tile for each output.
    private static Tile[] Planes(Shape s, float[] w, int channels, bool signed)
    {
        (float Low, float High)? range = signed ? Tile.RangeOf(w) : null;
        return
        [
            .. Enumerable.Range(0, s[3]).Select(o =>
                new Tile($"{o}", s[1], s[0], channels, [.. Enumerable.Range(0, s[0] * s[1] * channels).Select(e => w[e * s[3] + o])],
                    signed) { Range = range }),
        ];
    }

    // All filters as one image, a pixel between: inputs side by side and outputs below each other, or the other way round.
    private static Tile Mosaic(Shape s, float[] w, int inputs, int outputs, bool lying)
    {
        (int h, int k) = (s[0], s[1]);
        (int across, int down) = lying ? (outputs, inputs) : (inputs, outputs);
        (int width, int height) = (across * (k + 1) - 1, down * (h + 1) - 1);
        var values = new float[width * height];
        Array.Fill(values, float.NaN);
        for (int y = 0; y < down; y++)
        {
            for (int x = 0; x < across; x++)
            {
                (int i, int o) = lying ? (y, x) : (x, y);
                for (int e = 0; e < h * k; e++) values[(y * (h + 1) + e / k) * width + x * (k + 1) + e % k] = w[(e * s[2] + i) * s[3] + o];
            }
        }

        return new Tile("", width, height, 1, values, Signed: true) { Range = Tile.RangeOf(w) };
    }
}
