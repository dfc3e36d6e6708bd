using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What <c>augment</c> does to the batches of a training, and to nothing else.</summary>
public class AugmentationTests
{
    private const int Side = 28, Batch = 32;

    private static string Text(string augment, string normalize = "mean: 0.25, std: 0.5") => $$"""
        model net { flatten; dense classes, softmax }
        data d { builtin digits, samples: 100; split 80/20; normalize {{normalize}}; {{augment}} }
        train { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 2; batch {{Batch}}; metrics accuracy; seed 5 }
        """;

    [Fact]
    public void Shifts_are_whole_and_within_bounds_and_all_occur()
    {
        var seen = new HashSet<(int, int)>();
        foreach ((float[] original, float[] moved) in Pairs(Text("augment shift: 2"), epochs: 4))
        {
            (int Down, int Right)[] fits = [.. from down in Enumerable.Range(-2, 5) from right in Enumerable.Range(-2, 5)
                                               where Same(moved, (y, x) => Pixel(original, y - down, x - right)) select (down, right)];
            Assert.NotEmpty(fits);
            if (fits.Length == 1) seen.Add(fits[0]);
        }

        Assert.Equal(25, seen.Count);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("flip: horizontal")]
    [InlineData("flip: vertical")]
    [InlineData("flip: both")]
    public void About_half_of_the_images_are_mirrored(string flip)
    {
        bool sideways = flip is not "flip: vertical", upright = flip is "flip: vertical" or "flip: both";
        (float[] Original, float[] Moved)[] pairs = [.. Pairs(Text("augment " + flip), epochs: 4)];
        int[] counts = new int[4];
        foreach ((float[] original, float[] moved) in pairs)
        {
            bool Mirrored(bool h, bool v) => Same(moved, (y, x) => Pixel(original, v ? Side - 1 - y : y, h ? Side - 1 - x : x));
            bool[] kinds = [Mirrored(false, false), sideways && Mirrored(true, false), upright && Mirrored(false, true),
                sideways && upright && Mirrored(true, true)];
            Assert.Contains(true, kinds);
            counts[Array.IndexOf(kinds, true)]++;
        }

        int possible = (sideways ? 2 : 1) * (upright ? 2 : 1);
        for (int k = 0; k < 4; k++)
        {
            bool happens = (k & 1) == 0 || sideways;
            happens &= (k & 2) == 0 || upright;
            // Five standard deviations of a binomial.
            double mean = happens ? pairs.Length / (double)possible : 0;
            Assert.InRange(counts[k], mean - 5 * Math.Sqrt(mean), mean + 5 * Math.Sqrt(mean));
        }
    }

    [Fact]
    public void Rotation_keeps_the_middle_and_turns_both_ways()
    {
        // Ink is kept but for what interpolation rounds off, and the images differ from each other's angle.
        int changed = 0;
        foreach ((float[] original, float[] moved) in Pairs(Text("augment rotate: 10", "none"), epochs: 1))
        {
            Assert.InRange(moved.Sum() / original.Sum(), 0.9, 1.1);
            if (!Same(moved, (y, x) => original[y * Side + x])) changed++;
        }

        Assert.Equal(64, changed);
    }

    [Fact]
    public void Noise_has_the_stated_deviation()
    {
        double sum = 0, squares = 0;
        int count = 0;
        foreach ((float[] original, float[] moved) in Pairs(Text("augment noise: 0.1"), epochs: 1))
        {
            for (int i = 0; i < original.Length; i++)
            {
                double d = moved[i] - (original[i] - 0.25) / 0.5;
                (sum, squares, count) = (sum + d, squares + d * d, count + 1);
            }
        }

        Assert.InRange(sum / count, -0.003, 0.003);
        Assert.InRange(Math.Sqrt(squares / count), 0.098, 0.102);
    }

