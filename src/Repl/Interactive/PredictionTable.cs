using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Repl;

/// <summary>Predictions as lines, beside the truth where it is known.</summary>
internal sealed class PredictionTable(LoadedData data, bool json)
{
    private const int MaxOutputs = 12;

    /// <summary>One line a sample.</summary>
    public void Write(float[][] outputs, Part? truth)
    {
        for (int i = 0; i < outputs.Length; i++) Write(outputs[i], i, truth);
    }

    private void Write(float[] output, int sample, Part? truth)
    {
        bool classes = data.ClassNames.Count == output.Length && output.Length > 1;
        int best = Array.IndexOf(output, output.Max());
        string? right = truth is null || data.Target.Symbols is null || data.Target.Shape.Count != 1 ? null
            : data.ClassNames.ElementAtOrDefault(MemoryMarshal.Cast<byte, int>(truth.Target)[sample]);
        if (json)
        {
            JsonLine.Write(
                ("event", "prediction"), ("sample", sample), ("class", classes ? data.ClassNames[best] : null), ("truth", right),
                ("output", output.Select((v, i) => new KeyValuePair<string, double>(classes ? data.ClassNames[i] : i.ToString(CultureInfo.InvariantCulture), v))));
            return;
        }

        string values = string.Join(' ', output.Take(MaxOutputs).Select(v => TrainingDisplay.Number(v))) + (output.Length > MaxOutputs ? " …" : "");
        string text = classes ? $"{data.ClassNames[best]} ({output[best].ToString("P1", CultureInfo.InvariantCulture)})" : values;
        Console.Out.WriteLine(right is null ? text : $"{text}{(classes && right != data.ClassNames[best] ? $"  wrong: {right}" : $"  {right}")}");
    }
}
