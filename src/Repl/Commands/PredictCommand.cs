using System.Globalization;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn predict</c>: outputs for given features, or for the first samples of the validation part.</summary>
internal sealed class PredictCommand(RunOptions options, string[] inputs)
{
    private const int Shown = 10;

    public int Run()
    {
        if (inputs.FirstOrDefault(i => i.StartsWith("--", StringComparison.Ordinal)) is { } unknown)
            throw new NnException(ExitCode.Usage, $"nn predict has no option '{unknown.Split('=')[0]}'; `nn predict --help` shows those that there are");
        if (options.Model is not { } file) throw new NnException(ExitCode.Usage, ModelNeeded.By("predict", options.File));
        Safetensors model = Safetensors.Load(file);
        Project project = Project.Open(options.TrainedAs(model));
        (_, LoadedData data) = project.Training();
        if (data.Vocabulary is not null) throw new NnException(ExitCode.Usage, $"this model goes on with texts; write: nn generate {options.Model} --prompt \"…\"");
        (byte[] bytes, int samples) = inputs.Length == 0 ? Validation(data) : inputs.Any(ImageFile.IsNamed) ? Images(data) : Given(data);
        using TrainingSession session = project.Session(options.Device, samples);
        Checkpoint.RestoreParameters(session, model, file);
        float[] outputs = session.Predict(bytes);
        int each = outputs.Length / samples;
        for (int s = 0; s < samples; s++) Show(data, outputs.AsSpan(s * each, each), s);
        return 0;
    }

    // Brought to the size and the colours of the data.
    private (byte[] Bytes, int Samples) Images(LoadedData data)
    {
        if (!SampleSheet.CanDraw(data)) throw new NnException(ExitCode.Usage, $"this model takes samples of {data.Input.Shape}, not images");
        if (inputs.FirstOrDefault(i => !ImageFile.IsNamed(i)) is { } other) throw new NnException(ExitCode.Usage, $"'{other}' is no PNG or JPEG image, as the others are");
        Shape shape = data.Input.Shape;
        byte[] pixels =
        [
            .. inputs.Select(ImageFile.Load).Select(i => shape[2] == 1 ? ImageResize.Grey(i) : ImageResize.Colour(i))
                .SelectMany(i => ImageResize.To(i, shape[0], shape[1]).Pixels),
        ];
        return (data.Input.StoreBytes(pixels), inputs.Length);
    }

    private (byte[] Bytes, int Samples) Given(LoadedData data)
    {
        foreach (string input in inputs)
        {
            string? why = Directory.Exists(input) ? "is a folder; name images one by one, or numbers"
                : File.Exists(input) || NamesFile(input) ? "is a file; here are numbers or images. For other data name them in the script's data block: the words and classes of the model are kept"
                : null;
            if (why is not null) throw new NnException(ExitCode.Usage, $"'{input}' {why}");
        }

        return data.Input.Parse(inputs);
    }

    private static bool NamesFile(string input) => Path.GetExtension(input).Length > 1 && !double.TryParse(input, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static (byte[] Bytes, int Samples) Validation(LoadedData data)
    {
        Part part = data.Validation.Samples > 0 ? data.Validation : data.Training;
        int samples = Math.Min(Shown, part.Samples);
        return (data.Input.Samples(part.Input, 0, samples).ToArray(), samples);
    }

    private void Show(LoadedData data, ReadOnlySpan<float> output, int sample)
    {
        int best = 0;
        for (int i = 1; i < output.Length; i++)
        {
            if (output[i] > output[best]) best = i;
        }

        bool classes = data.ClassNames.Count == output.Length && output.Length > 1;
        if (options.Json)
        {
            JsonLine.Write(
                ("event", "prediction"), ("sample", sample), ("class", classes ? data.ClassNames[best] : null),
                ("output", output.ToArray().Select((v, i) => new KeyValuePair<string, double>(classes ? data.ClassNames[i] : i.ToString(), v))));
            return;
        }

        string values = string.Join(' ', output.ToArray().Select(v => TrainingDisplay.Number(v)));
        Console.Out.WriteLine(classes ? $"{data.ClassNames[best]} ({output[best]:P1})" : values);
    }
}
