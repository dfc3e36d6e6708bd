using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Exchange.Onnx;

/// <summary>Looks at the script of an imported model before anybody gets it.</summary>
public static class ImportedScript
{
    /// <summary>
    /// The model, bound alone, and once more with the training that the script advises, on data of its own kind.
    /// </summary>
    /// <exception cref="NnException">The script would be wrong; the importer has let something through.</exception>
    public static Model Bind(OnnxImported imported, string file)
    {
        try
        {
            static Schema None(DataSpec data) => throw new InvalidOperationException("the script names no data");
            Model model = Binder.Bind(new SourceText(file, imported.Script), BindOptions.None, None).Models.Single(m => m.Name == OnnxImport.ModelName);
            // A class for each place, or a number for each output.
            bool classes = imported.Training.Contains("cross_entropy", StringComparison.Ordinal) || imported.Training.Contains("nll", StringComparison.Ordinal);
            Shape output = model.Output;
            var schema = new Schema(
                new FieldForm(model.Input, imported.Symbols ? DType.I32 : DType.F32),
                classes ? FieldForm.Numbered(output[-1], output.Range(0, output.Rank - 1)) : new FieldForm(output, DType.F32));
            BindOptions options = BindOptions.None with { Data = new DataSpec { Name = "data", Source = DataSource.Memory, Path = "" } };
            Binder.Bind(new SourceText(file, imported.Script + imported.Training), options, _ => schema);
            return model;
        }
        catch (ScriptException e)
        {
            throw new NnException(ExitCode.BadFile, $"{file} cannot be imported: the script that it would become is wrong: {e.Diagnostics[0].Message}", e);
        }
    }
}
