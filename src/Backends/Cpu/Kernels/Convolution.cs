using Nn.Ops;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>Chooses how a pass of a convolution is computed.</summary>
internal static class Convolution
{
    /// <summary>Work below which a second worker costs more than it saves.</summary>
    private const double SharedFlops = 60_000;

    /// <summary>
    /// Plans a pass for up to <paramref name="workers"/> workers and vectors of <paramref name="lanes"/> floats. Operands as in
    /// <see cref="ConvGeometry"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The shape is no convolution.</exception>
    public static CpuKernel Create(ConvPass pass, ConvShape shape, int workers = 1, int lanes = 0)
    {
        shape.Validate();
        if (lanes == 0) lanes = Simd.Lanes;
        if (shape.Images == 0)
            return pass == ConvPass.WeightGradient ? new ClearKernel(shape.WeightFloats / shape.Features, shape.Features) : new ClearKernel(0, 0);
        if (shape.Flops < SharedFlops) workers = 1;
        long pixels = (long)shape.Images * shape.OutHeight * shape.OutWidth;
        if (shape.IsMatMul && pixels <= int.MaxValue)
        {
            int rows = (int)pixels;
            return MatMul.Create(
                pass switch
                {
                    ConvPass.Forward => new MatMulShape(rows, shape.Features, shape.Channels),
                    ConvPass.InputGradient => new MatMulShape(rows, shape.Channels, shape.Features, TransposeB: true),
                    _ => new MatMulShape(shape.Channels, shape.Features, rows, TransposeA: true),
                },
                workers,
                lanes);
        }
        if (DepthwiseConvolution.Fits(shape))
            return pass == ConvPass.WeightGradient
                ? new DepthwiseWeightGradient(shape, workers)
                : new DepthwiseConvolution(shape, pass == ConvPass.InputGradient, workers);
        return pass == ConvPass.WeightGradient
            ? new WeightGradient(shape, workers, lanes)
            : new Correlation(shape, pass == ConvPass.InputGradient, workers, lanes);
    }
}
