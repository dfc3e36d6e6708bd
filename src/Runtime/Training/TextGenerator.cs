using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// Goes on with a text, symbol by symbol. A model sees as many symbols as it was trained on at once: the last ones, or all while there are fewer; the rest of
/// its window then lies after them, where a model that reads forward does not look. Draws are a function of the seed and the place, made on the host in double
/// precision, so that devices agree unless two symbols are as likely to the last bit.
/// </summary>
public sealed class TextGenerator
{
    private const uint DrawStream = 0x74657874;

    private readonly Func<int[], float[]> _outputs;
    private readonly int _context;
    private readonly List<int> _text;
    private readonly uint _seed;
    private uint _drawn;

    /// <summary>Begins behind a text of at least one symbol.</summary>
    /// <param name="outputs">From a window of symbols to its probabilities or logits, [window, symbols].</param>
    /// <param name="context">Symbols of a window.</param>
    /// <param name="prompt">What is there already.</param>
    /// <param name="seed">Of the draws.</param>
    public TextGenerator(Func<int[], float[]> outputs, int context, IReadOnlyCollection<int> prompt, uint seed)
    {
        if (prompt.Count == 0) throw new ArgumentException("there is nothing to go on from");
        (_outputs, _context, _text, _seed) = (outputs, context, [.. prompt], seed);
    }

    /// <summary>Divides the logits: 0 takes the likeliest symbol, 1 draws as the model says.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Symbols that are drawn from, the likeliest ones; null for all.</summary>
    public int? Among { get; init; }

    /// <summary>
    /// Draws from the fewest symbols, the likeliest, whose probabilities at the temperature come to this share together (nucleus sampling: Holtzman et al.,
    /// "The Curious Case of Neural Text Degeneration", 2020); null for all.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Whether a model gives what generating needs: a distribution over the symbols for each place of a window.</summary>
    public static bool Fits(Model model, int context, int symbols) => model.Output == new Shape(context, symbols);

    /// <summary>Draws the next symbol and appends it.</summary>
    public int Next()
    {
        var window = new int[_context];
        int seen = Math.Min(_context, _text.Count);
        _text.CopyTo(_text.Count - seen, window, 0, seen);
        float[] all = _outputs(window);
        int symbols = all.Length / _context;
        int next = Draw(all.AsSpan((seen - 1) * symbols, symbols), Temperature, Among, Uniform(_drawn++), TopP);
        _text.Add(next);
        return next;
    }

    /// <summary>A symbol from its probabilities, or from logits, by a uniform number in [0, 1).</summary>
    /// <param name="outputs">A number for each symbol.</param>
    /// <param name="temperature">As <see cref="Temperature"/>.</param>
    /// <param name="among">As <see cref="Among"/>.</param>
    /// <param name="uniform">The number.</param>
    /// <param name="topP">As <see cref="TopP"/>.</param>
    public static int Draw(ReadOnlySpan<float> outputs, double temperature, int? among, double uniform, double? topP = null)
    {
        double[] logits = Logits(outputs);
        int[] order = [.. Enumerable.Range(0, logits.Length)];
        // The likeliest first, equal ones in their order.
        Array.Sort(order, (i, j) => logits[i] != logits[j] ? logits[j].CompareTo(logits[i]) : i.CompareTo(j));
        if (temperature == 0) return order[0];
        int count = Math.Clamp(among ?? order.Length, 1, order.Length);
        double[] weights = [.. order.Take(count).Select(i => Math.Exp((logits[i] - logits[order[0]]) / temperature))];
        if (topP is { } share) count = Nucleus(weights, share, logits, order, temperature);
        double left = uniform * weights.Take(count).Sum();
        for (int i = 0; i < count; i++)
        {
            left -= weights[i];
            if (left < 0) return order[i];
        }

        // Rounding can leave a rest: the likeliest is never wrong.
        return order[0];
    }

    // How many of the likeliest come to the share of what all symbols have; never none.
    private static int Nucleus(double[] weights, double share, double[] logits, int[] order, double temperature)
    {
        double wanted = share * order.Sum(i => Math.Exp((logits[i] - logits[order[0]]) / temperature)), sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i];
            if (sum >= wanted) return i + 1;
        }

        return weights.Length;
    }

    // Probabilities are not negative and add up to 1; anything else counts as logits, which logarithms of probabilities are as well.
    private static double[] Logits(ReadOnlySpan<float> outputs)
    {
        double sum = 0;
        bool probabilities = true;
        foreach (float v in outputs)
        {
            if (!float.IsFinite(v)) throw new NnException(ExitCode.Diverged, "the model gives NaN or infinity; it has diverged while training");
            sum += v;
            probabilities &= v >= 0;
        }

        var logits = new double[outputs.Length];
        for (int i = 0; i < logits.Length; i++) logits[i] = probabilities && Math.Abs(sum - 1) < 1e-3 ? Math.Log(Math.Max(outputs[i], 1e-45)) : outputs[i];
        return logits;
    }

    private double Uniform(uint index)
    {
        (uint x0, uint x1) = CounterRandom.Threefry(_seed, DrawStream, index, 0);
        return ((ulong)(x0 >> 5) * (1 << 26) + (x1 >> 6)) / (double)(1UL << 53);
    }
}