    // Two bright pixels, eight to the left and to the right of the middle: where their ink lies afterwards tells angle, scale and shift of each image. Pixels
    // are interpolated, which moves the middle of their ink by less than a twentieth.
    [Theory]
    [InlineData("rotate: 20", 20, 0, 0)]
    [InlineData("scale: 20%", 0, 0.2, 0)]
    // A tenth of 21 pixels.
    [InlineData("shift: 0.1", 0, 0, 2.1)]
    public void Images_turn_grow_and_move_as_far_as_is_stated_to_either_side(string augment, double angle, double scale, double shift)
    {
        const int Images = 400, Width = 21, Middle = 10, Out = 8;
        float[] values = new float[Images * Width * Width];
        for (int i = 0; i < Images; i++)
        {
            foreach (int x in new[] { Middle - Out, Middle + Out }) values[(i * Width + Middle) * Width + x] = 1;
        }

        float[] moved = FirstBatch(NumpyArray.Of(new Shape(Images, Width, Width, 1), values), augment);
        var angles = new List<double>();
        var scales = new List<double>();
        var shifts = new List<double>();
        for (int i = 0; i < Images; i++)
        {
            (double X, double Y) Ink(int from, int to)
            {
                double all = 0, x = 0, y = 0;
                for (int row = 0; row < Width; row++)
                {
                    for (int column = from; column < to; column++)
                    {
                        float v = moved[(i * Width + row) * Width + column];
                        (all, x, y) = (all + v, x + v * column, y + v * row);
                    }
                }

                return (x / all, y / all);
            }

            ((double X, double Y) left, (double X, double Y) right) = (Ink(0, Middle + 1), Ink(Middle + 1, Width));
            angles.Add(Math.Atan2(right.Y - left.Y, right.X - left.X) * 180 / Math.PI);
            scales.Add(Math.Sqrt((right.X - left.X) * (right.X - left.X) + (right.Y - left.Y) * (right.Y - left.Y)) / (2 * Out) - 1);
            shifts.AddRange([(left.X + right.X) / 2 - Middle, (left.Y + right.Y) / 2 - Middle]);
        }

        AssertUniform(angles, angle, 0.6);
        AssertUniform(scales, scale, 0.02);
        AssertUniform(shifts, shift, 0.1);
    }

    // Evenly between −bound and bound: of 400 draws one lies within a twentieth of either end but for one chance in a thousand, and the mean's deviation is
    // bound ÷ √(3 · 400), of which five are allowed.
    private static void AssertUniform(List<double> values, double bound, double tolerance)
    {
        Assert.InRange(values.Max(), 0.95 * bound - tolerance, bound + tolerance);
        Assert.InRange(values.Min(), -bound - tolerance, -0.95 * bound + tolerance);
        Assert.InRange(values.Average(), -bound * 5 / Math.Sqrt(1200) - tolerance / 5, bound * 5 / Math.Sqrt(1200) + tolerance / 5);
    }

    private static float[] FirstBatch(NumpyArray images, string augment)
    {
        using var folder = new TemporaryFolder();
        int[] classes = [.. Enumerable.Range(0, images.Shape[0]).Select(i => i % 2)];
        Npz.Save(folder.File("d.npz"), new Dictionary<string, NumpyArray> { ["x"] = images, ["y"] = NumpyArray.Of(new Shape(images.Shape[0]), classes) });
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(
            new SourceText("points.nn", $$"""
                model net { flatten; dense 2, softmax }
                data d { npz "d.npz"; augment {{augment}} }
                train { loss cross_entropy; optimizer sgd(lr: 0); batch all }
                """),
            BindOptions.None, spec => (data = DataLoader.Load(spec, [folder.Path])).Schema);
        using var session = new TrainingSession(Script.OneThread, bound.Training!, data!, new TrainingExtras { Observe = true });
        session.BeginEpoch();
        session.Run(1);
        return Observed(session);
    }

    public static TheoryData<string, string> MovedMaps()
    {
        var cases = new TheoryData<string, string>();
        foreach (string augment in new[] { "shift: 2", "shift: 0.1", "rotate: 30", "scale: 20%", "flip", "flip: vertical", "flip: both",
            "shift: 1, rotate: 20, scale: 10%, flip: both" })
        {
            foreach (string map in new[] { "numbers", "numbers without channels", "classes" })
            {
                // A class is one or another, an interpolated pixel both: they agree where pixels are not mixed.
                if (map != "classes" || augment is "shift: 2" || augment.StartsWith("flip", StringComparison.Ordinal)) cases.Add(augment, map);
            }
        }

        return cases;
    }

