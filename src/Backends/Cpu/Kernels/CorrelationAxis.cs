namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// One axis of the result of a correlation, of every <c>Step</c>-th position from <paramref name="First"/> on: position i sums over
/// taps t at source position i·(stride of the source) + t·dilation + <paramref name="Shift"/>.
/// </summary>
/// <param name="First">First position of the result.</param>
/// <param name="Count">Number of positions.</param>
/// <param name="Taps">Number of taps.</param>
/// <param name="Shift">Position in the padded source of the first tap for the first position.</param>
/// <param name="FirstWeight">Kernel position of tap 0.</param>
/// <param name="WeightStep">From a tap's kernel position to the next one's; negative in gradients.</param>
internal readonly record struct AxisPhase(int First, int Count, int Taps, int Shift, int FirstWeight, int WeightStep);

/// <summary>
/// How the positions along one axis of a correlation's result come from its padded source. The gradient of a strided convolution falls
/// into as many phases as the stride: the positions of one phase meet the same taps, and no zeros need be put between the source's elements.
/// </summary>
internal sealed class CorrelationAxis
{
    private CorrelationAxis(AxisPhase[] phases, int stride, int dilation, int spread, int before, int extent) =>
        (Phases, Stride, Dilation, Spread, Before, Extent) = (phases, stride, dilation, spread, before, extent);

    /// <summary>The phases; position i of each is First + i·(number of phases) of the result.</summary>
    public AxisPhase[] Phases { get; }

    /// <summary>Steps in the padded source from position to position.</summary>
    public int Stride { get; }

    /// <summary>Steps in the padded source from tap to tap.</summary>
    public int Dilation { get; }

    /// <summary>Steps in the padded source from one element of the source to the next.</summary>
    public int Spread { get; }

    /// <summary>Zeros before the source's first element.</summary>
    public int Before { get; }

    /// <summary>Extent of the padded source.</summary>
    public int Extent { get; }

    /// <summary>
    /// The taps of position <paramref name="index"/> of a phase between the first and the last that meet an element of the source, which has
    /// <paramref name="source"/> elements; one tap where none does.
    /// </summary>
    public (int First, int Count) TapsAt(AxisPhase phase, int index, int source)
    {
        int position = index * Stride + phase.Shift - Before, last = (source - 1) * Spread;
        int first = 0, after = phase.Taps;
        while (first < after - 1 && position + first * Dilation < 0) first++;
        while (after > first + 1 && position + (after - 1) * Dilation > last) after--;
        return (first, after - first);
    }

    /// <summary>The axis of a forward pass.</summary>
    public static CorrelationAxis Forward(int source, int kernel, int stride, int dilation, int before, int after, int result) =>
        new([new AxisPhase(0, result, kernel, 0, 0, 1)], stride, dilation, 1, before, source + before + after);

    /// <summary>
    /// The axis of the gradient of an image of <paramref name="image"/> elements, padded by <paramref name="before"/> in the forward pass.
    /// </summary>
    public static CorrelationAxis Gradient(int image, int kernel, int stride, int dilation, int before)
    {
        // Where a phase would have no taps, or taps are apart, zeros between the source's elements do instead.
        int count = dilation == 1 && stride <= kernel ? stride : 1;
        var phases = new List<AxisPhase>();
        for (int phase = 0; phase < count; phase++)
        {
            int first = ((phase - before) % count + count) % count;
            if (first >= image) continue;
            int taps = (kernel - phase + count - 1) / count;
            // Forward, tap (phase + count·t) of output o met the image at o·count + phase + count·t − before.
            int shift = (first + before - phase) / count - dilation * (taps - 1);
            phases.Add(new AxisPhase(first, (image - first + count - 1) / count, taps, shift, phase + count * (taps - 1), -count));
        }
        int padding = Math.Max(0, -phases.Min(p => p.Shift));
        AxisPhase[] shifted = [.. phases.Select(p => p with { Shift = p.Shift + padding })];
        int extent = shifted.Max(p => p.Count + dilation * (p.Taps - 1) + p.Shift);
        return new CorrelationAxis(shifted, 1, dilation, stride / count, padding, extent) { ResultStep = count };
    }

    /// <summary>From a position of one phase to the next in the result.</summary>
    public int ResultStep { get; private init; } = 1;
}
