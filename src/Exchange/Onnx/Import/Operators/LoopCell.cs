namespace Nn.Exchange.Onnx;

/// <summary>States at the start of an iteration, the input's part of all gates, and what makes the next states of them.</summary>
internal sealed record Iteration(int Samples, int Units, double[] State, double[] Memory, double[] Input, double[] Product)
{
    /// <summary>From the parts of each gate for a sample's unit: that of the input, and that of the state.</summary>
    public double[] Each(Func<Func<int, double>, Func<int, double>, int, int, double> next)
    {
        var values = new double[Samples * Units];
        int width = Input.Length / Samples;
        for (int at = 0; at < values.Length; at++)
        {
            (int sample, int unit) = (at / Units, at % Units);
            values[at] = next(gate => Input[sample * width + gate * Units + unit], gate => Product[sample * width + gate * Units + unit], unit, at);
        }

        return values;
    }
}

/// <summary>The recurrent layer that an iteration is one of.</summary>
/// <param name="Activation">Of a rnn; <c>tanh</c> otherwise.</param>
/// <param name="Inner">Of a gru the bias within the reset gate.</param>
internal sealed record LoopCell(string Activation, float[]? Inner)
{
    private static readonly Dictionary<string, Func<double, double>> Activations = new()
    {
        ["tanh"] = Math.Tanh,
        ["relu"] = x => Math.Max(x, 0),
        ["sigmoid"] = Sigmoid,
        ["softsign"] = x => x / (1 + Math.Abs(x)),
        ["softplus"] = x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))),
        ["identity"] = x => x,
        ["leaky_relu"] = x => x > 0 ? x : 0.1 * x,
        ["elu"] = x => x > 0 ? x : Math.Exp(x) - 1,
        ["silu"] = x => x * Sigmoid(x),
    };

    /// <summary>The layer by its gates and states; null where no layer has so many.</summary>
    public static string? KindOf(int width, int units, int states) =>
        (width / units, width % units, states) switch { (1, 0, 1) => "rnn", (3, 0, 1) => "gru", (4, 0, 2) => "lstm", _ => null };

    /// <summary>The layer that gives the same; null where none does.</summary>
    /// <param name="kind">What the gates say.</param>
    /// <param name="i">What the iteration starts from.</param>
    /// <param name="next">The next states.</param>
    /// <param name="memory">The next memory, of a lstm.</param>
    /// <param name="added">Rows of numbers that the iteration adds somewhere.</param>
    public static LoopCell? Of(string kind, Iteration i, double[] next, double[]? memory, IEnumerable<double[]> added)
    {
        switch (kind)
        {
            case "rnn":
                string? known = Activations.FirstOrDefault(a => Agree(Rnn(i, a.Value), next)).Key;
                return known is null ? null : new LoopCell(known, null);
            case "gru":
                return added.FirstOrDefault(b => Agree(Gru(i, b), next)) is { } bias ? new LoopCell("tanh", Array.ConvertAll(bias, v => (float)v)) : null;
            default:
                (double[] state, double[] kept) = Lstm(i);
                return Agree(state, next) && memory is not null && Agree(kept, memory) ? new LoopCell("tanh", null) : null;
        }
    }

    /// <summary>Whether all numbers are the same but for rounding.</summary>
    public static bool Agree(double[] a, double[] b) =>
        a.Length == b.Length && a.Zip(b).All(p => Math.Abs(p.First - p.Second) <= 1e-6 * (1 + Math.Abs(p.First)));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Rnn(Iteration i, Func<double, double> activation) => [.. i.Input.Zip(i.Product, (x, h) => activation(x + h))];

    private static double[] Gru(Iteration i, double[] inner) => i.Each((x, h, unit, at) =>
    {
        double r = Sigmoid(x(0) + h(0)), z = Sigmoid(x(1) + h(1)), next = Math.Tanh(x(2) + r * (h(2) + inner[unit]));
        return next + z * (i.State[at] - next);
    });

    private static (double[] State, double[] Memory) Lstm(Iteration i)
    {
        double[] memory = i.Each((x, h, _, at) => Sigmoid(x(1) + h(1)) * i.Memory[at] + Sigmoid(x(0) + h(0)) * Math.Tanh(x(2) + h(2)));
        return (i.Each((x, h, _, at) => Sigmoid(x(3) + h(3)) * Math.Tanh(memory[at])), memory);
    }
}