    // The loss is what is between an image and its own copy as a target.
    [Theory]
    [MemberData(nameof(MovedMaps))]
    public void An_image_that_is_its_own_map_of_targets_agrees_with_it(string augment, string map)
    {
        const int Count = 40, Height = 6, Width = 8;
        int[] values = [.. Enumerable.Range(0, Count * Height * Width).Select(i => i * 7919 % 23)];
        float[] numbers = Array.ConvertAll(values, v => (float)v);
        NumpyArray target = map switch
        {
            "numbers" => NumpyArray.Of(new Shape(Count, Height, Width, 1), numbers),
            "classes" => NumpyArray.Of(new Shape(Count, Height, Width), values),
            _ => NumpyArray.Of(new Shape(Count, Height, Width), numbers),
        };
        NumpyArray images = NumpyArray.Of(new Shape(Count, Height, Width, 1), numbers);
        Assert.InRange(Difference(images, target, augment), 0, 1e-30);
        // As a row of numbers it stays, which shows that the images have moved.
        Assert.True(Difference(images, NumpyArray.Of(new Shape(Count, Height * Width), numbers), augment) > 1, "no image was moved");
    }

    // The mean square of image − target in a step of training.
    private static double Difference(NumpyArray images, NumpyArray targets, string augment)
    {
        using var folder = new TemporaryFolder();
        Npz.Save(folder.File("d.npz"), new Dictionary<string, NumpyArray> { ["x"] = images, ["y"] = targets });
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(
            new SourceText("map.nn", $$"""
                model net { conv 1, 1 }
                data d { npz "d.npz"; augment {{augment}} }
                train { loss mse(net(x), x); optimizer sgd(lr: 0); batch all }
                """),
            BindOptions.None, spec => (data = DataLoader.Load(spec, [folder.Path])).Schema);
        TrainingDefinition definition = bound.Training!;
        TrainingStep step = definition.Steps[0];
        Node Loss(BuildScope scope, SampleNodes samples)
        {
            (Node x, Node y) = (samples.Inputs[0], samples.Targets[0]);
            GraphBuilder g = scope.Graph;
            Node Mean(Node v) => g.Reshape(g.Mean(v, new Shape([.. Enumerable.Range(0, v.Shape.Rank)])), Shape.Scalar);
            Node difference = g.Sub(x, g.Reshape(g.Cast(y, DType.F32), x.Shape));
            // A loss depends on the weights of its model: here by a number too small to be seen beside another.
            return g.Add(Mean(g.Mul(difference, difference)), g.Mul(Mean(scope.Read(step.Models[0].Parameters[0])), g.Constant(1e-40)));
        }

        definition = definition with { Prediction = null, Steps = [step with { Loss = Loss }] };
        using var session = new TrainingSession(Script.OneThread, definition, data!);
        session.BeginEpoch();
        session.Run(1);
        return session.TrainingMetrics()["loss"];
    }

    [Fact]
    public void Tables_take_noise()
    {
        var script = new Script(
            "model m { dense 1 }\ndata d { builtin sine, samples: 20; augment noise: 0.5 }\ntrain { loss mse; optimizer sgd(lr: 0.1); batch all }");
        using TrainingSession session = script.Load();
        new Trainer(session).Run(default);
        Assert.True(double.IsFinite(session.TrainingMetrics()["loss"]));
    }

    [Fact]
    public void Every_step_draws_anew_and_a_seed_repeats()
    {
        float[][] first = Batches(Text("augment shift: 3, rotate: 20, flip, noise: 0.1"), 4),
            again = Batches(Text("augment shift: 3, rotate: 20, flip, noise: 0.1"), 4);
        Assert.Equal(first, again);
        float[][] other = Batches(Text("augment shift: 3, rotate: 20, flip, noise: 0.1").Replace("seed 5", "seed 6"), 4);
        Assert.NotEqual(first[0], other[0]);
    }

