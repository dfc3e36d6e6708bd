using System.Numerics;
using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Gradient of the image under a pool. Maximum: (image, output gradient) → image gradient, each output gradient going to the first
/// largest element of its window in row-major order. Average: (output gradient, –) → image gradient, shared equally.
/// Images are divided among the workers, because the windows of one image may overlap.
/// </summary>
internal sealed unsafe class PoolGradient : CpuKernel
{
    private readonly PoolShape _shape;
    private readonly bool _max;
    private readonly long _pitch;

    /// <summary>Plans the pass.</summary>
    public PoolGradient(PoolShape shape, bool max, int workers)
    {
        shape.Validate();
        (_shape, _max) = (shape, max);
        _pitch = (long)shape.Width * shape.Channels;
        Workers = Math.Max(1, Math.Min(workers, shape.Images));
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        (long image, long end) = Share.Of(_shape.Images, worker, Workers);
        for (; image < end; image++)
        {
            float* target = (float*)c + image * _shape.ImageFloats;
            NativeMemory.Clear(target, (nuint)(_shape.ImageFloats * sizeof(float)));
            if (_max) Spread((float*)a + image * _shape.ImageFloats, (float*)b + image * _shape.OutFloats, target);
            else Spread(null, (float*)a + image * _shape.OutFloats, target);
        }
    }

    /// <summary>Adds the gradients of one image's windows; <paramref name="source"/> is null for averages.</summary>
    private void Spread(float* source, float* gradient, float* target)
    {
        PoolShape s = _shape;
        float* last = target + s.ImageFloats;
        Vector<int> lane = Vector.CreateSequence(0, 1);
        bool isDisjoint = s.StrideY >= s.WindowY && s.StrideX >= s.WindowX;
        for (int outY = 0; outY < s.OutHeight; outY++)
        {
            (int firstY, int afterY) = s.RowsOf(outY);
            for (int outX = 0; outX < s.OutWidth; outX++, gradient += s.Channels)
            {
                (int firstX, int afterX) = s.ColumnsOf(outX);
                var window = new Window(firstY, afterY, firstX, afterX);
                bool isPair = _max && afterY - firstY == 2 && afterX - firstX == 2;
                long corner = firstY * _pitch + firstX * (long)s.Channels;
                float* lastPixel = target + (afterY - 1) * _pitch + (afterX - 1) * (long)s.Channels;
                int channel = 0;
                for (; channel < s.Channels && lastPixel + channel + Vector<float>.Count <= last; channel += Vector<float>.Count)
                {
                    // Lanes past the pixel's channels add zero to its neighbour.
                    Vector<int> inside = Vector.LessThan(lane, new Vector<int>(s.Channels - channel));
                    Vector<float> share = Vector.ConditionalSelect(inside, Vector.Load(gradient + channel), Vector<float>.Zero);
                    // In the last window of a row that neighbour is the next row's first pixel, which has its values already.
                    bool store = isDisjoint && (outX < s.OutWidth - 1 || channel + Vector<float>.Count <= s.Channels);
                    if (isPair) ToLargestOfFour(source + corner + channel, target + corner + channel, share, store);
                    else if (_max) AddToLargest(source + channel, target + channel, share, window);
                    else AddToAll(target + channel, share / new Vector<float>((float)s.WindowY * s.WindowX), window);
                }
                for (; channel < s.Channels; channel++)
                    if (_max) target[Largest(source + channel, window) + channel] += gradient[channel];
                    else AddToAll(target + channel, gradient[channel] / ((float)s.WindowY * s.WindowX), window);
            }
        }
    }

    /// <summary>
    /// The usual window of two by two, whose elements stay in registers. Where nothing else falls on them they are stored: adding would wait
    /// for the neighbour's store, which overlaps.
    /// </summary>
    private void ToLargestOfFour(float* source, float* target, Vector<float> share, bool store)
    {
        long right = _shape.Channels, below = _pitch;
        Vector<float> a = Vector.Load(source), b = Vector.Load(source + right);
        Vector<float> c = Vector.Load(source + below), d = Vector.Load(source + below + right);
        Vector<float> isB = Vector.GreaterThan(b, a).As<int, float>();
        Vector<float> ab = Vector.ConditionalSelect(isB, b, a);
        Vector<float> isD = Vector.GreaterThan(d, c).As<int, float>();
        Vector<float> isBelow = Vector.GreaterThan(Vector.ConditionalSelect(isD, d, c), ab).As<int, float>();
        Vector<float> above = Vector.AndNot(share, isBelow), under = share & isBelow;
        (a, b, c, d) = (Vector.AndNot(above, isB), above & isB, Vector.AndNot(under, isD), under & isD);
        if (store)
        {
            a.Store(target);
            b.Store(target + right);
            c.Store(target + below);
            d.Store(target + below + right);
            return;
        }
        Add(target, a);
        Add(target + right, b);
        Add(target + below, c);
        Add(target + below + right, d);
    }

    private static void Add(float* place, Vector<float> value) => (Vector.Load(place) + value).Store(place);

    private void AddToLargest(float* source, float* target, Vector<float> share, Window w)
    {
        long channels = _shape.Channels;
        Vector<float> best = Vector.Load(source + w.FirstY * _pitch + w.FirstX * channels);
        Vector<int> where = Vector<int>.Zero;
        int tap = 0;
        for (int y = w.FirstY; y < w.AfterY; y++)
            for (int x = w.FirstX; x < w.AfterX; x++, tap++)
            {
                Vector<float> next = Vector.Load(source + y * _pitch + x * channels);
                Vector<int> larger = Vector.GreaterThan(next, best);
                best = Vector.ConditionalSelect(larger, next, best);
                where = Vector.ConditionalSelect(larger, new Vector<int>(tap), where);
            }
        tap = 0;
        for (int y = w.FirstY; y < w.AfterY; y++)
            for (int x = w.FirstX; x < w.AfterX; x++, tap++)
                Add(
                    target + y * _pitch + x * channels,
                    Vector.ConditionalSelect(Vector.Equals(where, new Vector<int>(tap)), share, Vector<float>.Zero));
    }

    private void AddToAll(float* target, Vector<float> share, Window w)
    {
        for (int y = w.FirstY; y < w.AfterY; y++)
            for (int x = w.FirstX; x < w.AfterX; x++)
                Add(target + y * _pitch + (long)x * _shape.Channels, share);
    }

    private void AddToAll(float* target, float share, Window w)
    {
        for (int y = w.FirstY; y < w.AfterY; y++)
            for (int x = w.FirstX; x < w.AfterX; x++)
                target[y * _pitch + (long)x * _shape.Channels] += share;
    }

    private long Largest(float* source, Window w)
    {
        long where = w.FirstY * _pitch + (long)w.FirstX * _shape.Channels;
        for (int y = w.FirstY; y < w.AfterY; y++)
            for (int x = w.FirstX; x < w.AfterX; x++)
            {
                long next = y * _pitch + (long)x * _shape.Channels;
                if (source[next] > source[where]) where = next;
            }
        return where;
    }

    /// <summary>Pixels of the image under one window.</summary>
    private readonly record struct Window(int FirstY, int AfterY, int FirstX, int AfterX);
}
