using System.Numerics;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// The gradient of a convolution's weights: sums over images and pixels for every weight. The tiles' rows are taps and channels,
/// their columns features.
/// </summary>
/// <remarks>
/// The images fall into a number of sections that depends on the shape alone. Each section sums in the order of its images into a partial
/// result of its own, and the partial results are added in order: workers share the sections and never change a sum.
/// Where there are few features, a tile's columns are those of several neighbouring pixels, so that fewer lanes idle: its rows
/// are then the taps of all of them, and a weight is the sum over the pixels of the block.
/// </remarks>
internal sealed unsafe class WeightGradient : CpuKernel
{
    private const int MostSections = 8;
    private const int MostPixels = 8;
    private const long MostPartialFloats = 1 << 20;

    private readonly ConvShape _shape;
    private readonly PaddedImage _source;
    private readonly TileCall[] _storing;
    private readonly TileCall[] _adding;
    private readonly int _sections;
    private readonly int _parts;
    private readonly bool _direct;
    private readonly int _block;
    private readonly int _bandRows;
    private readonly long _paddedBytes;
    private readonly long _partialBytes;

    /// <summary>Plans the pass.</summary>
    public WeightGradient(ConvShape shape, int workers, int lanes)
    {
        _shape = shape;
        ConvShape s = shape;
        _source = new PaddedImage(s.Height, s.Width, s.Channels, 1, 1, s.Top, s.Left, s.Height + s.Top + s.Bottom, s.Width + s.Left + s.Right);
        // Taps beside each other whose channels follow each other are one long band, and the rows of taps are the bands.
        bool joined = s.DilationX == 1 && s.Groups == 1;
        _block = joined ? ChooseBlock(s, lanes) : 1;
        _bandRows = joined ? BandRows(s, _block) : s.KernelX * s.GroupChannels;
        long tapRow = s.DilationY * _source.Pitch, partialColumns = (long)_block * s.Features, partialRow = _bandRows * partialColumns;
        var tile = new TileShape(0, 0)
        {
            RowStride = 1,
            OuterRowStride = joined ? tapRow : (long)s.DilationX * s.Channels,
            K0 = s.OutWidth / _block,
            A0 = (long)_block * s.StrideX * s.Channels,
            B0 = partialColumns,
            K1 = s.OutHeight,
            A1 = s.StrideY * _source.Pitch,
            B1 = (long)s.OutWidth * s.Features,
            StrideC = partialColumns,
        };
        BandTiling tiling = joined
            ? BandTiling.Choose(s.KernelY, _bandRows, (int)partialColumns, tile.Terms, lanes)
            : BandTiling.Choose(s.KernelX, s.GroupChannels, s.GroupFeatures, tile.Terms, lanes);
        List<TileCall> storing = [], adding = [];
        for (int group = 0; group < s.Groups; group++)
            for (int ky = 0; ky < (joined ? 1 : s.KernelY); ky++)
            {
                long a = group * s.GroupChannels + ky * tapRow, b = group * s.GroupFeatures, c = b + ky * partialRow;
                tiling.AddCalls(storing, tile, lanes, a, b, c, tiling.Length * tile.StrideC);
                if (s.Images > 1) tiling.AddCalls(adding, tile with { Accumulate = true }, lanes, a, b, c, tiling.Length * tile.StrideC);
            }
        (_storing, _adding) = ([.. storing], [.. adding]);
        long partialFloats = s.KernelY * partialRow;
        _sections = (int)Math.Clamp(MostPartialFloats / partialFloats, 1, Math.Min(s.Images, MostSections));
        _direct = _sections == 1 && _block == 1;
        _parts = Math.Min(_storing.Length, (workers + _sections - 1) / _sections);
        Workers = Math.Min(workers, _sections * _parts);
        Phases = 2;
        _paddedBytes = _source.Differs ? Align(_source.Floats * sizeof(float)) : 0;
        _partialBytes = _direct ? 0 : Align(partialFloats * sizeof(float)) + 64;
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
            float* target = _direct ? result : (float*)(partial + section * _partialBytes);
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
        ConvShape s = _shape;
        int bandWeights = s.KernelX * s.GroupChannels;
        (long row, long end) = Share.Of(s.WeightFloats / s.Features, worker, Workers);
        if (!_direct)
            for (long r = row; r < end; r++)
            {
                (long band, long inBand) = Math.DivRem(r, bandWeights);
                Sum((float*)partial + (band * _bandRows + inBand) * _block * s.Features, result + r * s.Features);
            }
        if (row < end) Epilogue?.Run(row, (int)(end - row), 0, s.Features, worker);
    }

    /// <summary>Adds the sections' and the block's pixels' shares of the weights of one tap and channel.</summary>
    private void Sum(float* partial, float* result)
    {
        int features = _shape.Features;
        // A pixel's taps begin after those of the pixel before it, and its columns too.
        long pixelStep = (long)_shape.StrideX * _shape.Channels * _block * features + features;
        long sectionStep = _partialBytes / sizeof(float);
        int f = 0;
        for (; f + Vector<float>.Count <= features; f += Vector<float>.Count)
        {
            Vector<float> sum = Vector<float>.Zero;
            for (int section = 0; section < _sections; section++)
                for (int pixel = 0; pixel < _block; pixel++)
                    sum += Vector.Load(partial + section * sectionStep + pixel * pixelStep + f);
            sum.Store(result + f);
        }
        for (; f < features; f++)
        {
            float sum = 0;
            for (int section = 0; section < _sections; section++)
                for (int pixel = 0; pixel < _block; pixel++)
                    sum += partial[section * sectionStep + pixel * pixelStep + f];
            result[f] = sum;
        }
    }

    /// <summary>Rows of a band: the channels of all taps that the pixels of a block meet in one row of the kernel.</summary>
    private static int BandRows(ConvShape s, int block) => (s.KernelX + (block - 1) * s.StrideX) * s.Channels;

    /// <summary>The number of neighbouring pixels whose features are a tile's columns that takes the least estimated time.</summary>
    private static int ChooseBlock(ConvShape s, int lanes)
    {
        int best = 1;
        double least = double.MaxValue;
        for (int block = 1; block <= MostPixels && (block == 1 || block * s.Features <= 4 * lanes); block++)
        {
            if (s.OutWidth % block != 0) continue;
            long terms = (long)s.OutHeight * s.OutWidth / block;
            double cost = BandTiling.Choose(s.KernelY, BandRows(s, block), block * s.Features, terms, lanes).Cost;
            if (cost < least) (best, least) = (block, cost);
        }
        return best;
    }
}
