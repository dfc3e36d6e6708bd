namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// The forward pass of a convolution, and the gradient of its image: sums over taps and channels for every pixel of the result. The
/// tiles' rows are pixels, their columns channels of the result.
/// </summary>
/// <remarks>
/// The gradient of the image is a forward pass over the output's gradient, spread out by the stride and padded, with the
/// taps in reverse and channels and features exchanged; its weights are prepared in a phase of their own.
/// </remarks>
internal sealed unsafe class Correlation : CpuKernel
{
    private readonly ConvShape _shape;
    private readonly bool _gradient;
    private readonly PaddedImage _source;
    private readonly TileCall[] _calls;
    private readonly int _units;
    private readonly int _resultRows;
    private readonly int _resultWidth;
    private readonly int _resultChannels;
    private readonly long _weightPitch;
    private readonly long _weightBytes;
    private readonly long _paddedBytes;
    private readonly int _finishPhase;

    /// <summary>Plans the forward pass or, for <paramref name="gradient"/>, the gradient of the image.</summary>
    public Correlation(ConvShape shape, bool gradient, int workers, int lanes)
    {
        (_shape, _gradient) = (shape, gradient);
        ConvShape s = shape;
        int reachY = s.DilationY * (s.KernelY - 1), reachX = s.DilationX * (s.KernelX - 1);
        _source = gradient
            ? new PaddedImage(s.OutHeight, s.OutWidth, s.Features, s.StrideY, s.StrideX, reachY - s.Top, reachX - s.Left, s.Height + reachY, s.Width + reachX)
            : new PaddedImage(s.Height, s.Width, s.Channels, 1, 1, s.Top, s.Left, s.Height + s.Top + s.Bottom, s.Width + s.Left + s.Right);
        (_resultRows, _resultWidth, _resultChannels) = gradient ? (s.Height, s.Width, s.Channels) : (s.OutHeight, s.OutWidth, s.Features);
        (int sourceChannels, int terms, int columns) = gradient
            ? (s.Features, s.GroupFeatures, s.GroupChannels)
            : (s.Channels, s.GroupChannels, s.GroupFeatures);
        _weightPitch = gradient ? (columns + lanes - 1) / lanes * lanes : s.Features;
        (int strideY, int strideX) = gradient ? (1, 1) : (s.StrideY, s.StrideX);
        var tile = new TileShape(0, 0)
        {
            RowStride = (long)strideX * sourceChannels,
            OuterRowStride = strideY * _source.Pitch,
            K0 = terms,
            A0 = 1,
            B0 = _weightPitch,
            K1 = s.KernelX,
            A1 = (long)s.DilationX * sourceChannels,
            B1 = terms * _weightPitch,
            K2 = s.KernelY,
            A2 = s.DilationY * _source.Pitch,
            B2 = s.KernelX * terms * _weightPitch,
            StrideC = _resultChannels,
        };
        var tiling = BandTiling.Choose(_resultRows, _resultWidth, columns, tile.Terms, lanes);
        var calls = new List<TileCall>();
        long groupWeights = gradient ? s.KernelY * s.KernelX * terms * _weightPitch : columns;
        for (int group = 0; group < s.Groups; group++)
            tiling.AddCalls(calls, tile, lanes, group * terms, group * groupWeights, group * columns);
        _calls = [.. calls];
        // Few images are cut between workers; each then prepares the image for itself.
        _units = s.Images >= 4 * workers || s.Images % workers == 0 ? 1 : Math.Min(workers, _calls.Length);
        Workers = Math.Max(1, (int)Math.Min(workers, (long)s.Images * _units));
        _finishPhase = (gradient ? 1 : 0) + 1;
        Phases = _finishPhase + (_units > 1 ? 1 : 0);
        if (gradient)
        {
            _weightBytes = Align(s.Groups * groupWeights * sizeof(float)) + 64;
        }
        _paddedBytes = _source.Differs ? Align(_source.Floats * sizeof(float)) : 0;
        ScratchBytes = _weightBytes + Workers * _paddedBytes;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        if (phase == _finishPhase) Finish(worker);
        else if (_gradient && phase == 0) PrepareWeights((float*)b, (float*)scratch, worker);
        else Correlate((float*)a, _gradient ? (float*)scratch : (float*)b, (float*)c, (float*)(scratch + _weightBytes + worker * _paddedBytes), worker);
    }

    private void PrepareWeights(float* weights, float* prepared, int worker)
    {
        ConvShape s = _shape;
        int taps = s.KernelY * s.KernelX;
        (long unit, long end) = Share.Of((long)s.Groups * taps, worker, Workers);
        for (; unit < end; unit++)
        {
            (long group, long tap) = Math.DivRem(unit, taps);
            Transposition.Run(
                weights + tap * s.GroupChannels * s.Features + group * s.GroupFeatures,
                s.Features,
                prepared + (group * taps + taps - 1 - tap) * s.GroupFeatures * _weightPitch,
                _weightPitch,
                s.GroupChannels,
                s.GroupFeatures);
        }
    }

    private void Correlate(float* images, float* weights, float* result, float* padded, int worker)
    {
        if (_source.Differs) _source.Clear(padded);
        (long unit, long end) = Share.Of((long)_shape.Images * _units, worker, Workers);
        long pixels = (long)_resultRows * _resultWidth;
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
            float* target = result + image * pixels * _resultChannels;
            (long first, long after) = Share.Of(_calls.Length, (int)part, _units);
            for (long i = first; i < after; i++)
            {
                ref readonly TileCall call = ref _calls[i];
                call.Kernel(source + call.A, weights + call.B, target + call.C);
            }
            if (_units == 1) Epilogue?.Run(image * pixels, (int)pixels, 0, _resultChannels, worker);
        }
    }

    /// <summary>Where images are cut between workers, the epilogue waits for all parts.</summary>
    private void Finish(int worker)
    {
        (long row, long end) = Share.Of((long)_shape.Images * _resultRows * _resultWidth, worker, Workers);
        if (row < end) Epilogue?.Run(row, (int)(end - row), 0, _resultChannels, worker);
    }
}
