using System.Numerics;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>Pooling: (image, –) → output. Vectors run over the channels; output rows are divided among the workers.</summary>
internal sealed unsafe class PoolForward<TOperator> : CpuKernel
    where TOperator : struct, IPoolOperator
{
    private readonly PoolShape _shape;

    /// <summary>Plans the pass.</summary>
    public PoolForward(PoolShape shape, int workers)
    {
        shape.Validate();
        _shape = shape;
        Workers = workers;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        PoolShape s = _shape;
        int height = s.OutHeight, width = s.OutWidth, channels = s.Channels;
        (long row, long end) = Share.Of((long)s.Images * height, worker, Workers);
        float* last = (float*)c + end * width * channels;
        for (; row < end; row++)
        {
            (long image, long outRow) = Math.DivRem(row, height);
            float* source = (float*)a + image * s.ImageFloats;
            float* target = (float*)c + row * width * channels;
            (int firstY, int afterY) = s.RowsOf((int)outRow);
            for (int x = 0; x < width; x++, target += channels)
            {
                (int firstX, int afterX) = s.ColumnsOf(x);
                for (int channel = 0; channel < channels; channel += Vector<float>.Count)
                {
                    Vector<float> result = Window(source + channel, firstY, afterY, firstX, afterX);
                    // A vector that is longer than the pixel spills into the next one, which is written after it.
                    float* place = target + channel;
                    if (last - place >= Vector<float>.Count) result.Store(place);
                    else StoreFirst(result, place, (int)(last - place));
                }
            }
        }
    }

    private static void StoreFirst(Vector<float> values, float* target, int count)
    {
        for (int lane = 0; lane < count; lane++) target[lane] = values[lane];
    }

    private Vector<float> Window(float* source, int firstY, int afterY, int firstX, int afterX)
    {
        int channels = _shape.Channels;
        long pitch = (long)_shape.Width * channels;
        Vector<float> result = Vector.Load(source + firstY * pitch + (long)firstX * channels);
        for (int x = firstX + 1; x < afterX; x++)
            result = TOperator.Combine(result, Vector.Load(source + firstY * pitch + (long)x * channels));
        for (int y = firstY + 1; y < afterY; y++)
            for (int x = firstX; x < afterX; x++)
                result = TOperator.Combine(result, Vector.Load(source + y * pitch + (long)x * channels));
        return TOperator.Finish(result, (float)_shape.WindowY * _shape.WindowX);
    }
}
