namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// The forward pass of a convolution, and the gradient of its image: sums over taps and channels for every pixel of the result. The
/// tiles' rows are pixels, their columns channels of the result.
/// </summary>
/// <remarks>
/// The gradient of the image is a forward pass over the output's gradient with the taps in reverse and channels and features
/// exchanged. Where the result has few channels, a tile's row is a block of neighbouring pixels, so that fewer lanes idle: its
/// sums run over the taps of all of them, zeros standing for taps that a pixel does not have. An infinite or undefined element
/// therefore also spoils its neighbours within the block.
/// </remarks>
internal sealed unsafe class Correlation : CpuKernel
{
    /// <summary>Most pixels of a block.</summary>
    private const int MostPixels = 8;

    private readonly int _images;
    private readonly PaddedImage _source;
    private readonly TileCall[] _calls;
    private readonly WeightBlocks? _weights;
    private readonly int _units;
    private readonly int _finishPhase;
    private readonly int _resultPixels;
    private readonly int _resultChannels;
    private readonly long _weightBytes;
    private readonly long _paddedBytes;

    /// <summary>Plans the forward pass or, for <paramref name="gradient"/>, the gradient of the image.</summary>
    public Correlation(ConvShape shape, bool gradient, int workers, int lanes)
    {
        ConvShape s = shape;
        _images = s.Images;
        var y = gradient
            ? CorrelationAxis.Gradient(s.Height, s.KernelY, s.StrideY, s.DilationY, s.Top)
            : CorrelationAxis.Forward(s.Height, s.KernelY, s.StrideY, s.DilationY, s.Top, s.Bottom, s.OutHeight);
        var x = gradient
            ? CorrelationAxis.Gradient(s.Width, s.KernelX, s.StrideX, s.DilationX, s.Left)
            : CorrelationAxis.Forward(s.Width, s.KernelX, s.StrideX, s.DilationX, s.Left, s.Right, s.OutWidth);
        _source = gradient
            ? new PaddedImage(s.OutHeight, s.OutWidth, s.Features, y.Spread, x.Spread, y.Before, x.Before, y.Extent, x.Extent)
            : new PaddedImage(s.Height, s.Width, s.Channels, 1, 1, y.Before, x.Before, y.Extent, x.Extent);
        (_resultPixels, _resultChannels) = gradient ? (s.Height * s.Width, s.Channels) : (s.OutHeight * s.OutWidth, s.Features);

        int block = s.Groups == 1 && x.Phases.Length == 1 && x.Dilation == 1 ? ChooseBlock(s, gradient, x, y, lanes) : 1;
        int terms = gradient ? s.GroupFeatures : s.GroupChannels, columns = gradient ? s.GroupChannels : s.GroupFeatures;
        bool prepared = gradient || block > 1;
        long pitch = prepared ? ((long)block * columns + lanes - 1) / lanes * lanes : s.Features;
        if (prepared) _weights = new WeightBlocks(terms, columns, s.Features, gradient, pitch);
        var calls = new List<TileCall>();
        foreach (AxisPhase py in y.Phases)
            foreach (AxisPhase px in x.Phases)
                AddPhase(calls, s, gradient, (y, py), (x, px), block, pitch, lanes);
        _calls = [.. calls];

        // Few images are cut between workers; each then prepares the image for itself.
        _units = s.Images >= 4 * workers || s.Images % workers == 0 ? 1 : Math.Min(workers, _calls.Length);
        Workers = Math.Max(1, (int)Math.Min(workers, (long)s.Images * _units));
        _finishPhase = prepared ? 2 : 1;
        Phases = _finishPhase + (_units > 1 ? 1 : 0);
        _weightBytes = _weights is null ? 0 : Align(_weights.Floats * sizeof(float)) + 64;
        _paddedBytes = _source.Differs ? Align(_source.Floats * sizeof(float)) : 0;
        ScratchBytes = _weightBytes + Workers * _paddedBytes;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        if (phase == _finishPhase)
        {
            Finish(worker);
        }
        else if (_weights is not null && phase == 0)
        {
            (long first, long end) = Share.Of(_weights.Count, worker, Workers);
            _weights.Run((float*)b, (float*)scratch, first, end);
        }
        else
        {
            float* weights = _weights is null ? (float*)b : (float*)scratch;
            Correlate((float*)a, weights, (float*)c, (float*)(scratch + _weightBytes + worker * _paddedBytes), worker);
        }
    }

    /// <summary>The number of neighbouring pixels in a tile's row that takes the least estimated time.</summary>
    private static int ChooseBlock(ConvShape s, bool gradient, CorrelationAxis x, CorrelationAxis y, int lanes)
    {
        (int terms, int columns) = gradient ? (s.Features, s.Channels) : (s.Channels, s.Features);
        int best = 1, width = x.Phases[0].Count;
        double least = double.MaxValue;
        for (int block = 1; block <= MostPixels && (block == 1 || block * columns <= 4 * lanes); block++)
        {
            if (width % block != 0) continue;
            long sum = (long)y.Phases[0].Taps * (x.Phases[0].Taps + (block - 1) * x.Stride) * terms;
            double cost = BandTiling.Choose(y.Phases[0].Count, width / block, block * columns, sum, lanes, y.ResultStep == 1).Cost;
            if (cost < least) (best, least) = (block, cost);
        }
        return best;
    }

