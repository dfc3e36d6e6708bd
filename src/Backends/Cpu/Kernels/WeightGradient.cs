using System.Numerics;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// The gradient of a convolution's weights: sums over images and pixels for every weight. The tiles' rows are taps and channels,
/// their columns features.
/// </summary>
/// <remarks>
/// The images fall into a number of sections that depends on the shape alone. Each section sums in the order of its images into a partial
/// result of its own, and the partial results are added in order: workers share the sections and never change a sum.
/// </remarks>
internal sealed unsafe class WeightGradient : CpuKernel
{
    private const int MostSections = 8;
    private const long MostPartialFloats = 1 << 20;

    private readonly ConvShape _shape;
    private readonly PaddedImage _source;
    private readonly TileCall[] _storing;
    private readonly TileCall[] _adding;
    private readonly int _sections;
    private readonly int _parts;
    private readonly long _paddedBytes;
    private readonly long _partialBytes;

    /// <summary>Plans the pass.</summary>
    public WeightGradient(ConvShape shape, int workers, int lanes)
    {
        _shape = shape;
        ConvShape s = shape;
        _source = new PaddedImage(s.Height, s.Width, s.Channels, 1, 1, s.Top, s.Left, s.Height + s.Top + s.Bottom, s.Width + s.Left + s.Right);
        var tile = new TileShape(0, 0)
        {
            RowStride = 1,
            K0 = s.OutWidth,
            A0 = (long)s.StrideX * s.Channels,
            B0 = s.Features,
            K1 = s.OutHeight,
            A1 = s.StrideY * _source.Pitch,
            B1 = (long)s.OutWidth * s.Features,
            StrideC = s.Features,
        };
        long tapRow = s.DilationY * _source.Pitch, weightRow = (long)s.KernelX * s.GroupChannels * s.Features;
        // Taps beside each other whose channels follow each other are one long band, and the rows of taps are the bands.
        bool joined = s.DilationX == 1 && s.Groups == 1;
        tile = tile with { OuterRowStride = joined ? tapRow : (long)s.DilationX * s.Channels };
        BandTiling tiling = joined
            ? BandTiling.Choose(s.KernelY, s.KernelX * s.Channels, s.Features, tile.Terms, lanes)
            : BandTiling.Choose(s.KernelX, s.GroupChannels, s.GroupFeatures, tile.Terms, lanes);
        List<TileCall> storing = [], adding = [];
        for (int group = 0; group < s.Groups; group++)
            for (int ky = 0; ky < (joined ? 1 : s.KernelY); ky++)
            {
                long a = group * s.GroupChannels + ky * tapRow, b = group * s.GroupFeatures, c = b + ky * weightRow;
                tiling.AddCalls(storing, tile, lanes, a, b, c, tiling.Length * tile.StrideC);
                if (s.Images > 1) tiling.AddCalls(adding, tile with { Accumulate = true }, lanes, a, b, c, tiling.Length * tile.StrideC);
            }
        (_storing, _adding) = ([.. storing], [.. adding]);
        _sections = (int)Math.Clamp(MostPartialFloats / s.WeightFloats, 1, Math.Min(s.Images, MostSections));
        _parts = Math.Min(_storing.Length, (workers + _sections - 1) / _sections);
        Workers = Math.Min(workers, _sections * _parts);
        Phases = 2;
        _paddedBytes = _source.Differs ? Align(_source.Floats * sizeof(float)) : 0;
        _partialBytes = _sections == 1 ? 0 : Align(s.WeightFloats * sizeof(float)) + 64;
        ScratchBytes = Workers * _paddedBytes + _sections * _partialBytes;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        byte* partial = scratch + Workers * _paddedBytes;
        if (phase == 0) Multiply((float*)a, (float*)b, (float*)c, partial, (float*)(scratch + worker * _paddedBytes), worker);
        else Finish((float*)c, partial, worker);
    }

    private void Multiply(float* images, float* gradients, float* result, byte* partial, float* padded, int worker)
    {
        if (_source.Differs) _source.Clear(padded);
        (long unit, long end) = Share.Of((long)_sections * _parts, worker, Workers);
        for (; unit < end; unit++)
        {
            (long section, long part) = Math.DivRem(unit, _parts);
            float* target = _sections == 1 ? result : (float*)(partial + section * _partialBytes);
            (long firstCall, long lastCall) = Share.Of(_storing.Length, (int)part, _parts);
            (long image, long lastImage) = Share.Of(_shape.Images, (int)section, _sections);
            TileCall[] calls = _storing;
            for (; image < lastImage; image++)
            {
                float* source = images + image * _source.ImageFloats;
                if (_source.Differs)
                {
                    _source.Fill(source, padded);
                    source = padded;
                }
                float* gradient = gradients + image * _shape.OutFloats;
                for (long i = firstCall; i < lastCall; i++)
                {
                    ref readonly TileCall call = ref calls[i];
                    call.Kernel(source + call.A, gradient + call.B, target + call.C);
                }
                calls = _adding;
            }
        }
    }

    private void Finish(float* result, byte* partial, int worker)
    {
        int features = _shape.Features;
        (long row, long end) = Share.Of(_shape.WeightFloats / features, worker, Workers);
        if (_sections > 1)
        {
            long i = row * features, last = end * features;
            for (; i + Vector<float>.Count <= last; i += Vector<float>.Count)
            {
                Vector<float> sum = Vector.Load((float*)partial + i);
                for (int section = 1; section < _sections; section++) sum += Vector.Load((float*)(partial + section * _partialBytes) + i);
                sum.Store(result + i);
            }
            for (; i < last; i++)
            {
                float sum = ((float*)partial)[i];
                for (int section = 1; section < _sections; section++) sum += ((float*)(partial + section * _partialBytes))[i];
                result[i] = sum;
            }
        }
        if (row < end) Epilogue?.Run(row, (int)(end - row), 0, features, worker);
    }
}
