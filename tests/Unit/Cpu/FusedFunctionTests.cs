using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Cpu;

/// <summary>The functions on every vector width of this machine.</summary>
public class CpuFunctionTests : FusedFunctionTests
{
    protected override IEnumerable<(string Name, Func<FusedHarness, byte[][]> Run)> Devices() =>
        FusedHarness.Widths.Select(isa => (isa.Name, (Func<FusedHarness, byte[][]>)(harness => harness.RunCpu(isa))));
}

/// <summary>The elementary functions of lowered programs against double precision.</summary>
public abstract class FusedFunctionTests
{
    private const double Smallest = 1.17549435e-38;

    private static readonly float[] Edges =
        [0, -0f, 1, -1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -float.MaxValue, 1.1754944e-38f, 1e-30f, -1e-30f];

    public static TheoryData<FusedOp> Functions =>
        [FusedOp.Exp, FusedOp.Log, FusedOp.Tanh, FusedOp.Erf, FusedOp.Sigmoid, FusedOp.Softplus, FusedOp.Sqrt, FusedOp.Sign, FusedOp.Floor, FusedOp.Round,
            FusedOp.Abs, FusedOp.Neg];

    /// <summary>What to run programs on, by name.</summary>
    protected abstract IEnumerable<(string Name, Func<FusedHarness, byte[][]> Run)> Devices();

    [SkippableTheory]
    [MemberData(nameof(Functions))]
    public void Functions_are_right_to_a_millionth(FusedOp op)
    {
        float[] x = Samples(seed: (int)op, count: 5000);
        foreach ((string name, Func<FusedHarness, byte[][]> run) in Devices())
        {
            float[] y = Run(run, op, x);
            for (int i = 0; i < x.Length; i++) AssertClose($"{op}({x[i]}), {name}", Exact(op, x[i]), y[i], 1e-6);
        }
    }

    [SkippableFact]
    public void Sines_are_right_to_a_millionth_up_to_a_million()
    {
        var random = new Random(5);
        float[] x = [.. Enumerable.Range(0, 20000).Select(i => (float)((random.NextDouble() * 2 - 1) * Math.Pow(2, i % 21))), 0, float.NaN, 1 << 20];
        foreach ((_, Func<FusedHarness, byte[][]> run) in Devices())
        {
            float[] y = Run(run, FusedOp.Sin, x);
            for (int i = 0; i < x.Length; i++)
                Assert.True(float.IsNaN(x[i]) ? float.IsNaN(y[i]) : Math.Abs(Math.Sin(x[i]) - y[i]) <= 1e-6, $"sin({x[i]}) = {y[i]}");
        }
    }

    [SkippableFact]
    public void Powers_keep_the_rules_of_signs_and_edges()
    {
        var random = new Random(3);
        var x = new List<float>();
        var e = new List<float>();
        foreach (float a in (ReadOnlySpan<float>)[0, 1, -1, 2, -2, 0.5f, -0.5f, 3.7f, -3.7f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e20f,
            1e-20f])
        {
            foreach (float b in (ReadOnlySpan<float>)[0, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, 1.5f, 7, 100, 101, -100, float.NaN])
            {
                x.Add(a);
                e.Add(b);
            }
        }

        for (int i = 0; i < 5000; i++)
        {
            x.Add((float)Math.Exp(random.NextDouble() * 20 - 10));
            e.Add((float)(random.NextDouble() * 16 - 8));
        }

        // Adam's bias correction: a base close to 1 and many steps.
        for (int step = 1; step < 20000; step += 97)
        {
            x.Add(0.999f);
            e.Add(step);
        }

        foreach ((string name, Func<FusedHarness, byte[][]> run) in Devices())
        {
            float[] y = Run(run, FusedOp.Pow, [.. x], [.. e]);
            for (int i = 0; i < y.Length; i++)
            {
                // IEEE 754 calls 1^NaN 1; here a NaN is never lost.
                double exact = float.IsNaN(e[i]) ? double.NaN : Math.Pow(x[i], e[i]);
                AssertClose($"{x[i]}^{e[i]}, {name}", exact, y[i], 2e-6);
            }
        }
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(0.5)]
    [InlineData(2.5)]
    public void Powers_with_a_constant_exponent(double exponent)
    {
        float[] x = [.. Samples(seed: 9, count: 500).Select(Math.Abs)];
        foreach ((_, Func<FusedHarness, byte[][]> run) in Devices())
        {
            float[] y = Run(run, FusedOp.Pow, x, exponent: exponent);
            for (int i = 0; i < x.Length; i++) AssertClose($"{x[i]}^{exponent}", Math.Pow(x[i], exponent), y[i], 2e-6);
        }
    }