    private void AddPhase(
        List<TileCall> calls, ConvShape s, bool gradient,
        (CorrelationAxis Axis, AxisPhase Phase) y, (CorrelationAxis Axis, AxisPhase Phase) x, int block, long pitch, int lanes)
    {
        int sourceChannels = gradient ? s.Features : s.Channels;
        int terms = sourceChannels / s.Groups, columns = _resultChannels / s.Groups;
        int width = gradient ? s.Width : s.OutWidth, sourceHeight = gradient ? s.OutHeight : s.Height;
        int tapsX = x.Phase.Taps + (block - 1) * x.Axis.Stride;
        var tile = new TileShape(0, 0)
        {
            RowStride = (long)block * x.Axis.Stride * sourceChannels,
            OuterRowStride = y.Axis.Stride * _source.Pitch,
            K0 = terms,
            A0 = 1,
            B0 = pitch,
            K1 = tapsX,
            A1 = (long)x.Axis.Dilation * sourceChannels,
            B1 = terms * pitch,
            K2 = y.Phase.Taps,
            A2 = y.Axis.Dilation * _source.Pitch,
            B2 = tapsX * terms * pitch,
            StrideC = (long)block * x.Axis.ResultStep * _resultChannels,
        };
        bool joinable = x.Axis.ResultStep == 1 && y.Axis.ResultStep == 1;
        long bandC = (long)y.Axis.ResultStep * width * _resultChannels;
        for (int group = 0; group < s.Groups; group++)
        {
            long weights = (long)group * columns;
            if (_weights is not null)
            {
                weights = _weights.Reserve((long)y.Phase.Taps * tapsX);
                for (int ty = 0; ty < y.Phase.Taps; ty++)
                    for (int tx = 0; tx < tapsX; tx++)
                        for (int pixel = 0; pixel < block; pixel++)
                        {
                            long target = weights + ((long)ty * tapsX + tx) * terms * pitch + pixel * columns;
                            AddWeights(s, group, y.Phase, ty, x.Phase, tx - pixel * x.Axis.Stride, target);
                        }
            }
            long a = y.Phase.Shift * _source.Pitch + (long)x.Phase.Shift * sourceChannels + group * terms;
            long c = ((long)y.Phase.First * width + x.Phase.First) * _resultChannels + group * columns;
            // Rows at the border leave out the taps that meet nothing but padding.
            for (int row = 0, after; row < y.Phase.Count; row = after)
            {
                (int firstTap, int taps) = y.Axis.TapsAt(y.Phase, row, sourceHeight);
                for (after = row + 1; after < y.Phase.Count && y.Axis.TapsAt(y.Phase, after, sourceHeight) == (firstTap, taps);) after++;
                TileShape rows = tile with { K2 = taps };
                BandTiling
                    .Choose(after - row, x.Phase.Count / block, block * columns, rows.Terms, lanes, joinable)
                    .AddCalls(calls, rows, lanes, a + row * tile.OuterRowStride + firstTap * tile.A2, weights + firstTap * tile.B2, c + row * bandC, bandC);
            }
        }
    }

    private void AddWeights(ConvShape s, int group, AxisPhase y, int ty, AxisPhase x, int tx, long target)
    {
        long source = -1;
        if (tx >= 0 && tx < x.Taps)
        {
            long tap = (long)(y.FirstWeight + ty * y.WeightStep) * s.KernelX + x.FirstWeight + tx * x.WeightStep;
            source = tap * s.GroupChannels * s.Features + group * s.GroupFeatures;
        }
        _weights!.Add(source, target);
    }

    private void Correlate(float* images, float* weights, float* result, float* padded, int worker)
    {
        if (_source.Differs) _source.Clear(padded);
        (long unit, long end) = Share.Of((long)_images * _units, worker, Workers);
        long filled = -1;
        for (; unit < end; unit++)
        {
            (long image, long part) = Math.DivRem(unit, _units);
            float* source = images + image * _source.ImageFloats;
            if (_source.Differs)
            {
                if (filled != image) _source.Fill(source, padded);
                source = padded;
                filled = image;
            }
            float* target = result + image * _resultPixels * _resultChannels;
            (long first, long after) = Share.Of(_calls.Length, (int)part, _units);
            for (long i = first; i < after; i++)
            {
                ref readonly TileCall call = ref _calls[i];
                call.Kernel(source + call.A, weights + call.B, target + call.C);
            }
            if (_units == 1) Epilogue?.Run(image * _resultPixels, _resultPixels, 0, _resultChannels, worker);
        }
    }

    /// <summary>Where images are cut between workers, the epilogue waits for all parts.</summary>
    private void Finish(int worker)
    {
        (long row, long end) = Share.Of((long)_images * _resultPixels, worker, Workers);
        if (row < end) Epilogue?.Run(row, (int)(end - row), 0, _resultChannels, worker);
    }
}
