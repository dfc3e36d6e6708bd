using System.Globalization;
using Nn.Dsl;
using Nn.Files;
using Nn.Files.Onnx;
using Nn.Files.Weights;
using Nn.Repl.Commands;
using Nn.Repl.Plots;
using Nn.Training;

namespace Nn.Repl;

/// <summary>Commands of the session that bring something in, write something out, or try many trainings.</summary>
internal static class SessionCommands
{
    private const int SampleCount = 64, DefaultFolds = 5;

    /// <summary><c>:search [N | resume]</c>: the best values are in force afterwards.</summary>
    public static void Search(ReplSession s, string[] words)
    {
        bool resume = words is ["resume"];
        int? trials = resume || words.Length == 0 ? null : Whole(words, 1, "write :search, :search 20 or :search resume");
        // A session without a file keeps its results out of the folder that it happens to run in.
        string? file = s.Workspace.Origin == Origin.Typed ? StateFolder.Made("session.search.jsonl") : null;
        var search = new SearchCommand(s.Options(), trials, file, resume, write: false);
        s.Interruptible(() => search.Run());
        if (search.Best is not { } best) return;
        s.SetLets(best);
        s.Say($"in force: {string.Join(", ", best.Select(v => $"{v.Key} = {v.Value}"))}; :undo takes them back");
    }

    /// <summary><c>:cv [FOLDS]</c>.</summary>
    public static void CrossValidate(ReplSession s, string[] words)
    {
        int folds = words.Length == 0 ? DefaultFolds : Whole(words, 2, "write :cv, or :cv 10 for ten folds");
        s.Interruptible(() => new CrossValidationCommand(s.Options(), folds).Run());
    }

    /// <summary><c>:export FILE [MODEL]</c>: the model as it is now.</summary>
    public static void Export(ReplSession s, string[] words)
    {
        if (words.Length is 0 or > 2) throw new NnException(ExitCode.Usage, "write :export model.onnx, weights.safetensors or weights.npz; a model's name after it exports that one");
        new ExportCommand(s.Options(), words[0], words.ElementAtOrDefault(1), s.Live().Capture()).Run();
    }

    /// <summary><c>:sample FILE [MODEL]</c>: a picture of what a model makes now.</summary>
    public static void Sample(ReplSession s, string[] words)
    {
        if (words.Length is 0 or > 2) throw new NnException(ExitCode.Usage, "write :sample sheet.png; a model's name after it says which one makes them");
        if (!Path.GetExtension(words[0]).Equals(".png", StringComparison.OrdinalIgnoreCase)) throw new NnException(ExitCode.Usage, $"{words[0]}: samples are written as .png; `:plot samples > file.svg` draws them, too");
        LiveTraining live = s.Live();
        SampleChoice choice = SampleChoice.Find(live.Session.Definition, live.Session.Data, words.ElementAtOrDefault(1));
        using TrainingSession session = live.WithSamples(choice, SampleCount);
        Png.Save(words[0], SampleCommand.Sheet(session, choice, SampleCount));
        s.Say($"samples of {choice.Model.Name} in {words[0]}");
    }

    /// <summary><c>:import FILE [NAMES]</c>: weights for the models there are; an ONNX file becomes a model first.</summary>
    public static void Import(ReplSession s, string[] words)
    {
        if (words.Length is 0 or > 2) throw new NnException(ExitCode.Usage, "write :import FILE, such as weights.safetensors, weights.npz or model.onnx; names that differ follow: fc1=dense_1,fc2=dense_2");
        string file = words[0];
        if (Path.GetExtension(file).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            Onnx(s, file);
            return;
        }

        LiveTraining live = s.Live();
        WeightImport import = WeightMap.Match(live.Session.Definition.Models, ForeignWeights.Load(file), words.Length > 1 ? WeightMap.ReadPairs(words[1]) : []);
        foreach (WeightMatch m in import.Matches) live.Session.Write<float>(live.Session.Plan.Slots.Parameters[m.Ours], m.Values);
        s.Touch();
        if (s.Json) ImportCommand.WriteJson(import);
        else ImportCommand.Write(import);
    }

    // The model as a statement; with data and training there, its weights as well.
    private static void Onnx(ReplSession s, string file)
    {
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Load(file), file);
        ImportedScript.Bind(imported, file);
        Snippet[] model = [.. Workspace.Split(new SourceText(file, imported.Script))];
        bool known = model.All(m => s.Workspace.Snippets.Any(o => o.Kind == m.Kind && o.Name == m.Name && o.Text == m.Text));
        if (!known) s.Define(imported.Script);
        if (!s.Workspace.Snippets.Any(o => o.Kind == "train"))
        {
            s.Say($"defined: {string.Join(", ", model.Select(m => $"{m.Kind} {m.Name}"))}; type data and a train block, then :import {file} once more takes its weights");
            return;
        }

        LiveTraining live = s.Live();
        int taken = 0;
        foreach ((Parameter p, var slot) in live.Session.Plan.Slots.Parameters)
        {
            if (!imported.Weights.Tensors.TryGetValue(p.Name, out StoredTensor? tensor) || tensor.Shape != p.Shape) continue;
            live.Session.Program.Write(slot, tensor.Bytes);
            taken++;
        }

        s.Touch();
        s.Say($"{taken} of {imported.Weights.Tensors.Count} tensors of {file} are in force");
    }

    /// <summary><c>:graph [operations] [&gt; FILE]</c>.</summary>
    public static void Graph(ReplSession s, string[] words)
    {
        (string[] what, string? file) = PlotCommand.Target(words);
        if (what is not ([] or ["operations"])) throw new NnException(ExitCode.Usage, "write :graph, :graph operations, or :graph > net.svg");
        new GraphCommand(s.Options(), what.Length > 0, null, file).Run();
    }

    private static int Whole(string[] words, int least, string form) =>
        words is [var only] && int.TryParse(only, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= least ? n : throw new NnException(ExitCode.Usage, form);
}
