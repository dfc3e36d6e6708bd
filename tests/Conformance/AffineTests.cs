using Nn.Graphs;
using Nn.Ops;
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
                r => new AffineMotion
                {
                    ShiftY = Each(r, [.. Shifts.Select(s => s.Down)]),
                    ShiftX = Each(r, [.. Shifts.Select(s => s.Right)]),
                    WholeShifts = whole,
                },
                [.. Shifts.SelectMany(s => s.Expected)]);
        }

        yield return new Case(
            "mirrors", new Shape(3, 3, 4, 1), [.. Numbers, .. Numbers, .. Numbers],
            r => new AffineMotion { MirrorX = Each(r, -1, 1, -1), MirrorY = Each(r, 1, -1, -1) },
            [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        yield return new Case(
            "mirrored, then shifted", new Shape(2, 2, 2, 1), [1, 2, 3, 4, 5, 6, 7, 8],
            r => new AffineMotion { ShiftX = Each(r, 1, 0), ShiftY = Each(r, 0, -1), MirrorX = Each(r, -1, 1), WholeShifts = true }, [0, 2, 0, 4, 7, 8, 0, 0]);
        yield return new Case(
            "half a pixel", new Shape(1, 3, 4, 1), Numbers, r => new AffineMotion { ShiftX = Each(r, 0.5f) },
            [0.5f, 1.5f, 2.5f, 3.5f, 2.5f, 5.5f, 6.5f, 7.5f, 4.5f, 9.5f, 10.5f, 11.5f]);
        // Counterclockwise the last column becomes the first row.
        yield return new Case(
            "a quarter turn", new Shape(1, 3, 3, 1), Numbers[..9], r => new AffineMotion { Angle = Each(r, MathF.PI / 2) }, [3, 6, 9, 2, 5, 8, 1, 4, 7], 1e-5);
        yield return new Case(
            "half a turn of two channels", new Shape(1, 2, 2, 2), [1, 10, 2, 20, 3, 30, 4, 40],
            r => new AffineMotion { Angle = Each(r, MathF.PI) }, [4, 40, 3, 30, 2, 20, 1, 10], 1e-4);
        // Four pixels become two, each the mean of two; what stands beside them comes from outside.
        yield return new Case("half the size", new Shape(1, 4, 4, 1), [4, 8, 16, 32, 4, 8, 16, 32, 0, 0, 8, 0, 0, 0, 8, 0],
            r => new AffineMotion { Scale = Each(r, 0.5f) }, [0, 0, 0, 0, 0, 6, 24, 0, 0, 0, 4, 0, 0, 0, 0, 0]);
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

    /// <summary>Motions of every kind, one by one and all at once, of a batch of four.</summary>
    public static TheoryData<string> Motions() => ["shift", "part of a pixel", "turn", "scale", "mirror", "flip", "all"];

    private static AffineMotion Motion(GraphRunner r, string kind)
    {
        bool all = kind == "all";
        Node? If(string name, params float[] values) => all || kind == name ? Each(r, values) : null;
        return new AffineMotion
        {
            ShiftY = kind == "part of a pixel" ? Each(r, 0.3f, -1.2f, 2.6f, 0) : If("shift", 1, -2, 0, 7),
            ShiftX = kind == "part of a pixel" ? Each(r, -0.8f, 0.4f, 0, 1.3f) : If("shift", 0, 3, -1, 0),
            WholeShifts = kind == "shift",
            Angle = If("turn", 0.4f, -1.1f, 3, 0),
            Scale = If("scale", 0.6f, 1.3f, 1, 0.9f),
            MirrorX = If("mirror", -1, 1, -1, 1),
            MirrorY = If("flip", 1, -1, -1, 1),
        };
    }

    // The image tells where each of its pixels came from: its channels are the row, the column, and 1. So it is known, whatever the motion is, which class the
    // map must have there.
    [Theory]
    [MemberData(nameof(Motions))]
    public void A_map_of_classes_moves_with_its_image(string kind)
    {
        const int Batch = 4, Height = 6, Width = 9;
        var images = new List<float>();
        var classes = new List<int>();
        for (int i = 0; i < Batch * Height * Width; i++)
        {
            int row = i / Width % Height, column = i % Width;
            images.AddRange([row, column, 1]);
            classes.Add(1 + row * Width + column);
        }

        var runner = new GraphRunner();
        var shape = new Shape(Batch, Height, Width, 3);
        AffineMotion motion = Motion(runner, kind);
        runner.Output(AffineSampling.Move(runner.Graph, runner.Input(shape, [.. images]), motion));
        // Classes as their numbers, with and without an axis of their own.
        foreach (Shape map in new[] { new Shape(Batch, Height, Width), new Shape(Batch, Height, Width, 1) })
            runner.Output(runner.Graph.Cast(AugmentedBatch.MoveTargets(runner.Graph, runner.Input(map, [.. classes]), shape, motion), DType.F32));
        // Numbers are interpolated: a map of numbers that is the image stays the image.
        runner.Output(AugmentedBatch.MoveTargets(runner.Graph, runner.Input(shape, [.. images]), shape, motion));
        runner.Run((backend, outputs) =>
        {
            (int inside, int outside) = (0, 0);
            for (int i = 0; i < Batch * Height * Width; i++)
            {
                (double row, double column, double cover) = (outputs[0][3 * i], outputs[0][3 * i + 1], outputs[0][3 * i + 2]);
                bool clear = Math.Abs(row - Math.Floor(row) - 0.5) > 1e-3 && Math.Abs(column - Math.Floor(column) - 0.5) > 1e-3;
                int? expected = cover > 0.9999 && clear ? 1 + (int)Math.Round(row) * Width + (int)Math.Round(column) : cover == 0 ? 0 : null;
                if (expected is null) continue;
                if (expected == 0) outside++;
                else inside++;
                Assert.True(outputs[1][i] == expected, $"{backend}, {kind}: pixel {i} has class {outputs[1][i]}, not {expected}");
                Assert.Equal(outputs[1][i], outputs[2][i]);
            }

            Assert.True(inside > 50, $"{backend}, {kind}: {inside} pixels compared");
            if (kind is "shift" or "all") Assert.True(outside > 20, $"{backend}, {kind}: {outside} pixels from outside");
            Assert.Equal(outputs[0], outputs[3]);
        });
    }

    [Fact]
    public void Classes_and_rows_of_numbers_stay_and_other_maps_are_refused()
    {
        var runner = new GraphRunner();
        AffineMotion motion = Motion(runner, "flip");
        var images = new Shape(4, 6, 9, 3);
        foreach (Shape kept in new[] { new Shape(4), new Shape(4, 1), new Shape(4, 6) })
        {
            Node targets = runner.Input(kept, new float[kept.Count]);
            Assert.Same(targets, AugmentedBatch.MoveTargets(runner.Graph, targets, images, motion));
        }

        foreach (Shape other in new[] { new Shape(4, 9, 6), new Shape(4, 3, 3, 2), new Shape(4, 6, 9, 1, 1), new Shape(4, 5, 2) })
        {
            Node targets = runner.Input(other, new float[other.Count]);
            Assert.Throws<ShapeException>(() => AugmentedBatch.MoveTargets(runner.Graph, targets, images, motion));
        }
    }

    private static Node Each(GraphRunner runner, params float[] values) => runner.Input(new Shape(values.Length, 1, 1), values);

    private static void Check(string where, float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{where}: element {i} is {actual[i]}, not {expected[i]}");
    }
}
