using System.Runtime.InteropServices;
using System.Text;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn generate</c>: text from a model of characters. The checkpoint is enough: it holds the script and the vocabulary.</summary>
internal sealed class GenerateCommand(RunOptions options, string? prompt, int length, double temperature, int? among, double? topP)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("generate", CommandGroup.Use,
        "writes text with a model of characters: from its checkpoint, or from a script and --model")
    {
        Details = "`--prompt`, `--length`, `--temperature`, `--top-k`, `--top-p`, `--seed`",
        Examples = ["nn generate shakespeare.safetensors --prompt \"To be\" --length 200"],
        Program = ProgramForm.OfScript(
            (c, o) => new GenerateCommand(o, c.GetValue(Common.Prompt), c.GetValue(Common.Length) ?? 500, c.GetValue(Common.Temperature),
                c.GetValue(Common.TopK), c.GetValue(Common.TopP)).Run(),
            Common.Model, Common.Prompt, Common.Length, Common.Temperature, Common.TopK, Common.TopP),
        Session = new("[BEGINNING]", "To be", InSession) { Summary = "text that goes on from a beginning, with a model of characters" },
    };

    private const int ShownCharacters = 300;

    public int Run()
    {
        (string path, Safetensors file, SourceText source) = Open();
        if (Checkpoint.Form(file, path)?.Target.Unit is not null)
            throw new NnException(ExitCode.Usage, $"{path} writes a text for a text, and goes on with none; write: nn predict {path} \"…\"");
        Vocabulary vocabulary = Checkpoint.Vocabulary(file, path)
            ?? throw new NnException(ExitCode.Usage,
                $"{path} was not trained on text, so it has no characters to write with; its script must have data from `text \"file.txt\", context: 64`");
        int context = 0;
        BoundScript script = Binder.Bind(source, options.TrainedAs(file).Bind, spec =>
        {
            if (spec.Source != DataSource.Text) throw new NnException(ExitCode.BadFile, $"{path} was trained on text, the data of {source.Name} are not");
            return vocabulary.Schema(context = spec.Context);
        });
        if (script.Training is not { Predictor: { } model } || !TextGenerator.Fits(model, context, vocabulary.Size))
            throw new NnException(ExitCode.Script,
                $"{source.Name} gives no probability for each character at each place; end the model with: dense classes, softmax");
        if (among == 0) throw new NnException(ExitCode.Usage, "--top-k 0: there must be at least one character to draw from");
        if (topP is 0 or > 1) throw new NnException(ExitCode.Usage, "--top-p is a share of the probability, above 0 and at most 1, such as 0.9");
        int[] start = vocabulary.Beginning(prompt);
        using IBackend backend = DeviceChoice.Open(options.Device);
        using var inference = new Inference(backend, model, new FieldForm(model.Input, DType.I32));
        inference.Restore(file, path);
        var generator = new TextGenerator(window => inference.Run(MemoryMarshal.AsBytes(window.AsSpan())), context, start, options.Bind.Seed ?? 0)
        {
            Temperature = temperature,
            Among = among,
            TopP = topP,
        };
        Write(generator, vocabulary);
        return 0;
    }

    private (string Path, Safetensors File, SourceText Source) Open()
    {
        if (Path.GetExtension(options.File) == ".nn")
        {
            string model = options.Model ?? throw new NnException(
                ExitCode.Usage, $"nn generate needs a trained model: nn train {options.File} --save model.safetensors, then nn generate model.safetensors");
            return (model, Safetensors.Load(model), Project.Read(options.File));
        }

        if (options.Model is not null)
            throw new NnException(ExitCode.Usage, "name one model: either nn generate model.safetensors, or nn generate script.nn --model model.safetensors");
        Safetensors file = Safetensors.Load(options.File);
        return (options.File, file, new SourceText(options.File, Checkpoint.Script(file, options.File)));
    }

    private void Write(TextGenerator generator, Vocabulary vocabulary)
    {
        var text = new StringBuilder();
        if (!options.Json) Console.Out.Write(prompt);
        for (int i = 0; i < length; i++)
        {
            string symbol = vocabulary.Symbol(generator.Next());
            text.Append(symbol);
            if (options.Json) continue;
            Console.Out.Write(symbol);
            Console.Out.Flush();
        }

        if (options.Json)
            JsonLine.Write(("event", "generate"), ("prompt", prompt ?? ""), ("text", text.ToString()), ("temperature", temperature),
                ("seed", (long)(options.Bind.Seed ?? 0)));
        else Console.Out.WriteLine();
    }

    private static void InSession(ReplSession s, string[] words)
    {
        TrainingSession session = s.Live().Session;
        int context = session.Data.Input.Width;
        if (session.Data.Vocabulary is not { } vocabulary || session.Definition.Predictor is not { } model
            || !TextGenerator.Fits(model, context, vocabulary.Size))
            throw new NnException(ExitCode.Usage,
                ":generate needs a model of characters: data from text \"file.txt\", context: 64, and a model that ends with: dense classes, softmax");
        string prompt = string.Join(' ', words);
        var generator = new TextGenerator(
            window => session.Predict(MemoryMarshal.AsBytes(window.AsSpan())), context, vocabulary.Beginning(prompt), session.Definition.Seed);
        s.Say(prompt + string.Concat(Enumerable.Range(0, ShownCharacters).Select(_ => vocabulary.Symbol(generator.Next()))));
    }
}
