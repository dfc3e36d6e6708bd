using Nn.Backends.Cpu.Emit;
using Nn.Backends.Cpu.Fused;
using Nn.Backends.Cpu.Kernels;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>Chooses the kernel of each step of a plan and binds it to memory.</summary>
internal static unsafe class CpuSteps
{
    // Bytes below which a movement is done sooner by one worker.
    private const long SharedBytes = 64 * 1024;

    // Results up to this size are left in the first-level cache for what follows.
    private const long CachedBytes = 16 * 1024;

    /// <summary>The bound step.</summary>
    public static CpuStep Create(PlanStep step, AddressOf address, VectorIsa isa, int team)
    {
        FusedCpuStep Fused(FusedStep s, int workers, bool epilogue = false)
        {
            Span<nint> addresses = stackalloc nint[s.Slots.Count];
            for (int i = 0; i < addresses.Length; i++) addresses[i] = (nint)address(s.Slots[i]);
            return new FusedCpuStep(s.Program, addresses, isa, workers, epilogue);
        }

        KernelCpuStep WithEpilogue(CpuKernel kernel, Slot a, Slot b, Slot c, FusedStep? epilogue)
        {
            // A small result is still in the first-level cache when all of it is done; rows of few elements are better taken many at a time.
            bool inTiles = (kernel.Workers > 1 || c.Bytes > CachedBytes) && c.Shape[-1] >= isa.Width;
            FusedCpuStep? fused = epilogue is null ? null : Fused(epilogue, inTiles ? 1 : kernel.Workers, inTiles);
            return new KernelCpuStep(kernel, address(a), address(b), address(c), fused, inTiles);
        }

        int Movers(long bytes) => bytes < SharedBytes ? 1 : team;
        switch (step)
        {
            case FusedStep s: return Fused(s, team);
            case MatMulStep s:
                return WithEpilogue(MatMul.Create(Shape(s.Geometry), team, isa.Width), s.A, s.B, s.C, s.Epilogue);
            case ConvStep s:
                return WithEpilogue(Convolution.Create(s.Geometry.Pass, Shape(s.Geometry), team, isa.Width), s.A, s.B, s.C, s.Epilogue);
            case PoolStep s:
                byte* first = address(s.Reads[0]), second = s.Reads.Count > 1 ? address(s.Reads[1]) : null;
                return new KernelCpuStep(Pool(s.Geometry, Movers(s.Bytes)), first, second, address(s.Output));
            case GatherStep s:
                long rowBytes = s.Geometry.RowElements * s.Table.Type.Size();
                return new KernelCpuStep(
                    new GatherRows(s.Geometry.Rows, s.Index.Shape.Count, rowBytes, Movers(s.Output.Bytes)),
                    address(s.Table), address(s.Index), address(s.Output));
            case ScatterAddStep s:
                return new KernelCpuStep(
                    new ScatterAddRows(s.Geometry.Rows, s.Index.Shape.Count, s.Geometry.RowElements, Movers(s.Bytes)),
                    address(s.Index), address(s.Source), address(s.Output));
            case CopyStep { Movement: var m } s:
                CopyAxis[] axes = [.. m.Extents.Select((extent, i) => new CopyAxis(extent, m.From[i], m.To[i]))];
                if (axes.Length == 0) axes = [new CopyAxis(1, 0, 0)];
                long clear = m.Clear ? s.Output.Shape.Count : 0;
                CpuKernel copy = s.Input.Type.Size() == 1
                    ? new StridedCopy<byte>(axes, m.FromOffset, m.ToOffset, clear, Movers(s.Bytes))
                    : new StridedCopy<int>(axes, m.FromOffset, m.ToOffset, clear, Movers(s.Bytes));
                return new KernelCpuStep(copy, address(s.Input), null, address(s.Output));
            case OpStep s:
                byte* left = address(s.Inputs[0]), right = s.Inputs.Count > 1 ? address(s.Inputs[1]) : null;
                return new KernelCpuStep(OpKernels.Create(s, Movers(s.Bytes)), left, right, address(s.Output));
            default: throw new ArgumentException($"the CPU has no kernel for {step.Kind} steps");
        }
    }

    private static MatMulShape Shape(MatMulGeometry g) =>
        new(g.M, g.N, g.K, g.TransposeA, g.TransposeB) { Batch = g.Batch, StrideA = g.StrideA, StrideB = g.StrideB };

    private static ConvShape Shape(ConvGeometry g)
    {
        ConvAttributes a = g.Attributes;
        return new ConvShape(g.Image[0], g.Image[1], g.Image[2], g.Image[3], g.Weights[0], g.Weights[1], g.Weights[3])
        {
            StrideY = a.StrideY,
            StrideX = a.StrideX,
            Top = a.Top,
            Bottom = a.Bottom,
            Left = a.Left,
            Right = a.Right,
            DilationY = a.DilationY,
            DilationX = a.DilationX,
            Groups = a.Groups,
        };
    }

    private static CpuKernel Pool(PoolGeometry g, int workers)
    {
        PoolAttributes a = g.Attributes;
        var shape = new PoolShape(g.Image[0], g.Image[1], g.Image[2], g.Image[3], a.WindowY, a.WindowX, a.StrideY, a.StrideX)
        {
            Top = a.Top,
            Bottom = a.Bottom,
            Left = a.Left,
            Right = a.Right,
        };
        return g.Pass switch
        {
            PoolPass.Max => new PoolForward<MaxOperator>(shape, workers),
            PoolPass.Average => new PoolForward<AverageOperator>(shape, workers),
            _ => new PoolGradient(shape, g.Pass == PoolPass.MaxGradient, workers),
        };
    }
}
