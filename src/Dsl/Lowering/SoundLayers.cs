using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>
/// Layers over sounds, which are sequences of places x 1. Their kernels are formulas of places and frequencies, computed on the device: no weights, nothing to
/// store. Both give images of time x frequencies x 1.
/// </summary>
internal static class SoundLayers
{
    // Products of places and frequencies of longer windows are no whole numbers of 32 bits any more, from which angles are taken.
    private const int LongestWindow = 4096;

    private const int MostAcross = 16;

    /// <summary>The rows of the table.</summary>
    public static StandardLayer[] Rows =>
    [
        new("spectrogram",
            [
                new("window", OptionKind.Whole, null, $"places of a piece of the sound, an even number up to {LongestWindow}"),
                new("hop", OptionKind.Whole, "0", "places from one piece to the next, at least a sixteenth of the window; half of it where none is given")
                {
                    Shown = "",
                },
            ],
            "how strong each frequency is in each piece of a sound: the squared absolute values of the Fourier transform under a Hann window; "
                + "an image of time x frequencies (half a window, and one) x 1",
            "spectrogram window: 512, hop: 256", Spectrogram),
        new("mel",
            [
                new("bands", OptionKind.Whole, null, "number of bands"),
                new("low", OptionKind.Number, "0", "lowest frequency, in Hz"),
                new("high", OptionKind.Number, "0", "highest frequency, in Hz; half the rate where none is given") { Shown = "" },
                new("rate", OptionKind.Whole, "0", "values a second of the sound; that of the data where none is given") { Shown = "" },
            ],
            "the frequencies of a spectrogram gathered into bands that are as wide as they sound: triangles, evenly spaced on the mel scale",
            "mel 40", Mel),
    ];

    // |Σ hann(n) · x(n) · e^(−2πi·k·n ÷ window)|² for k from 0 to half a window, as a product of all pieces with cosines and sines. The window is the periodic
    // one: sin²(π·n ÷ window). Pieces that reach beyond the end of the sound are left out.
    private static Node Spectrogram(LayerCall c)
    {
        GraphBuilder g = c.Graph;
        int window = c.Whole("window", 2), hop = c.Has("hop") ? c.Whole("hop") : window / 2;
        if (window % 2 != 0 || window > LongestWindow)
            throw BindError.OutOfRange(c.SpanOf("window"), "spectrogram: window", window, $"an even number up to {LongestWindow}");
        if (c.Sample.HasLength) throw BindError.WantsFixedLength(c.Span, c.Name, c.Input.Shape);
        if (!(c.Sample.Rank == 1 || (c.Sample.Rank == 2 && c.Sample[1] == 1))) throw SoundErrors.WantsSound(c.Span, c.Name, c.Input.Shape);
        (Dim batch, int places, int bins) = (c.Input.Shape[0], c.Sample[0], window / 2 + 1);
        if (places < window) throw BindError.WindowTooLarge(c.SpanOf("window"), c.Name, new Shape(window), c.Input.Shape);
        if (hop < window / MostAcross)
            throw BindError.OutOfRange(c.SpanOf("hop"), "spectrogram: hop", hop, $"at least {window / MostAcross}, a {MostAcross}th of the window");
        int pieces = 1 + (places - window) / hop;
        if (pieces == 1) hop = window;
        Node waves = WindowedWaves(g, window, bins);
        Node parts = g.MatMul(Pieces(g, g.Reshape(c.Input, new Shape(batch, places)), pieces, window, hop), waves);
        Node squares = g.Mul(parts, parts);
        Node power = g.Add(g.Slice(squares, 2, 0, bins), g.Slice(squares, 2, bins, bins));
        return g.Reshape(power, new Shape(batch, pieces, bins, 1));
    }

    // [batch, pieces, window] of [batch, places]: blocks of a hop, beside each other as many as a window is long.
    private static Node Pieces(GraphBuilder g, Node x, int pieces, int window, int hop)
    {
        (Dim batch, int places) = (x.Shape[0], x.Shape[1]);
        int across = (window + hop - 1) / hop, blocks = pieces - 1 + across, wanted = checked(blocks * hop);
        if (wanted < places) x = g.Slice(x, 1, 0, wanted);
        if (wanted > places) x = g.Concat(1, x, g.BroadcastTo(g.Constant(0), new Shape(batch, wanted - places)));
        Node rows = g.Reshape(x, new Shape(batch, blocks, hop));
        Node[] beside = [.. Enumerable.Range(0, across).Select(b => g.Slice(rows, 1, b, pieces)).Select((block, b) =>
            b == across - 1 && window % hop != 0 ? g.Slice(block, 2, 0, window % hop) : block)];
        return beside.Length == 1 ? beside[0] : g.Concat(2, beside);
    }

