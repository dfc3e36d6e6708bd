using System.Runtime.InteropServices;
using Nn.Dsl;
using Nn.Exchange.Onnx;
using Nn.Exchange.Weights;
using Nn.Files;
using Nn.Networks.Runs;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn import</c>: weights of another program for a script's models, as a checkpoint; or an ONNX model as a script with its weights.
/// </summary>
internal sealed class ImportCommand(RunOptions options, string? into, string? map)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("import", CommandGroup.Use,
        "takes weights of another program (.safetensors, .npz) for a script's models, or an ONNX model as a script")
    {
        Details = "`nn import W --into FILE`; weights in PyTorch's layout, too",
        Examples = ["nn import weights.npz --into digits.nn --save digits.safetensors", "nn import model.onnx"],
        Program = ProgramForm.OfScript((c, o) => new ImportCommand(o, c.GetValue(Common.Into), c.GetValue(Common.Map)).Run(), Common.Into, Common.Map,
            Common.Save),
        Session = new("FILE [NAMES]", "weights.safetensors", InSession)
        {
            Summary = "weights of another program for the models here; an .onnx file becomes a model",
        },
    };

    public int Run()
    {
        string file = options.File;
        if (Path.GetExtension(file).Equals(".onnx", StringComparison.OrdinalIgnoreCase)) return Model(file);
        if (into is null)
            throw new NnException(ExitCode.Usage,
                $"nn import needs the script whose models the weights are for: nn import {file} --into script.nn --save model.safetensors");
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

        using TrainingRun run = TrainingRun.Start(project, options.Device);
        TrainingSession session = run.Session;
        foreach (WeightMatch m in import.Matches) session.Replace(m.Ours, MemoryMarshal.AsBytes(m.Values.AsSpan()));
        Checkpoint.Capture(session, new TrainerState(), project.Source.Text).Save(options.Save);
        if (!options.Json && !options.Quiet) Console.Out.WriteLine($"saved {options.Save}; nn eval {into} --model {options.Save} shows how good it is");
        return 0;
    }

    // A script, and beside it a file of its weights.
    private int Model(string file)
    {
        if (into is not null || map is not null)
            throw new NnException(ExitCode.Usage, $"an ONNX file becomes a script of its own: nn import {file} --save model.nn");
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Load(file), file);
        ImportedScript.Bind(imported, file);
        if (options.Save is not { } save)
        {
            Console.Out.Write(imported.Script);
            foreach (string note in imported.Notes) Console.Error.WriteLine($"nn: {note}");
            if (!options.Quiet) Console.Error.WriteLine($"nn: nothing was written; add --save model.nn, which also writes the weights");
            return 0;
        }

        if (Path.GetExtension(save) != ".nn")
            throw new NnException(ExitCode.Usage, $"--save {save}: name a script, such as model.nn; its weights go beside it");
        string weights = Path.ChangeExtension(save, ".safetensors");
        AtomicFile.Write(save, s => s.Write(System.Text.Encoding.UTF8.GetBytes(imported.Script)));
        imported.Weights.Metadata["format"] = ExportCommand.Format;
        imported.Weights.Save(weights);
        if (!options.Quiet) foreach (string note in imported.Notes) Console.Out.WriteLine($"note: {note}");
        if (!options.Quiet)
            Console.Out.WriteLine(
                $"{save}, {weights}: {Plural.Of(imported.Weights.Tensors.Count, "tensor")}; add data and train blocks to the script, then: nn eval {save} "
                    + $"--model {weights}");
        return 0;
    }

    /// <summary>Which tensor went where.</summary>
    public static void Write(WeightImport import)
    {
        string[][] rows = [["theirs", "shape", "here", "shape", ""], .. import.Matches.Select(m => (string[])
            [string.Join(" + ", m.Theirs.Select(t => t.Name)), m.Theirs.Count == 0 ? "" : m.Theirs[0].Shape.ToString(), m.Ours.Name, m.Ours.Shape.ToString(),
                m.How])];
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
            JsonLine.Write(("event", "tensor"), ("theirs", string.Join(" + ", m.Theirs.Select(t => t.Name))), ("ours", m.Ours.Name),
                ("shape", m.Ours.Shape.ToString()), ("how", m.How));
        JsonLine.Write(("event", "import"), ("tensors", import.Matches.Count), ("unused", string.Join(", ", import.Unused)));
    }

    private static void InSession(ReplSession s, string[] words)
    {
        if (words.Length is 0 or > 2)
            throw new NnException(ExitCode.Usage,
                "write :import FILE, such as weights.safetensors, weights.npz or model.onnx; names that differ follow: fc1=dense_1,fc2=dense_2");
        string file = words[0];
        if (Path.GetExtension(file).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            Onnx(s, file);
            return;
        }

        TrainingRun live = s.Live();
        WeightImport import = WeightMap.Match(live.Session.Definition.Models, ForeignWeights.Load(file), words.Length > 1 ? WeightMap.ReadPairs(words[1]) : []);
        foreach (WeightMatch m in import.Matches) live.Session.Replace(m.Ours, MemoryMarshal.AsBytes(m.Values.AsSpan()));
        s.Touch();
        if (s.Json) ImportCommand.WriteJson(import);
        else ImportCommand.Write(import);
    }

    // The model as a statement; with data and training there, its weights as well.
    private static void Onnx(ReplSession s, string file)
    {
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Load(file), file);
        ImportedScript.Bind(imported, file);
        foreach (string note in imported.Notes) s.Say($"note: {note}");
        Snippet[] model = [.. Workspace.Split(new SourceText(file, imported.Script))];
        bool known = model.All(m => s.Workspace.Snippets.Any(o => o.Kind == m.Kind && o.Name == m.Name && o.Text == m.Text));
        if (!known) s.Define(imported.Script);
        if (!s.Workspace.Snippets.Any(o => o.Kind == "train"))
        {
            s.Say($"defined: {string.Join(", ", model.Select(m => $"{m.Kind} {m.Name}"))}; type data and a train block, then :import {file} once more takes "
                + "its weights");
            return;
        }

        TrainingRun live = s.Live();
        int taken = 0;
        foreach (Parameter p in live.Session.Plan.Slots.Parameters.Keys)
        {
            if (!imported.Weights.Tensors.TryGetValue(p.Name, out StoredTensor? tensor) || tensor.Shape != p.Shape) continue;
            live.Session.Replace(p, tensor.Bytes);
            taken++;
        }

        s.Touch();
        s.Say($"{taken} of {imported.Weights.Tensors.Count} tensors of {file} are in force");
    }
}
