using System.Numerics;
using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// The gradient of the weights of a convolution in which every channel has a window of its own. Vectors run over the channels. The images fall into sections, a
/// number that depends on the shape alone; each sums into a partial result, and these are added in order.
/// </summary>
internal sealed unsafe class DepthwiseWeightGradient : CpuKernel
{
    private const int MostSections = 8;

    private readonly ConvShape _shape;
    private readonly int _sections;
    private readonly int _pitch;

    /// <summary>Plans the pass.</summary>
    public DepthwiseWeightGradient(ConvShape shape, int workers)
    {
        _shape = shape;
        _sections = Math.Min(shape.Images, MostSections);
        _pitch = (shape.Channels + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        Workers = Math.Min(workers, _sections);
        Phases = 2;
        ScratchBytes = _sections * PartialFloats * sizeof(float);
    }

    private long PartialFloats => (long)_shape.KernelY * _shape.KernelX * _pitch;

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        if (phase == 1)
        {
            Finish((float*)scratch, (float*)c, worker);
            return;
        }

        (long section, long end) = Share.Of(_sections, worker, Workers);
        for (; section < end; section++)
        {
            float* partial = (float*)scratch + section * PartialFloats;
            NativeMemory.Clear(partial, (nuint)(PartialFloats * sizeof(float)));
            (long image, long lastImage) = Share.Of(_shape.Images, (int)section, _sections);
            for (; image < lastImage; image++) AddImage((float*)a + image * _shape.ImageFloats, (float*)b + image * _shape.OutFloats, partial);
        }
    }

    private void AddImage(float* image, float* gradient, float* partial)
    {
        ConvShape s = _shape;
        for (int ky = 0; ky < s.KernelY; ky++)
        {
            (int firstRow, int afterRow) = Meeting(s.Height, s.OutHeight, s.StrideY, ky * s.DilationY - s.Top);
            for (int kx = 0; kx < s.KernelX; kx++)
            {
                (int first, int after) = Meeting(s.Width, s.OutWidth, s.StrideX, kx * s.DilationX - s.Left);
                float* target = partial + ((long)ky * s.KernelX + kx) * _pitch;
                for (int row = firstRow; row < afterRow; row++)
                {
                    float* pixel =
                        image + ((long)(row * s.StrideY + ky * s.DilationY - s.Top) * s.Width + first * s.StrideX + kx * s.DilationX - s.Left) * s.Channels;
                    AddRow(pixel, gradient + ((long)row * s.OutWidth + first) * s.Channels, target, after - first);
                }
            }
        }
    }

    private void AddRow(float* pixel, float* gradient, float* target, int pixels)
    {
        long step = (long)_shape.StrideX * _shape.Channels;
        for (int channel = 0; channel < _shape.Channels; channel += Vector<float>.Count)
        {
            Vector<float> sum = Vector.Load(target + channel);
            float* x = pixel + channel, g = gradient + channel;
            for (int i = 0; i < pixels; i++, x += step, g += _shape.Channels) sum = Vector.MultiplyAddEstimate(Vector.Load(x), Vector.Load(g), sum);
            sum.Store(target + channel);
        }
    }

    private void Finish(float* partial, float* result, int worker)
    {
        int channels = _shape.Channels;
        (long row, long end) = Share.Of((long)_shape.KernelY * _shape.KernelX, worker, Workers);
        for (long r = row; r < end; r++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                float sum = 0;
                for (int section = 0; section < _sections; section++) sum += partial[section * PartialFloats + r * _pitch + channel];
                result[r * channels + channel] = sum;
            }
        }

        if (row < end) Epilogue?.Run(row, (int)(end - row), 0, channels, worker);
    }

    // The outputs whose tap, so far from their first, lies inside the image.
    private static (int First, int After) Meeting(int size, int outputs, int stride, int shift)
    {
        int first = shift >= 0 ? 0 : (-shift + stride - 1) / stride, after = size - shift <= 0 ? 0 : (size - shift - 1) / stride + 1;
        return (Math.Min(first, outputs), Math.Max(Math.Min(first, outputs), Math.Min(after, outputs)));
    }
}