    // [window, 2·bins]: hann(n)·cos(2π·k·n ÷ window) for each frequency k, then hann(n)·sin(2π·k·n ÷ window). A cosine is a sine a quarter of a turn later.
    private static Node WindowedWaves(GraphBuilder g, int window, int bins)
    {
        Node Number(int rows, int columns, int axis) => g.Cast(g.Iota(new Shape(rows, columns), axis), DType.F32);
        Node column = Number(1, 2 * bins, 1), isSine = g.LessEqual(g.Constant(bins), column);
        Node frequency = g.Sub(column, g.Mul(isSine, g.Constant(bins))), later = g.Mul(g.Sub(g.Constant(1), isSine), g.Constant(window / 4.0));
        Node turns = g.Add(g.Mul(Number(window, 2 * bins, 0), frequency), later);
        // Whole turns are taken off while all numbers are whole, or halves, so that the angle is exact.
        Node whole = g.Floor(g.Add(g.Mul(turns, g.Constant(1.0 / window)), g.Constant(0.5)));
        Node angle = g.Mul(g.Sub(turns, g.Mul(whole, g.Constant(window))), g.Constant(2 * Math.PI / window));
        Node half = g.Sin(g.Mul(Number(window, 1, 0), g.Constant(Math.PI / window)));
        return g.Mul(g.Sin(angle), g.Mul(half, half));
    }

    // Triangles of height 1 between neighbours of bands + 2 points, evenly spaced in 2595·log10(1 + f ÷ 700) (O'Shaughnessy 1987, as in HTK).
    private static Node Mel(LayerCall c)
    {
        GraphBuilder g = c.Graph;
        if (c.Sample.Rank != 3 || c.Sample[2] != 1 || c.Sample[1] < 2) throw SoundErrors.WantsSpectrogram(c.Span, c.Name, c.Input.Shape);
        int bands = c.Whole("bands"), bins = c.Sample[1];
        if (bands >= bins) throw BindError.OutOfRange(c.SpanOf("bands"), "mel: bands", bands, $"fewer than the {bins} frequencies before it");
        int rate = c.Has("rate") ? c.Whole("rate")
            : c.Rate ?? throw c.NotInData("the rate of the sound, which the data do not say", "mel 40, rate: 16000");
        double low = c.Number("low"), high = c.Has("high") ? c.Number("high") : rate / 2.0, apart = rate / 2.0 / (bins - 1);
        if (low < 0) throw BindError.Negative(c.SpanOf("low"), "mel: low", low);
        if (high <= low || high > rate / 2.0)
            throw BindError.OutOfRange(c.SpanOf("high"), "mel: high", high, $"above {low:R} and at most {rate / 2.0:R}, half the rate");
        double[] edges = [.. Enumerable.Range(0, bands + 2).Select(e => FromMel(ToMel(low) + (ToMel(high) - ToMel(low)) * e / (bands + 1)))];
        for (int b = 0; b < bands; b++)
        {
            if (Math.Floor(edges[b] / apart) + 1 >= edges[b + 2] / apart)
                throw SoundErrors.EmptyBand(c.SpanOf("bands"), bands, b + 1, edges[b], edges[b + 2], apart);
        }

        var shape = new Shape(bins, bands);
        Node frequency = g.Mul(g.Cast(g.Iota(shape, 0), DType.F32), g.Constant(apart)), band = g.Cast(g.Iota(shape, 1), DType.F32);
        double step = (ToMel(high) - ToMel(low)) / (bands + 1);
        Node Edge(int later) => Hertz(g, g.Add(g.Mul(g.Add(band, g.Constant(later)), g.Constant(step)), g.Constant(ToMel(low))));
        Node a = Edge(0), top = Edge(1), z = Edge(2);
        Node up = g.Div(g.Sub(frequency, a), g.Sub(top, a)), down = g.Div(g.Sub(z, frequency), g.Sub(z, top));
        Node triangles = g.Max(g.Constant(0), g.Min(up, down));
        Node y = g.MatMul(g.Reshape(c.Input, new Shape(c.Input.Shape[0], c.Sample[0], bins)), triangles);
        return g.Reshape(y, new Shape(c.Input.Shape[0], c.Sample[0], bands, 1));
    }

    private static double ToMel(double hertz) => 2595 * Math.Log10(1 + hertz / 700);

    private static double FromMel(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);

    private static Node Hertz(GraphBuilder g, Node mel) => g.Mul(g.Expm1(g.Mul(mel, g.Constant(Math.Log(10) / 2595))), g.Constant(700));
}
