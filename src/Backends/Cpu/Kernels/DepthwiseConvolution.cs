using System.Numerics;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// The forward pass and the image's gradient of a convolution in which every channel has a window of its own (as many groups as channels and features).
/// Vectors run over the channels; rows of the result are divided among the workers.
/// </summary>
internal sealed unsafe class DepthwiseConvolution : CpuKernel
{
    private readonly Tap[][] _rows;
    private readonly Tap[][] _columns;
    private readonly int _images;
    private readonly int _channels;
    private readonly long _sourcePitch;
    private readonly long _sourceFloats;
    private readonly long _tapPitch;

    /// <summary>Plans the forward pass or, for <paramref name="gradient"/>, the gradient of the image.</summary>
    public DepthwiseConvolution(ConvShape shape, bool gradient, int workers)
    {
        ConvShape s = shape;
        (_images, _channels, _tapPitch) = (s.Images, s.Channels, (long)s.KernelX * s.Channels);
        (_sourcePitch, _sourceFloats) = gradient ? ((long)s.OutWidth * s.Channels, s.OutFloats) : ((long)s.Width * s.Channels, s.ImageFloats);
        _rows = Taps(s.Height, s.OutHeight, s.KernelY, s.StrideY, s.DilationY, s.Top, gradient);
        _columns = Taps(s.Width, s.OutWidth, s.KernelX, s.StrideX, s.DilationX, s.Left, gradient);
        Workers = workers;
    }

    /// <summary>Whether the shape is such a convolution.</summary>
    public static bool Fits(ConvShape s) => s.Groups > 1 && s.Groups == s.Channels && s.Features == s.Channels;

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        int width = _columns.Length;
        (long row, long end) = Share.Of((long)_images * _rows.Length, worker, Workers);
        float* last = (float*)c + end * width * _channels;
        for (; row < end; row++)
        {
            (long image, long y) = Math.DivRem(row, _rows.Length);
            float* source = (float*)a + image * _sourceFloats, target = (float*)c + row * width * _channels;
            for (int x = 0; x < width; x++, target += _channels)
            {
                for (int channel = 0; channel < _channels; channel += Vector<float>.Count)
                {
                    Vector<float> sum = Window(source + channel, (float*)b + channel, _rows[y], _columns[x]);
                    // A vector that is longer than the pixel spills into the next one, which is written after it.
                    float* place = target + channel;
                    if (last - place >= Vector<float>.Count) sum.Store(place);
                    else
                        for (int lane = 0; lane < last - place; lane++) place[lane] = sum[lane];
                }
            }

            Epilogue?.Run(row * width, width, 0, _channels, worker);
        }
    }

    private Vector<float> Window(float* source, float* weights, Tap[] rows, Tap[] columns)
    {
        Vector<float> sum = Vector<float>.Zero;
        foreach (Tap row in rows)
        {
            float* line = source + row.Source * _sourcePitch, taps = weights + row.Weight * _tapPitch;
            foreach (Tap column in columns)
                sum = Vector.MultiplyAddEstimate(Vector.Load(line + (long)column.Source * _channels), Vector.Load(taps + (long)column.Weight * _channels), sum);
        }

        return sum;
    }

    // For each place of the result along one axis, the taps that meet a place of the source.
    private static Tap[][] Taps(int size, int outputs, int kernel, int stride, int dilation, int before, bool gradient)
    {
        var taps = new List<Tap>[gradient ? size : outputs];
        for (int i = 0; i < taps.Length; i++) taps[i] = [];
        for (int o = 0; o < outputs; o++)
        {
            for (int k = 0; k < kernel; k++)
            {
                int place = o * stride - before + k * dilation;
                if (place < 0 || place >= size) continue;
                if (gradient) taps[place].Add(new Tap(k, o));
                else taps[o].Add(new Tap(k, place));
            }
        }

        return [.. taps.Select(t => t.ToArray())];
    }

    private readonly record struct Tap(int Weight, int Source);
}
