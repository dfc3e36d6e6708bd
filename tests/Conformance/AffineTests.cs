using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>Moved images on every backend.</summary>
[Collection(GpuDevices.Collection)]
public class AffineTests
{
    private sealed record Case(string Name, Shape Shape, float[] Images, Func<GraphRunner, AffineMotion> Motion, float[] Expected, double Tolerance = 0);

    // 1 to 12, three rows of four.
    private static readonly float[] Numbers = [.. Enumerable.Range(1, 12).Select(i => (float)i)];

    private static readonly (float Down, float Right, float[] Expected)[] Shifts =
    [
        (0, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        (0, 1, [0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11]),
        (-1, 0, [5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0]),
        (2, -3, [0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0]),
        (-3, 0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (50, -70, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ];

    private static IEnumerable<Case> Cases()
    {
        // A batch of the same image, each moved by itself; interpolated or not, whole shifts are exact.
        foreach (bool whole in new[] { true, false })
        {
            yield return new Case(
                whole ? "whole shifts" : "whole shifts, interpolated", new Shape(Shifts.Length, 3, 4, 1), [.. Shifts.SelectMany(_ => Numbers)],
                r => new AffineMotion { ShiftY = Each(r, [.. Shifts.Select(s => s.Down)]), ShiftX = Each(r, [.. Shifts.Select(s => s.Right)]), WholeShifts = whole },
                [.. Shifts.SelectMany(s => s.Expected)]);
        }

        yield return new Case(
            "mirrors", new Shape(3, 3, 4, 1), [.. Numbers, .. Numbers, .. Numbers], r => new AffineMotion { MirrorX = Each(r, -1, 1, -1), MirrorY = Each(r, 1, -1, -1) },
            [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        yield return new Case(
            "mirrored, then shifted", new Shape(2, 2, 2, 1), [1, 2, 3, 4, 5, 6, 7, 8],
            r => new AffineMotion { ShiftX = Each(r, 1, 0), ShiftY = Each(r, 0, -1), MirrorX = Each(r, -1, 1), WholeShifts = true }, [0, 2, 0, 4, 7, 8, 0, 0]);
        yield return new Case(
            "half a pixel", new Shape(1, 3, 4, 1), Numbers, r => new AffineMotion { ShiftX = Each(r, 0.5f) },
            [0.5f, 1.5f, 2.5f, 3.5f, 2.5f, 5.5f, 6.5f, 7.5f, 4.5f, 9.5f, 10.5f, 11.5f]);
        // Counterclockwise the last column becomes the first row.
        yield return new Case("a quarter turn", new Shape(1, 3, 3, 1), Numbers[..9], r => new AffineMotion { Angle = Each(r, MathF.PI / 2) }, [3, 6, 9, 2, 5, 8, 1, 4, 7], 1e-5);
        yield return new Case(
            "half a turn of two channels", new Shape(1, 2, 2, 2), [1, 10, 2, 20, 3, 30, 4, 40], r => new AffineMotion { Angle = Each(r, MathF.PI) }, [4, 40, 3, 30, 2, 20, 1, 10], 1e-4);
        // Four pixels become two, each the mean of two; what stands beside them comes from outside.
        yield return new Case("half the size", new Shape(1, 4, 4, 1), [4, 8, 16, 32, 4, 8, 16, 32, 0, 0, 8, 0, 0, 0, 8, 0], r => new AffineMotion { Scale = Each(r, 0.5f) }, [0, 0, 0, 0, 0, 6, 24, 0, 0, 0, 4, 0, 0, 0, 0, 0]);
    }

    [Fact]
    public void Images_move_as_calculated_by_hand()
    {
        // In one graph: each kernel is compiled once.
        Case[] cases = [.. Cases()];
        var runner = new GraphRunner();
        foreach (Case c in cases) runner.Output(AffineSampling.Move(runner.Graph, runner.Input(c.Shape, c.Images), c.Motion(runner)));
        runner.Run((backend, outputs) =>
        {
            foreach ((Case c, float[] output) in cases.Zip(outputs)) Check($"{backend}, {c.Name}", c.Expected, output, c.Tolerance);
        });
    }

    [Fact]
    public void All_at_once_follows_the_definition()
    {
        const int Batch = 5, Height = 9, Width = 7, Channels = 3;
        var random = new Random(1);
        float[] Draw(int n, double bound) => [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() * 2 - 1) * bound))];
        float[] images = Draw(Batch * Height * Width * Channels, 1);
        float[] angle = Draw(Batch, 3), down = Draw(Batch, 2.5), right = Draw(Batch, 2.5), scale = [0.7f, 0.9f, 1, 1.2f, 1.6f], mirror = [1, -1, 1, -1, -1];
        var expected = new float[images.Length];
        for (int b = 0; b < Batch; b++)
        {
            double cos = Math.Cos(angle[b]), sin = Math.Sin(angle[b]);
            double Pixel(int y, int x, int c) => y >= 0 && y < Height && x >= 0 && x < Width ? images[((b * Height + y) * Width + x) * Channels + c] : 0;
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    double v = y - 4 - down[b], u = x - 3 - right[b];
                    (v, u) = ((u * sin + v * cos) / scale[b], (u * cos - v * sin) / scale[b] * mirror[b]);
                    double fromY = v + 4, fromX = u + 3;
                    int top = (int)Math.Floor(fromY), left = (int)Math.Floor(fromX);
                    double below = fromY - top, beside = fromX - left;
                    for (int c = 0; c < Channels; c++)
                    {
                        expected[((b * Height + y) * Width + x) * Channels + c] = (float)(
                            (Pixel(top, left, c) * (1 - beside) + Pixel(top, left + 1, c) * beside) * (1 - below)
                            + (Pixel(top + 1, left, c) * (1 - beside) + Pixel(top + 1, left + 1, c) * beside) * below);
                    }
                }
            }
        }

        var runner = new GraphRunner();
        Node moved = AffineSampling.Move(runner.Graph, runner.Input(new Shape(Batch, Height, Width, Channels), images), new AffineMotion
        {
            Angle = Each(runner, angle),
            Scale = Each(runner, scale),
            ShiftY = Each(runner, down),
            ShiftX = Each(runner, right),
            MirrorX = Each(runner, mirror),
        });
        runner.Output(moved);
        runner.Run((backend, outputs) => Check(backend, expected, outputs[0], 2e-5));
    }

    private static Node Each(GraphRunner runner, params float[] values) => runner.Input(new Shape(values.Length, 1, 1), values);

    private static void Check(string where, float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{where}: element {i} is {actual[i]}, not {expected[i]}");
    }
}
