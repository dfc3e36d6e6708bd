using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>What an imported model needs to be run or trained, from what it takes and how it ends.</summary>
/// <param name="Why">What the end of the model says about what it is for.</param>
/// <param name="Data">Where data of the input's kind could come from.</param>
/// <param name="Training">A training that fits how the model ends.</param>
internal sealed record ImportAdvice(string Why, DataStatement Data, TrainStatement Training)
{
    /// <summary>The advice for a model.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="input">What it takes.</param>
    /// <param name="last">What it gives.</param>
    public static ImportAdvice Of(string model, InputLine input, Line last)
    {
        Line end = last;
        while ((end is ReshapeLine || end.Is("identity") || end.Kind == "dropout") && end.Inputs.Length > 0) end = end.Inputs[0];
        bool several = last.Features > 1 && last.Rank < 4;
        bool logarithms = end.Is("log_softmax") || (end.Is("log") && end.Inputs[0].Is("softmax"));
        bool pooled = end is { Kind: "avgpool", Layer.Arguments: [{ Value: NameExpr { Name: "global" } }] };
        Expr compared = Say.Call("cross_entropy", Say.Call("softmax", Say.Call(model, Say.Name("x"))), Say.Name("y"));
        (string why, Expr loss, bool classes) = end switch
        {
            _ when end.Is("softmax") => ("it ends in probabilities of classes", Say.Name("cross_entropy"), true),
            _ when logarithms => ("it ends in logarithms of probabilities", Say.Name("nll"), true),
            _ when end.Is("sigmoid") => ("it ends in probabilities between 0 and 1", Say.Name("bce"), true),
            _ when several && (end is DenseLine or ConvLine || pooled) => (
                "it ends in scores of classes, of which softmax makes probabilities; where they are numbers to be met, loss mse", compared, true),
            _ => ("it ends in numbers", Say.Name("mse"), false),
        };
        Item[] settings =
        [
            Say.Layer("loss", Say.Argument(loss)), Say.Layer("optimizer", Say.Argument(Say.Name("adam"))),
            .. classes ? [Say.Layer("metrics", Say.Argument(Say.Name("accuracy")))] : Array.Empty<Item>(),
        ];
        Item split = Say.Layer("split", Say.Argument(Say.Binary(Say.Whole(80), "/", Say.Whole(20))));
        Item[] data = [.. Source(input), split, .. input.Symbols ? Array.Empty<Item>() : [Say.Layer("normalize", Say.Argument(Say.Name("none")))]];
        return new ImportAdvice(why, new DataStatement(default, Say.Name("d"), data), new TrainStatement(default, Say.Name("train"), null, null, settings));
    }

    private static Item[] Source(InputLine input)
    {
        static Argument Text(string value) => Say.Argument(new StringExpr(default, value));
        if (input.Symbols) return [Say.Layer("text", Text("file.txt"), Say.Argument("context", Say.Whole(input.Shape[1].Extent)))];
        return input.Rank switch
        {
            4 =>
            [
                Say.Layer(
                    "images", Text("folder"), Say.Argument(Say.Name(input.Features == 1 ? "grey" : "rgb")),
                    Say.Argument("size", Say.Extents(input.Shape[1], input.Shape[2]))),
            ],
            3 => [Say.Layer("npz", Text("data.npz"), Say.Argument("inputs", Say.Name("x")), Say.Argument("target", Say.Name("y")))],
            _ => [Say.Layer("csv", Text("table.csv")), Say.Layer("target", Say.Argument(Say.Name("y")))],
        };
    }
}
