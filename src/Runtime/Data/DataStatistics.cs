using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>One feature, or one channel of images, over the training part, before it is normalised (bytes as 0 to 1).</summary>
/// <param name="Name">A column's, or <c>channel 1</c>.</param>
/// <param name="Mean">Over all samples and places.</param>
/// <param name="Deviation">Standard deviation, of the population.</param>
/// <param name="Least">Smallest value.</param>
/// <param name="Largest">Largest value.</param>
/// <param name="Scale">The model sees x·scale + shift.</param>
/// <param name="Shift">See <paramref name="Scale"/>.</param>
public sealed record FeatureStatistics(string Name, double Mean, double Deviation, double Least, double Largest, double Scale, double Shift);

/// <summary>What can be counted in data.</summary>
public static class DataStatistics
{
    /// <summary>A line a feature of the last axis of each input; none for symbols.</summary>
    public static IReadOnlyList<FeatureStatistics> Features(LoadedData data) =>
        [.. data.Schema.Inputs.SelectMany((f, i) =>
            Features(f.Form, data.Training.Inputs[i], data.Training.Samples, data.Schema.Inputs.Count == 1 ? "" : f.Name + " "))];

    private static IReadOnlyList<FeatureStatistics> Features(FieldForm form, byte[] stored, int samples, string field)
    {
        if (form.IsSymbols || samples == 0) return [];
        int channels = form.Shape.Rank == 0 ? 1 : form.Shape[-1];
        double[] sum = new double[channels], squares = new double[channels], least = new double[channels], largest = new double[channels],
            each = new double[channels];
        Array.Fill(least, double.PositiveInfinity);
        Array.Fill(largest, double.NegativeInfinity);
        var sample = new double[form.Width];
        for (int i = 0; i < samples; i++)
        {
            form.Numbers(form.Samples(stored, i, 1), sample);
            for (int e = 0; e < sample.Length; e++)
            {
                (double v, int c) = (sample[e], e % channels);
                // Padding is no number.
                if (double.IsNaN(v)) continue;
                each[c]++;
                sum[c] += v;
                squares[c] += v * v;
                least[c] = Math.Min(least[c], v);
                largest[c] = Math.Max(largest[c], v);
            }
        }

        return
        [
            .. Enumerable.Range(0, channels).Select(c =>
            {
                double mean = sum[c] / Math.Max(1, each[c]);
                string name = form.Names.Count == channels ? form.Names[c] : form.Shape.Rank == 3 ? $"{field}channel {c + 1}" : $"{field}feature {c + 1}";
                double Number(float[]? of, double without) => of is null ? without : of[c % of.Length];
                return new FeatureStatistics(
                    name, mean, Math.Sqrt(Math.Max(0, squares[c] / Math.Max(1, each[c]) - mean * mean)), least[c], largest[c],
                    Number(form.Scaling?.Scale, 1), Number(form.Scaling?.Shift, 0));
            }),
        ];
    }

    /// <summary>The schema of data, with <see cref="FieldForm.SeveralLabels"/> of each target as the samples say.</summary>
    public static Schema WithLabels(LoadedData data) => data.Schema with
    {
        Targets = [.. data.Schema.Targets.Select((t, i) =>
            t with { Form = t.Form with { SeveralLabels = HasLabels(t.Form, [data.Training.Targets[i], data.Validation.Targets[i]]) } })],
    };

    private static bool HasLabels(FieldForm form, byte[][] parts)
    {
        int width = form.Shape.Rank == 0 ? 1 : form.Shape[-1];
        if (!form.IsNumbers || width < 2) return false;
        bool several = false;
        foreach (byte[] part in parts)
        {
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(part);
            for (int i = 0; i < values.Length; i += width)
            {
                float sum = 0;
                foreach (float v in values.Slice(i, width))
                {
                    if (v is not (0 or 1)) return false;
                    sum += v;
                }

                several |= sum != 1;
            }
        }

        return several;
    }

    /// <summary>How many elements of a target are of each class.</summary>
    /// <param name="form">Of the target.</param>
    /// <param name="stored">Samples of it.</param>
    public static int[] Classes(FieldForm form, byte[] stored)
    {
        var counts = new int[form.Symbols ?? 0];
        if (!form.IsSymbols) return counts;
        foreach (int c in MemoryMarshal.Cast<byte, int>(stored))
        {
            if (c != FieldForm.Padding) counts[c]++;
        }

        return counts;
    }
}
