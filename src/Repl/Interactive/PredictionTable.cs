using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Repl;

/// <summary>Predictions as lines, beside the truth where it is known.</summary>
internal sealed class PredictionTable(LoadedData data, bool json)
{
    private const int MaxOutputs = 12;

    /// <summary>Samples from numbers as typed, in the stored type.</summary>
    /// <exception cref="NnException">One is no number, or they are not whole samples.</exception>
    public static (byte[] Bytes, int Samples) Parse(IReadOnlyList<string> words, LoadedData data, int width)
    {
        var values = new float[words.Count];
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.TryParse(words[i].TrimEnd(','), NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                throw new NnException(ExitCode.Usage, $"'{words[i]}' is no number");
        }

        if (values.Length % width != 0)
        {
            string names = data.FeatureNames.Count > 0 ? $": {string.Join(", ", data.FeatureNames)}" : "";
            throw new NnException(ExitCode.Usage, $"a sample has {width} numbers{names}; {values.Length} were given");
        }

        byte[] bytes = data.StoredInput switch
        {
            DType.U8 => Array.ConvertAll(values, v => (byte)Math.Clamp(v, 0, 255)),
            DType.I32 => MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (int)v).AsSpan()).ToArray(),
            _ => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
        };
        return (bytes, values.Length / width);
    }

    /// <summary>One line a sample.</summary>
    public void Write(float[][] outputs, DataPart? truth)
    {
        for (int i = 0; i < outputs.Length; i++) Write(outputs[i], i, truth);
    }

    private void Write(float[] output, int sample, DataPart? truth)
    {
        bool classes = data.ClassNames.Count == output.Length && output.Length > 1;
        int best = Array.IndexOf(output, output.Max());
        string? right = truth is null || data.Info.Classes is null || data.Info.Target.Count != 1 ? null
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
