using System.Reflection;
using System.Text.Json;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Files.Onnx;

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
    public static OnnxExported Convert(TrainingDefinition definition, LoadedData data, IReadOnlyDictionary<string, StoredTensor> weights, string script, Model? part = null)
    {
        FieldForm form = data.Input;
        if (part is not null)
        {
            bool symbols = form.IsSymbols && part.Input == form.Shape;
            (definition, form) = (definition with { Predictor = part }, new FieldForm(part.Input, symbols ? DType.I32 : DType.F32));
        }

        PredictGraph Build(Dim batch) => PredictGraph.Build(definition, form, weights, batch);
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
        model.Graph.Inputs.Add(Value(OnnxEmitter.InputName, built.Input.Shape, built.Input.Type));
        model.Graph.Outputs.Add(Value(OnnxEmitter.OutputName, built.Output.Shape, built.Output.Type));
        string[] notes =
        [
            $"input: {(free ? "batch" : "1")}x{form.Shape} {built.Input.Type.Name()}, {(part is null || form.IsSymbols ? Meaning(form) : "numbers as the model takes them")}",
            $"output: {(free ? "batch" : "1")}x{definition.Predictor.Output} f32{(data.ClassNames.Count > 0 && data.ClassNames.Count == definition.Predictor.Output[-1] ? ", one number for each class; their names are in the metadata" : "")}",
            .. free ? Array.Empty<string>() : ["the batch is fixed at 1: the model's operations depend on its size"],
        ];
        model.Description = string.Join('\n', notes);
        model.Metadata["script"] = script;
        if (data.ClassNames.Count > 0) model.Metadata["classes"] = JsonSerializer.Serialize(data.ClassNames);
        if (data.FeatureNames.Count > 0) model.Metadata["features"] = JsonSerializer.Serialize(data.FeatureNames);
        if (data.Vocabulary is { } vocabulary) model.Metadata["vocabulary"] = vocabulary.Text;
        return new OnnxExported(model, notes);
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
