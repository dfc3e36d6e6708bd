using System.Text;
using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>Makes a script of an ONNX model: its input, its operations as layers, names for them, and what its user should add.</summary>
public static class OnnxImport
{
    /// <summary>The name of the model in the script.</summary>
    public const string ModelName = "imported";

    /// <summary>Converts a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="file">What to call it in messages.</param>
    /// <exception cref="NnException">It has operations that are no layers here; all of them are named.</exception>
    public static OnnxImported Convert(OnnxModel model, string file)
    {
        bool first = ImportedInput.HasChannelsFirst(model);
        Made<OnnxImported> made = Converted(model, file, first);
        // How the axes of an image lie is a guess where nothing in the file says it.
        if (made.Value is null && model.Graph.Inputs.Any(i => i.Dims is { Count: 4 }) && Converted(model, file, !first).Value is { } other) return other;
        return made.Value ?? throw new NnException(ExitCode.BadFile, $"{file} cannot be imported: {made.Refused!.Reason}");
    }

    private static Made<OnnxImported> Converted(OnnxModel model, string file, bool channelsFirst)
    {
        OnnxGraph graph = model.Graph;
        var stored = graph.Initializers.Select(t => t.Name).ToHashSet();
        OnnxValue[] inputs = [.. graph.Inputs.Where(i => !stored.Contains(i.Name))];
        if (inputs.Length != 1 || graph.Outputs.Count != 1)
        {
            string names = string.Join(", ", [.. inputs.Select(i => i.Name), .. graph.Outputs.Select(o => o.Name)]);
            return new Refusal($"it has {Plural.Of(inputs.Length, "input")} and {Plural.Of(graph.Outputs.Count, "output")} ({names}); "
                + "one of each is read: export the model with one input, and one output");
        }

        Made<ImportedInput> given = ImportedInput.Of(model, inputs[0], channelsFirst);
        if (given.Value is not { } input) return given.Refused!;
        var reader = new GraphReader(model);
        Made<Line> output = reader.Read(input, inputs[0].Name);
        if (output.Value is not { } last) return output.Refused!;
        var writer = new ScriptWriter(ModelName, input.Line);
        Made<IReadOnlyList<Statement>> statements = writer.Write(reader.Book.Lines, last);
        if (statements.Value is not { } written) return statements.Refused!;
        ImportAdvice advice = ImportAdvice.Of(ModelName, input.Line, last);
        string training = Formatted(StatementText.Inline(advice.Training), file).TrimEnd();
        string script = Text(model, file, written, advice, training);
        return new OnnxImported(script, writer.Weights, input.Order, input.Line.Symbols, training, reader.Book.Notes);
    }

    // The script with where it came from, and what it needs to be run or trained.
    private static string Text(OnnxModel model, string file, IReadOnlyList<Statement> statements, ImportAdvice advice, string training)
    {
        string producer = model.Producer.Length == 0 ? "" : $" ({model.Producer} {model.ProducerVersion})";
        var s = new StringBuilder($"# From {OneLine(Path.GetFileName(file) + producer)}.\n");
        if (model.Metadata.TryGetValue("classes", out string? classes)) s.Append($"# classes: {OneLine(classes)}\n");
        foreach (Statement statement in statements) s.Append(StatementText.Of(statement));
        s.Append($"\n# To run or train it, say on what and how ({advice.Why}):\n");
        s.Append($"#   {Formatted(StatementText.Inline(advice.Data), file).TrimEnd()}\n#   {training}\n");
        return Formatted(s.ToString(), file);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Formatted(string text, string file)
    {
        try
        {
            return Formatter.Format(new SourceText(file, text));
        }
        catch (ScriptException e)
        {
            throw new NnException(ExitCode.BadFile, $"{file} cannot be imported: the script that it would become is wrong: {e.Diagnostics[0].Message}", e);
        }
    }
}
