using System.Reflection;
using System.Text.Json;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Exchange.Onnx;

/// <summary>A model as ONNX, and what its user should know.</summary>
/// <param name="Model">The file's content.</param>
/// <param name="Notes">Lines: what goes in, what comes out, whether the batch is free.</param>
public sealed record OnnxExported(OnnxModel Model, IReadOnlyList<string> Notes);

/// <summary>
/// Writes what a trained model computes at prediction as an ONNX graph: inputs as the data hold them, scaling included, images in the script's order of
/// axes. Convolutions run channels first; the axes are permuted where a value enters or leaves them, not at each.
/// </summary>
public static class OnnxExport
{
    /// <summary>The operator set that is written.</summary>
    public const int Opset = 17;

    /// <summary>Converts a trained model.</summary>
    /// <param name="definition">The training.</param>
    /// <param name="data">Its data: types, class names.</param>
    /// <param name="weights">A checkpoint's tensors by name.</param>
    /// <param name="script">The script's text, kept in the file.</param>
    /// <param name="part">One model of several, from numbers of its own input's shape; without it, what the script predicts with.</param>
    /// <exception cref="NnException">The model has an operation that ONNX lacks, or tensors are missing.</exception>
    public static OnnxExported Convert(
        TrainingDefinition definition, LoadedData data, IReadOnlyDictionary<string, StoredTensor> weights, string script, Model? part = null)
    {
        IReadOnlyList<Field> fields = [.. (definition.Prediction?.Taken ?? []).Select(name => data.Schema.Fields.Single(f => f.Name == name))];
        if (part is not null)
        {
            var alone = new ModelPrediction(part, [.. part.Inputs.Select(i => i.Name)], [.. part.Outputs.Select(_ => (Field?)null)]);
            (definition, fields) = (definition with { Prediction = alone }, [.. part.Inputs.Select(i => new Field(i.Name, Form(i, data.Schema)))]);
        }

        PredictGraph Build(Dim batch) => PredictGraph.Build(definition, fields, weights, batch);
        PredictGraph built = Build(Dim.Batch);
        OnnxEmitter? emitter = OnnxEmitter.TryEmit(built);
        bool free = emitter is not null;
        emitter ??= OnnxEmitter.Emit(built = Build(Dim.BatchOf(1)));
        var model = new OnnxModel
        {
            Producer = "nn",
            ProducerVersion = typeof(OnnxExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "",
            Graph = emitter.Graph,
        };
        model.Opsets[""] = Opset;
        model.Graph.Name = definition.Predictor!.Name;
        foreach ((string name, Slot slot) in built.Inputs) model.Graph.Inputs.Add(Value(name, slot.Shape, slot.Type));
        foreach ((string name, Node value) in built.Outputs) model.Graph.Outputs.Add(Value(name, value.Shape, value.Type));
        string batch = free ? "batch" : "1";
        string Taken(int i) => part is null || fields[i].Form.IsSymbols ? Meaning(fields[i].Form) : "numbers as the model takes them";
        string Given(int o) => Classes(definition, o).Count > 0 ? ", one number for each class; their names are in the metadata" : "";
        string[] notes =
        [
            .. built.Inputs.Select((input, i) => $"{input.Name}: {batch}x{fields[i].Form.Shape} {input.Slot.Type.Name()}, {Taken(i)}"),
            .. built.Outputs.Select((output, o) => $"{output.Name}: {batch}x{data.Schema.Longest(definition.Predictor.Outputs[o].Shape)} f32{Given(o)}"),
            .. fields.Any(f => f.Form.Length is not null)
                ? [$"shorter sequences end in padding: {FieldForm.Padding} among symbols, NaN among numbers"]
                : Array.Empty<string>(),
            .. free ? Array.Empty<string>() : ["the batch is fixed at 1: the model's operations depend on its size"],
        ];
        model.Description = string.Join('\n', notes);
        model.Metadata["script"] = script;
        Names(model, "classes", data.Schema.Targets, f => f.IsSymbols);
        Names(model, "features", data.Schema.Inputs, _ => true);
        if (data.Vocabulary is { } vocabulary) model.Metadata["vocabulary"] = vocabulary.Text;
        return new OnnxExported(model, notes);
    }

    // A part takes numbers, but what the data have as symbols.
    private static FieldForm Form(NamedShape input, Schema schema)
    {
        bool symbols = schema.Inputs.Any(f => f.Form.IsSymbols && f.Form.Shape == input.Shape && (schema.Inputs.Count == 1 || f.Name == input.Name));
        return new FieldForm(input.Shape, symbols ? DType.I32 : DType.F32);
    }

    private static IReadOnlyList<string> Classes(TrainingDefinition definition, int output)
    {
        // A part of a whole gives classes if anything does.
        IReadOnlyList<string> names = definition.PredictedTargets[output]?.Form.Names ?? (definition.Schema.Targets is [{ } only] ? only.Form.Names : []);
        return definition.Predictor!.Outputs[output].Shape is { Rank: > 0 } shape && names.Count == shape[-1] ? names : [];
    }

    // Of the only field as they are, of several by the fields' names.
    private static void Names(OnnxModel model, string key, IReadOnlyList<Field> fields, Func<FieldForm, bool> wanted)
    {
        Field[] named = [.. fields.Where(f => f.Form.Names.Count > 0 && wanted(f.Form))];
        if (named.Length == 0) return;
        model.Metadata[key] = fields.Count == 1
            ? JsonSerializer.Serialize(named[0].Form.Names)
            : JsonSerializer.Serialize(named.ToDictionary(f => f.Name, f => f.Form.Names));
    }

    private static string Meaning(FieldForm form)
    {
        if (form.IsSymbols) return "symbols by number";
        string scaled = form.Scaling is not null ? "; the scaling is part of the graph" : "";
        return form.IsNumbers ? $"numbers as in the data{scaled}" : $"bytes 0 to {FieldForm.White} as stored{scaled}";
    }

    private static OnnxValue Value(string name, Shape shape, DType type) => new(
        name, OnnxEmitter.TypeOf(type), [.. shape.Select(d => d.IsKnown ? new OnnxDim(d) : new OnnxDim(null, "batch"))]);
}