    [SkippableFact]
    public void Random_numbers_are_those_of_the_counter_generator()
    {
        const int Count = 1000, Stream = 77;
        foreach ((_, Func<FusedHarness, byte[][]> run) in Devices())
        {
            foreach (FusedOp op in (ReadOnlySpan<FusedOp>)[FusedOp.Uniform, FusedOp.Normal])
            {
                FusedOperand[] operands =
                    [new(DType.I32, OperandRole.Input, new Shape(0)), new(DType.I32, OperandRole.Input, new Shape(0)),
                        new(DType.F32, OperandRole.Output, new Shape(1))];
                FusedInstruction[] code =
                [
                    new(FusedOp.Load, DType.I32, Operand: 0), new(FusedOp.Load, DType.I32, Operand: 1), new(FusedOp.Index, DType.I32, Strides: new Shape(1)),
                    new(op, DType.F32, 0, 1, 2, Value: Stream), new(FusedOp.Store, DType.F32, 3, Operand: 2),
                ];
                var harness = new FusedHarness(new FusedProgram(new Shape(Count), 0, 0, 0, operands, code));
                harness.Set<int>(0, [-123456]);
                harness.Set<int>(1, [42]);
                ReadOnlySpan<float> y = MemoryMarshal.Cast<byte, float>(run(harness)[2]);
                for (int i = 0; i < Count; i++)
                {
                    uint seed = unchecked((uint)-123456);
                    if (op == FusedOp.Uniform) Assert.Equal(CounterRandom.Uniform(seed, Stream, (uint)i, 42), y[i]);
                    else Assert.Equal(CounterRandom.Normal(seed, Stream, (uint)i, 42), y[i], 5e-6);
                }
            }
        }
    }

    [SkippableFact]
    public void A_bound_hides_no_NaN()
    {
        foreach ((_, Func<FusedHarness, byte[][]> run) in Devices())
        {
            foreach (FusedOp op in (ReadOnlySpan<FusedOp>)[FusedOp.Max, FusedOp.Min])
            {
                float[] y = Run(run, op, [float.NaN, -1, 2], exponent: 0);
                Assert.True(float.IsNaN(y[0]));
                Assert.Equal(op == FusedOp.Max ? [0, 2] : [-1, 0], y[1..]);
            }
        }
    }

    private static float[] Samples(int seed, int count)
    {
        var random = new Random(seed);
        var x = new float[count];
        for (int i = 0; i < count; i++)
        {
            x[i] = (i % 4) switch
            {
                0 => (float)(random.NextDouble() * 8 - 4),
                1 => (float)(random.NextDouble() * 240 - 120),
                2 => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-12, 3))),
                _ => BitConverter.Int32BitsToSingle(random.Next()) * (random.Next(2) * 2 - 1),
            };
        }

        return [.. x, .. Edges];
    }

    // y = op(x, second), where the second operand is a tensor or a constant.
    private static float[] Run(Func<FusedHarness, byte[][]> run, FusedOp op, float[] x, float[]? second = null, double? exponent = null)
    {
        var operands = new List<FusedOperand> { new(DType.F32, OperandRole.Input, new Shape(1)) };
        var code = new List<FusedInstruction> { new(FusedOp.Load, DType.F32, Operand: 0) };
        int b = -1;
        if (second is not null)
        {
            operands.Add(new(DType.F32, OperandRole.Input, new Shape(1)));
            code.Add(new(FusedOp.Load, DType.F32, Operand: 1));
            b = 1;
        }
        else if (exponent is { } value)
        {
            code.Add(new(FusedOp.Constant, DType.F32, Value: value));
            b = 1;
        }

        operands.Add(new(DType.F32, OperandRole.Output, new Shape(1)));
        code.Add(new(op, DType.F32, 0, b));
        code.Add(new(FusedOp.Store, DType.F32, code.Count - 1, Operand: operands.Count - 1));
        var harness = new FusedHarness(new FusedProgram(new Shape(x.Length), 0, 0, 0, operands, code));
        harness.Set<float>(0, x);
        if (second is not null) harness.Set<float>(1, second);
        return MemoryMarshal.Cast<byte, float>(run(harness)[^1]).ToArray();
    }

    private static double Exact(FusedOp op, double x) => op switch
    {
        FusedOp.Exp => Math.Exp(x),
        FusedOp.Log => Math.Log(x),
        FusedOp.Tanh => Math.Tanh(x),
        FusedOp.Erf => SpecialFunctions.Erf(x),
        FusedOp.Sigmoid => 1 / (1 + Math.Exp(-x)),
        FusedOp.Softplus => x > 40 ? x : x < -12 ? Math.Exp(x) - Math.Exp(2 * x) / 2 : Math.Log(1 + Math.Exp(x)),
        FusedOp.Sqrt => Math.Sqrt(x),
        FusedOp.Sign => double.IsNaN(x) ? x : Math.Sign(x),
        FusedOp.Floor => Math.Floor(x),
        FusedOp.Round => Math.Round(x),
        FusedOp.Abs => Math.Abs(x),
        _ => -x,
    };

    // Results that are no normal numbers may have become 0.
    private static void AssertClose(string where, double expected, float actual, double relative)
    {
        bool good = double.IsNaN(expected) ? float.IsNaN(actual)
            : (float)expected == actual || Math.Abs(expected - actual) <= relative * Math.Abs(expected)
                || Math.Abs(expected) < Smallest && Math.Abs(actual) <= Smallest
            // Just below the largest number, rounding may go over it.
            || Math.Abs(expected) > 3.4028230e38 && float.IsInfinity(actual) && Math.Sign(expected) == Math.Sign(actual);
        Assert.True(good, $"{where}: {actual:R} instead of {expected:R}");
    }
}
