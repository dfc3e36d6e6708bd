namespace Nn.Exchange.Onnx;

// The text around the model: where it came from, and what it needs to be run or trained.
public sealed partial class OnnxImport
{
    /// <summary>Converts a model.</summary>
    /// <exception cref="NnException">It has operations that are no layers here; all of them are named.</exception>
    public static OnnxImported Convert(OnnxModel model, string file)
    {
        if (!OnnxBatch.IsOpen(model)) return Convert(model, file, null);
        var tried = new List<(OnnxImported? Made, NnException? Why)>();
        foreach (int samples in OnnxBatch.StandIns(model))
        {
            (OnnxImported? Made, NnException? Why) now = (null, null);
            try
            {
                now.Made = Convert(model, file, samples);
            }
            catch (NnException e) when (e.Code == ExitCode.BadFile)
            {
                now.Why = e;
            }

            if (tried.Any(t => t.Made?.Script == now.Made?.Script && t.Why?.Message == now.Why?.Message)) return now.Made ?? throw now.Why!;
            tried.Add(now);
        }

        throw tried.Select(t => t.Why).FirstOrDefault(w => w is not null)
            ?? new NnException(ExitCode.BadFile, $"{file} cannot be imported: its layers depend on the size of the batch; export it for a fixed size");
    }

    private static OnnxImported Convert(OnnxModel model, string file, int? openBatch)
    {
        bool first = ChannelsFirst(model);
        try
        {
            return new OnnxImport(model, file, openBatch, first).Script();
        }
        catch (NnException e) when (e.Code == ExitCode.BadFile && model.Graph.Inputs.Any(i => i.Dims is { Count: 4 }))
        {
            // How the axes of an image lie is a guess where nothing in the file says it.
            try
            {
                return new OnnxImport(model, file, openBatch, !first).Script();
            }
            catch (NnException)
            {
                throw e;
            }
        }
    }

    private OnnxImported Script()
    {
        string body = Run();
        string producer = _model.Producer.Length == 0 ? "" : $" ({_model.Producer} {_model.ProducerVersion})".ReplaceLineEndings(" ");
        string classes = _model.Metadata.TryGetValue("classes", out string? names) ? $"# classes: {names.ReplaceLineEndings(" ")}\n" : "";
        (string why, string training) = Training();
        return new OnnxImported($$"""
            # From {{Path.GetFileName(_file).ReplaceLineEndings(" ")}}{{producer}}.
            {{classes}}{{_functions}}model {{ModelName}} {
            {{body}}}

            # To run or train it, say on what and how{{why}}:
            #   data d { {{Source()}}; split 80/20{{(_input.Text == "tokens" ? "" : "; normalize none")}} }
            #   {{training}}

            """.ReplaceLineEndings("\n"), _weights, _order, _input.Text == "tokens", training, _notes);
    }

    // What the end of the model says about what it is for.
    private (string Why, string Block) Training()
    {
        string Block(string loss, string metrics = "") => $"train {{ loss {loss}; optimizer adam{metrics} }}";
        const string Accuracy = "; metrics accuracy";
        (string, string) Logarithms() => (" (it ends in logarithms of probabilities)", Block("nll", Accuracy));
        Line[] made = [_last];
        while (made[^1] is ReshapeLine or { Text: "identity" } or { Kind: "dropout" } && made[^1].Inputs.Length > 0) made = [.. made, made[^1].Inputs[0]];
        Line last = made[^1];
        bool several = _last.Features > 1 && _last.Shape.Length < 4;
        return last.Text switch
        {
            "softmax" => (" (it ends in probabilities of classes)", Block("cross_entropy", Accuracy)),
            "log_softmax" => Logarithms(),
            "log" when last.Inputs[0].Text == "softmax" => Logarithms(),
            "sigmoid" => (" (it ends in probabilities between 0 and 1)", Block("bce", Accuracy)),
            _ when several && last is DenseLine or ConvLine or { Text: "avgpool global" } =>
                (" (it ends in scores of classes, of which softmax makes probabilities; where they are numbers to be met, loss mse)", Block($"cross_entropy(softmax({ModelName}(x)), y)", Accuracy)),
            _ => (" (it ends in numbers)", Block("mse")),
        };
    }

    // Where data of the input's kind could come from.
    private string Source() => (_input.Text, _input.Shape.Length) switch
    {
        ("tokens", _) => $"text \"file.txt\", context: {_input.Shape[1]}",
        (_, 4) => $"images \"folder\", {(_input.Features == 1 ? "grey" : "rgb")}, size: {_input.Shape[1]}x{_input.Shape[2]}",
        (_, 3) => "npz \"data.npz\", inputs: x, target: y",
        _ => "csv \"table.csv\"; target y",
    };

    // Images have their channels first, where nothing says otherwise: a step that turns them so at the beginning, which tools for channels last write, or
    // extents that only colours have.
    private static bool ChannelsFirst(OnnxModel model)
    {
        var stored = model.Graph.Initializers.Select(t => t.Name).ToHashSet();
        if (model.Producer == "nn" || model.Graph.Inputs.FirstOrDefault(i => !stored.Contains(i.Name)) is not { Dims: { Count: 4 } dims } input)
            return model.Producer != "nn";
        var same = new HashSet<string> { input.Name };
        foreach (OnnxNode n in model.Graph.Nodes.Where(n => n.Inputs.Any(same.Contains)))
        {
            if (n.Type == "Transpose") return n.Attributes.GetValueOrDefault("perm") is not (long[] and [0, 3, 1, 2]);
            if (Windowed.Contains(n.Type)) return true;
            // Arithmetic on single elements leaves the axes as they are.
            if (OnnxFormula.Of(OnnxSchema.Trimmed(n), [.. OnnxSchema.Trimmed(n).Inputs.Select((i, at) => i.Length == 0 ? null : OnnxFormula.Operand(at))]) is not null) same.UnionWith(n.Outputs);
        }

        return !(dims[3].Size is 1 or 3 or 4) || dims[1].Size is 1 or 3 or 4;
    }
}
