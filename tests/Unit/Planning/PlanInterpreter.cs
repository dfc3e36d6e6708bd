using Nn.Backends;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Planning;

/// <summary>
/// Runs a plan's steps one element at a time in double precision, over memory laid out as the plan says: what the planner promises,
/// taken literally. Temporaries are poisoned with NaN before every run.
/// </summary>
public sealed class PlanInterpreter : IProgram
{
    // One entry a byte; an element lives at its first byte.
    private readonly Dictionary<Arena, double[]> _memory = [];

    public PlanInterpreter(Plan plan)
    {
        foreach (Arena a in plan.Arenas) _memory[a] = new double[a.Bytes];
    }

    public void Write(Slot slot, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < slot.Shape.Count; i++)
        {
            Set(slot, i, slot.Type switch
            {
                DType.F32 => BitConverter.ToSingle(bytes[(4 * i)..]),
                DType.I32 => BitConverter.ToInt32(bytes[(4 * i)..]),
                _ => bytes[i],
            });
        }
    }

    public void Read(Slot slot, Span<byte> bytes)
    {
        for (int i = 0; i < slot.Shape.Count; i++)
        {
            if (slot.Type == DType.F32) BitConverter.TryWriteBytes(bytes[(4 * i)..], (float)Get(slot, i));
            else if (slot.Type == DType.I32) BitConverter.TryWriteBytes(bytes[(4 * i)..], (int)Get(slot, i));
            else bytes[i] = (byte)Get(slot, i);
        }
    }

    public void Run(Entry entry, int times)
    {
        for (int t = 0; t < times; t++)
        {
            foreach ((Arena arena, double[] memory) in _memory)
            {
                if (!arena.Persistent) Array.Fill(memory, double.NaN);
            }

            foreach (PlanStep step in entry.Steps) Execute(step);
        }
    }

    public void Dispose()
    {
    }

    private double Get(Slot s, long i) => _memory[s.Arena][s.Offset + i * s.Type.Size()];

    private void Set(Slot s, long i, double value) => _memory[s.Arena][s.Offset + i * s.Type.Size()] = value;

    private double[] All(Slot s)
    {
        var values = new double[s.Shape.Count];
        for (long i = 0; i < values.Length; i++) values[i] = Get(s, i);
        return values;
    }

    private void Execute(PlanStep step)
    {
        switch (step)
        {
            case FusedStep s: Fused(s); break;
            case MatMulStep s: MatMul(s); if (s.Epilogue is not null) Fused(s.Epilogue); break;
            case ConvStep s: Conv(s); if (s.Epilogue is not null) Fused(s.Epilogue); break;
            case PoolStep s: Pool(s); break;
            case GatherStep { Geometry: var g } s:
                double[] index = All(s.Index);
                for (int i = 0; i < index.Length; i++)
                {
                    for (long j = 0; j < g.RowElements; j++)
                        Set(s.Output, i * g.RowElements + j, Get(s.Table, (long)Math.Clamp(index[i], 0, g.Rows - 1) * g.RowElements + j));
                }

                break;
            case ScatterAddStep { Geometry: var g } s:
                double[] rows = All(s.Index), source = All(s.Source);
                var sum = new double[g.Rows * g.RowElements];
                for (int i = 0; i < rows.Length; i++)
                {
                    if (rows[i] < 0 || rows[i] >= g.Rows) continue;
                    for (long j = 0; j < g.RowElements; j++) sum[(long)rows[i] * g.RowElements + j] += source[i * g.RowElements + j];
                }

                for (int i = 0; i < sum.Length; i++) Set(s.Output, i, sum[i]);
                break;
            case CopyStep { Movement: var m } s:
                if (m.Clear)
                {
                    for (long i = 0; i < s.Output.Shape.Count; i++) Set(s.Output, i, 0);
                }

                foreach ((int[] at, _) in Coordinates.Of(m.Extents))
                {
                    long from = m.FromOffset + Coordinates.Offset(at, m.From), to = m.ToOffset + Coordinates.Offset(at, m.To);
                    Set(s.Output, to, Get(s.Input, from));
                }

                break;
            case OpStep s:
                double[][] operands = [.. s.Inputs.Select(All)];
                var made = new double[s.Output.Shape.Count];
                Node[] given = [.. s.Inputs.Select((slot, i) => new Node(i, LeafOps.Read, [], slot, slot.Shape, slot.Type))];
                s.Op.Evaluate(new Node(given.Length, s.Op, given, s.Attributes, s.Output.Shape, s.Output.Type), operands, made);
                for (int i = 0; i < made.Length; i++) Set(s.Output, i, made[i]);
                break;
            case ScanStep s:
                foreach (PlanStep inner in s.Kernels) Execute(inner);
                break;
            default: throw new InvalidOperationException(step.Kind);
        }
    }

    // Kernels read all operands before they write: a result in the memory of an operand would be a planning error, which NaN shows.
    private void MatMul(MatMulStep s)
    {
        double[] a = All(s.A), b = All(s.B);
        for (long i = 0; i < s.C.Shape.Count; i++) Set(s.C, i, double.NaN);
        for (int z = 0; z < s.Geometry.Batch; z++)
        {
            for (int i = 0; i < s.Geometry.M; i++)
            {
                for (int j = 0; j < s.Geometry.N; j++)
                {
                    double sum = 0;
                    for (int k = 0; k < s.Geometry.K; k++)
                    {
                        sum += a[z * s.Geometry.StrideA + (s.Geometry.TransposeA ? (long)k * s.Geometry.M + i : (long)i * s.Geometry.K + k)]
                            * b[z * s.Geometry.StrideB + (s.Geometry.TransposeB ? (long)j * s.Geometry.K + k : (long)k * s.Geometry.N + j)];
                    }

                    Set(s.C, ((long)z * s.Geometry.M + i) * s.Geometry.N + j, sum);
                }
            }
        }
    }

    private void Conv(ConvStep s)
    {
        (Op op, Shape first, Shape second) = s.Geometry.Pass switch
        {
            ConvPass.Forward => (ConvolutionOps.Conv, s.Geometry.Image, s.Geometry.Weights),
            ConvPass.InputGradient => (ConvolutionOps.InputGradient, s.Geometry.Output, s.Geometry.Weights),
            _ => (ConvolutionOps.WeightGradient, s.Geometry.Image, s.Geometry.Output),
        };
        ByGraph(s.C, (g, x) => g.Add(op, s.Geometry.Attributes, x[0], x[1]), (s.A, first), (s.B, second));
    }

    private void Pool(PoolStep s) => ByGraph(s.Output, (g, x) => s.Geometry.Pass switch
    {
        PoolPass.Max => g.MaxPool(x[0], s.Geometry.Attributes),
        PoolPass.MaxGradient => g.MaxPoolGradient(x[0], x[1], s.Geometry.Attributes),
        PoolPass.Average => g.AveragePool(x[0], s.Geometry.Attributes),
        _ => g.AveragePoolGradient(x[0], s.Geometry.Attributes),
    }, [.. s.Reads.Select((r, i) => (r, i == 0 && s.Geometry.Pass != PoolPass.AverageGradient ? s.Geometry.Image : s.Geometry.Pooled))]);

    private void ByGraph(Slot output, Func<GraphBuilder, Node[], Node> build, params (Slot Slot, Shape Shape)[] inputs)
    {
        var builder = new GraphBuilder(simplify: false);
        var plan = new PlanBuilder();
        Slot[] slots = [.. inputs.Select((x, i) => plan.Slot("in", $"in{i}", x.Shape, DType.F32))];
        Node node = build(builder, [.. slots.Select(builder.Read)]);
        var values = new double[node.Shape.Count];
        node.Op.Evaluate(node, [.. inputs.Select(i => All(i.Slot))], values);
        for (int i = 0; i < values.Length; i++) Set(output, i, values[i]);
    }

    private void Fused(FusedStep step)
    {
        FusedProgram p = step.Program;
        Shape space = p.Extents;
        int last = space[-1];
        long rows = last == 0 ? 0 : space.Count / last;
        var terminals = new Dictionary<(int Code, long At), double>();
        var stores = new List<(Slot Slot, long At, double Value)>();
        for (long row = 0; row < rows; row++)
        {
            var values = new double[p.Code.Count][];
            for (int c = 0; c < p.Code.Count; c++)
            {
                FusedInstruction code = p.Code[c];
                var v = values[c] = new double[last];
                double Arg(int i, int x) => i < 0 ? 0 : values[i][x];
                if (code.Op is FusedOp.RowSum) Array.Fill(v, values[code.A].Sum());
                else if (code.Op is FusedOp.RowMax) Array.Fill(v, values[code.A].Max());
                else if (code.Op is FusedOp.RowArgMax) Array.Fill(v, Array.IndexOf(values[code.A], values[code.A].Max()));
                else
                {
                    for (int x = 0; x < last; x++)
                    {
                        int[] at = At(space, row * last + x);
                        long Offset(Shape strides) => Enumerable.Range(0, at.Length).Sum(i => (long)at[i] * strides[i]);
                        long Element(FusedOperand operand) => operand.Offset + Offset(operand.Strides);
                        double a = Arg(code.A, x), b = Arg(code.B, x), d = Arg(code.C, x);
                        switch (code.Op)
                        {
                            case FusedOp.Load: v[x] = Get(step.Slots[code.Operand], Element(p.Operands[code.Operand])); break;
                            case FusedOp.Index: v[x] = Offset(code.Strides); break;
                            // A stored value is written when the whole row has been computed, as a backend may.
                            case FusedOp.Store: stores.Add((step.Slots[code.Operand], Element(p.Operands[code.Operand]), a)); break;
                            case FusedOp.TerminalSum or FusedOp.TerminalMax:
                                (int, long) key = (c, Offset(p.Operands[code.Operand].Strides));
                                double old = terminals.GetValueOrDefault(key, code.Op == FusedOp.TerminalSum ? 0 : double.NegativeInfinity);
                                terminals[key] = code.Op == FusedOp.TerminalSum ? old + a : Math.Max(old, a);
                                break;
                            default: v[x] = Scalar(code, a, b, d); break;
                        }
                    }
                }
            }

            foreach ((Slot slot, long at, double value) in stores) Set(slot, at, value);
            stores.Clear();
        }

        foreach (((int code, long at), double value) in terminals) Set(step.Slots[p.Code[code].Operand], at, value);
        if (rows != 0) return;
        foreach (FusedInstruction code in p.Code.Where(c => c.Op == FusedOp.TerminalSum))
        {
            for (long i = 0; i < step.Slots[code.Operand].Shape.Count; i++) Set(step.Slots[code.Operand], i, 0);
        }
    }

    private static int[] At(Shape space, long linear)
    {
        var at = new int[space.Rank];
        for (int i = space.Rank - 1; i >= 0; i--)
        {
            at[i] = (int)(linear % space[i]);
            linear /= space[i];
        }

        return at;
    }

    private static double Scalar(FusedInstruction code, double a, double b, double c) => code.Op switch
    {
        FusedOp.Constant => code.Value,
        FusedOp.Add => a + b,
        FusedOp.Sub => a - b,
        FusedOp.Mul => a * b,
        FusedOp.Div => a / b,
        FusedOp.Min => a < b ? a : b,
        FusedOp.Max => a > b ? a : b,
        FusedOp.Neg => -a,
        FusedOp.Abs => Math.Abs(a),
        FusedOp.Floor => Math.Floor(a),
        FusedOp.Sqrt => Math.Sqrt(a),
        FusedOp.Less => a < b ? 1 : 0,
        FusedOp.LessEqual => a <= b ? 1 : 0,
        FusedOp.Equal => a == b ? 1 : 0,
        FusedOp.Select => a != 0 ? b : c,
        FusedOp.Convert => code.Type == DType.I32 ? Math.Truncate(a) : a,
        FusedOp.Sign => Math.Sign(a),
        FusedOp.Exp => Math.Exp(a),
        FusedOp.Expm1 => SpecialFunctions.Expm1(a),
        FusedOp.Log => Math.Log(a),
        FusedOp.Tanh => Math.Tanh(a),
        FusedOp.Erf => SpecialFunctions.Erf(a),
        FusedOp.Sin => Math.Sin(a),
        FusedOp.Pow => Math.Pow(a, b),
        FusedOp.Sigmoid => 1 / (1 + Math.Exp(-a)),
        FusedOp.Softplus => Math.Max(a, 0) + Math.Log(1 + Math.Exp(-Math.Abs(a))),
        FusedOp.Uniform => CounterRandom.Uniform((uint)(int)a, (uint)code.Value, (uint)c, (uint)b),
        FusedOp.Normal => CounterRandom.Normal((uint)(int)a, (uint)code.Value, (uint)c, (uint)b),
        _ => throw new InvalidOperationException(code.Op.ToString()),
    };
}
