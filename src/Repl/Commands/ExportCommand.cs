using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn export</c>: a trained model for other programs. The computation with its weights as ONNX, or the weights alone as safetensors or npz.
/// </summary>
/// <param name="options">What most commands take.</param>
/// <param name="to">The file to write.</param>
/// <param name="part">One model of several.</param>
/// <param name="trained">The trained model, where it is not in a file.</param>
internal sealed class ExportCommand(RunOptions options, string? to, string? part, Safetensors? trained = null)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("export", CommandGroup.Use, "writes a trained model as ONNX, or its weights as safetensors or npz")
    {
        Details = "`--to F`: [docs/exchange.md](docs/exchange.md)",
        Examples = ["nn export digits.safetensors --to digits.onnx"],
        Program = ProgramForm.OfScript((c, o) => new ExportCommand(o, c.GetValue(Common.To), c.GetValue(Common.Part)).Run(), Common.Model, Common.To,
            Common.Part),
        Session = new("FILE [MODEL]", "model.onnx", InSession),
    };

    /// <summary>In the metadata of a file with weights alone.</summary>
    public const string Format = "nn-weights-1";

    private const string Forms = "model.onnx, weights.safetensors or weights.npz";

    public int Run()
    {
        if (to is null) throw new NnException(ExitCode.Usage, $"nn export needs a file to write: --to {Forms}");
        string kind = Path.GetExtension(to).ToLowerInvariant();
        if (kind is not (".onnx" or ".safetensors" or ".npz"))
            throw new NnException(ExitCode.Usage, $"--to {to}: the ending says what is written; use {Forms}");
        AtomicFile.CheckWritable(to);
        (Project project, Safetensors model) = Open();
        (TrainingDefinition training, LoadedData data) = project.Training();
        Checkpoint.CheckNumbers(training.Models.SelectMany(m => m.Parameters), model, options.Model ?? options.File);
        Checkpoint.CheckScaling(data.Schema, model, options.Model ?? options.File);
        IReadOnlyList<string> notes;
        if (kind == ".onnx")
        {
            OnnxExported exported = OnnxExport.Convert(training, data, model.Tensors, project.Source.Text, Part(training));
            OnnxWriter.Save(exported.Model, to);
            notes = exported.Notes;
        }
        else
        {
            notes = Weights(training, model, kind);
        }

        if (options.Json) JsonLine.Write(("event", "export"), ("file", to), ("notes", string.Join('\n', notes)));
        else if (!options.Quiet) Console.Out.WriteLine(string.Join('\n', notes.Prepend($"{to}: {new FileInfo(to).Length:N0} bytes")));
        return 0;
    }

    private Model? Part(TrainingDefinition training) => part is null ? null : training.Models.FirstOrDefault(m => m.Name == part)
        ?? throw new NnException(ExitCode.Usage,
            $"--part {part}: there {(training.Models.Count == 1 ? "is" : "are")} {string.Join(", ", training.Models.Select(m => m.Name))}");

    // A script with --model, or a checkpoint, which holds its script.
    private (Project Project, Safetensors Model) Open()
    {
        if (trained is not null) return (Project.Open(options), trained);
        if (options.Model is { } model) return (Project.Open(options), Safetensors.Load(model));
        if (Path.GetExtension(options.File) == ".nn")
            throw new NnException(ExitCode.Usage,
                $"nn export needs a trained model: nn train {options.File} --save model.safetensors, then nn export {options.File} --model "
                    + "model.safetensors --to model.onnx");
        Safetensors checkpoint = Safetensors.Load(options.File);
        if (!checkpoint.Metadata.TryGetValue("script", out string? script))
            throw new NnException(ExitCode.BadFile, $"{options.File} holds no script; name the script: nn export script.nn --model {options.File} --to {to}");
        return (Project.Open(options with { Model = options.File }, new Dsl.SourceText(options.File, script)), checkpoint);
    }

    private IReadOnlyList<string> Weights(TrainingDefinition training, Safetensors model, string kind)
    {
        var weights = new Safetensors();
        weights.Metadata["format"] = Format;
        foreach (Parameter p in training.Models.SelectMany(m => m.Parameters).Distinct())
        {
            if (!model.Tensors.TryGetValue(p.Name, out StoredTensor? tensor) || tensor.Shape != p.Shape)
                throw new NnException(ExitCode.BadFile, $"the model file has no '{p.Name}' of {p.Shape}; it belongs to another script");
            weights.Tensors[p.Name] = tensor;
        }

        if (kind == ".safetensors") weights.Save(to!);
        else Npz.Save(to!, weights.Tensors.ToDictionary(t => t.Key, t => NumpyArray.Of(t.Value.Shape, MemoryMarshal.Cast<byte, float>(t.Value.Bytes))));
        return [$"{Plural.Of(weights.Tensors.Count, "tensor")}, {Plural.Of(weights.Tensors.Values.Sum(t => t.Shape.Count), "number")}; dense weights are "
            + "inputs x outputs, convolutions height x width x inputs x outputs"];
    }

    private static void InSession(ReplSession s, string[] words)
    {
        if (words.Length is 0 or > 2)
            throw new NnException(ExitCode.Usage, "write :export model.onnx, weights.safetensors or weights.npz; a model's name after it exports that one");
        new ExportCommand(s.Options(), words[0], words.ElementAtOrDefault(1), s.Live().Capture()).Run();
    }
}
