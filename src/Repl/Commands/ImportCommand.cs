using Nn.Dsl;
using Nn.Files;
using Nn.Files.Onnx;
using Nn.Files.Weights;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn import</c>: weights of another program for a script's models, as a checkpoint; or an ONNX model as a script with its weights.
/// </summary>
internal sealed class ImportCommand(RunOptions options, string? into, string? map)
{
    public int Run()
    {
        string file = options.File;
        if (Path.GetExtension(file).Equals(".onnx", StringComparison.OrdinalIgnoreCase)) return Model(file);
        if (into is null) throw new NnException(ExitCode.Usage, $"nn import needs the script whose models the weights are for: nn import {file} --into script.nn --save model.safetensors");
        if (options.Save is { } save) AtomicFile.CheckWritable(save);
        // Weights that this program wrote know the words and classes that they were trained on.
        Safetensors? own = Path.GetExtension(file).Equals(".safetensors", StringComparison.OrdinalIgnoreCase) ? Safetensors.Load(file) : null;
        Project project = Project.Open(options with { File = into, Trained = own is not null && own.Metadata.ContainsKey("data") ? own : null });
        (TrainingDefinition training, _) = project.Training();
        WeightImport import = WeightMap.Match(training.Models, ForeignWeights.Load(file), map is null ? [] : WeightMap.ReadPairs(map));
        if (options.Json) WriteJson(import);
        else if (!options.Quiet) Write(import);
        if (options.Save is null)
        {
            if (!options.Json) Console.Out.WriteLine($"nothing was written; add --save model.safetensors, then: nn eval {into} --model model.safetensors");
            return 0;
        }

        using TrainingSession session = project.Session(options.Device);
        foreach (WeightMatch m in import.Matches) session.Write<float>(session.Plan.Slots.Parameters[m.Ours], m.Values);
        Checkpoint.Capture(session, new TrainerState(), project.Source.Text).Save(options.Save);
        if (!options.Json && !options.Quiet) Console.Out.WriteLine($"saved {options.Save}; nn eval {into} --model {options.Save} shows how good it is");
        return 0;
    }

    // A script, and beside it a file of its weights.
    private int Model(string file)
    {
        if (into is not null || map is not null) throw new NnException(ExitCode.Usage, $"an ONNX file becomes a script of its own: nn import {file} --save model.nn");
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Load(file), file);
        ImportedScript.Bind(imported, file);
        if (options.Save is not { } save)
        {
            Console.Out.Write(imported.Script);
            if (!options.Quiet) Console.Error.WriteLine($"nn: nothing was written; add --save model.nn, which also writes the weights");
            return 0;
        }

        if (Path.GetExtension(save) != ".nn") throw new NnException(ExitCode.Usage, $"--save {save}: name a script, such as model.nn; its weights go beside it");
        string weights = Path.ChangeExtension(save, ".safetensors");
        AtomicFile.Write(save, s => s.Write(System.Text.Encoding.UTF8.GetBytes(imported.Script)));
        imported.Weights.Metadata["format"] = ExportCommand.Format;
        imported.Weights.Save(weights);
        if (!options.Quiet) Console.Out.WriteLine($"{save}, {weights}: {Plural.Of(imported.Weights.Tensors.Count, "tensor")}; add data and train blocks to the script, then: nn eval {save} --model {weights}");
        return 0;
    }

    /// <summary>Which tensor went where.</summary>
    public static void Write(WeightImport import)
    {
        string[][] rows = [["theirs", "shape", "here", "shape", ""], .. import.Matches.Select(m => (string[])
            [string.Join(" + ", m.Theirs.Select(t => t.Name)), m.Theirs.Count == 0 ? "" : m.Theirs[0].Shape.ToString(), m.Ours.Name, m.Ours.Shape.ToString(), m.How])];
        int[] widths = [.. Enumerable.Range(0, 5).Select(c => rows.Max(r => r[c].Length))];
        TextStyle style = TextStyle.ForOutput();
        for (int i = 0; i < rows.Length; i++)
        {
            string line = string.Join("  ", rows[i].Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd();
            Console.Out.WriteLine(i == 0 ? style.Bold(line) : line);
        }

        if (import.Unused.Count > 0) Console.Out.WriteLine($"not used: {string.Join(", ", import.Unused)}");
    }

    /// <summary>The same for programs.</summary>
    public static void WriteJson(WeightImport import)
    {
        foreach (WeightMatch m in import.Matches)
            JsonLine.Write(("event", "tensor"), ("theirs", string.Join(" + ", m.Theirs.Select(t => t.Name))), ("ours", m.Ours.Name), ("shape", m.Ours.Shape.ToString()), ("how", m.How));
        JsonLine.Write(("event", "import"), ("tensors", import.Matches.Count), ("unused", string.Join(", ", import.Unused)));
    }
}