    [Fact]
    public void Evaluation_and_prediction_see_the_data_as_they_are()
    {
        using TrainingSession plain = new Script(Text("")).Load(), varied = new Script(Text("augment shift: 5, rotate: 90, flip, noise: 1")).Load();
        Assert.Equal(plain.Evaluate(), varied.Evaluate());
        byte[] sample = plain.Data.Validation.Input[..(plain.Data.Validation.Input.Length / plain.Data.Validation.Samples)];
        Assert.Equal(plain.Predict(sample), varied.Predict(sample));
        new Trainer(plain).Run(default);
        new Trainer(varied).Run(default);
        Assert.NotEqual(plain.Evaluate(), varied.Evaluate());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_run_stopped_within_an_epoch_and_resumed_ends_in_the_same_bits(int steps)
    {
        var script = new Script(Text("augment shift: 3, rotate: 20, scale: 0.1, flip, noise: 0.1"));
        using TrainingSession whole = script.Load(), first = script.Load(), second = script.Load();
        new Trainer(whole).Run(default);
        for (int epoch = 0; steps > 0; epoch++)
        {
            first.BeginEpoch();
            int now = Math.Min(steps, first.Plan.StepsPerEpoch);
            for (int i = 0; i < now;) i += first.Run(now - i);
            steps -= now;
            if (first.EpochDone) (first.Epoch, first.StepInEpoch) = (epoch + 1, 0);
        }

        Safetensors file = Checkpoint.Capture(first, new TrainerState(), script.Text);
        var trainer = new Trainer(second);
        Checkpoint.Restore(second, trainer.State, file, "test");
        trainer.Run(default);
        foreach ((string name, string bits) in Script.State(whole))
        {
            // Sums are cleared when an epoch begins; the one that was left is over.
            if (!name.EndsWith("_sum", StringComparison.Ordinal) && !name.Contains("_sum.", StringComparison.Ordinal))
                Assert.Equal(bits, Script.State(second)[name]);
        }
    }

    // Each training image with what the step made of it.
    private static IEnumerable<(float[] Original, float[] Moved)> Pairs(string text, int epochs)
    {
        var script = new Script(text);
        using var session = new TrainingSession(Script.OneThread, script.Training, script.Data, new TrainingExtras { Observe = true });
        byte[] stored = script.Data.Training.Input;
        float[] images = script.Data.Input.Stored == DType.U8 ? [.. stored.Select(b => b / 255f)] : MemoryMarshal.Cast<byte, float>(stored).ToArray();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            session.Epoch = epoch;
            session.StepInEpoch = 0;
            session.BeginEpoch();
            int[] order = session.Read<int>(session.Plan.Plan.Slot("permutation"));
            for (int step = 0; step < script.Data.Training.Samples / Batch; step++)
            {
                session.Run(1);
                float[] batch = Observed(session);
                for (int i = 0; i < Batch; i++)
                    yield return (images.AsSpan(order[step * Batch + i] * Side * Side, Side * Side).ToArray(),
                        batch.AsSpan(i * Side * Side, Side * Side).ToArray());
            }
        }
    }

    private static float[][] Batches(string text, int steps)
    {
        var script = new Script(text);
        using var session = new TrainingSession(Script.OneThread, script.Training, script.Data, new TrainingExtras { Observe = true });
        // The same samples in each step: only what is drawn differs.
        var batches = new float[steps][];
        for (int s = 0; s < steps; s++)
        {
            session.StepInEpoch = 0;
            session.BeginEpoch();
            session.Run(1);
            batches[s] = Observed(session);
            for (int e = 0; e < s; e++) Assert.NotEqual(batches[e], batches[s]);
        }

        return batches;
    }

    private static float[] Observed(TrainingSession session)
    {
        Slot slot = session.Plan.Slots.Observed.Single(s => s.Name == "observed.batch");
        return session.Read<float>(slot);
    }

    // On the scale of the model: (v − 0.25) ÷ 0.5, 0 outside.
    private static float Pixel(float[] image, int y, int x) => ((y >= 0 && y < Side && x >= 0 && x < Side ? image[y * Side + x] : 0) - 0.25f) / 0.5f;

    private static bool Same(float[] image, Func<int, int, float> expected)
    {
        for (int i = 0; i < image.Length; i++)
        {
            if (Math.Abs(image[i] - expected(i / Side, i % Side)) > 1e-5) return false;
        }

        return true;
    }
}
