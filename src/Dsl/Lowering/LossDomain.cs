using Nn.Graphs;
using Nn.Ops;

namespace Nn.Dsl;

/// <summary>
/// What the losses of the prelude that are about probabilities take, in whatever form they are called: numbers from 0 to 1, or logarithms of them. What a model
/// can give beside that is a mistake; where it cannot be told, a warning.
/// </summary>
internal static class LossDomain
{
    private static readonly Dictionary<string, (double Low, double High)> Probabilities = new()
    {
        ["bce"] = (0, 1),
        ["cross_entropy"] = (0, 1),
        ["focal"] = (0, 1),
        ["kl"] = (0, 1),
        ["nll"] = (double.NegativeInfinity, 0),
        [Alignments.Name] = (double.NegativeInfinity, 0),
    };

    /// <summary>Looks at a call of a loss of the prelude while a script is checked.</summary>
    /// <exception cref="BindError">The prediction cannot be meant for this loss.</exception>
    public static void Check(string loss, IReadOnlyList<Value> arguments, TextSpan span, Env env)
    {
        if (env.Build is not ProbeScope { Training: true } probe || !Probabilities.TryGetValue(loss, out var domain)) return;
        if (arguments is not [TensorValue { Node: { } p }, ..] || p.Op == LeafOps.Constant) return;
        ValueRange range = probe.Ranges.Of(p);
        string from = p.Label is { Length: > 0 } label ? label : "the value compared";
        if (range.IsSingle && p.Shape.Rank > 0 && p.Shape[-1] == 1) throw BindError.SoftmaxOfOne(span, from, range.Low, Classes(env) == 1);
        if (!range.Within(domain.Low, domain.High))
        {
            BindError unfit = Unfit(loss, span, from, range);
            if (range.Reached) throw unfit;
            env.Definitions.Warn?.Invoke(BindError.PerhapsUnfit(span, loss, from, Wanted(loss), unfit.Help!));
        }

        if (loss == "bce" && arguments.Count > 1) CheckClasses(p, arguments[1], span, env);
    }

    // The number of a class is no probability where there are more than two.
    private static void CheckClasses(Node p, Value target, TextSpan span, Env env)
    {
        if (target is not TensorValue { Node: { Type: DType.I32 } y } || y.Op != LeafOps.Read || !p.Shape.HasCountOf(y.Shape)) return;
        if (Classes(env) is > 2 and var classes) throw BindError.OneOfManyClasses(span, classes);
    }

    private static int? Classes(Env env) => env.Definitions.Data.Known.GetValueOrDefault("classes") is NumberValue n ? (int)n.Number : null;

    private static BindError Unfit(string loss, TextSpan span, string from, ValueRange range)
    {
        string help = loss switch
        {
            "nll" when range.Within(0, 1) => "write log_softmax in place of softmax, or: loss cross_entropy",
            "nll" => "end the model with log_softmax: dense classes, log_softmax",
            Alignments.Name when range.Within(0, 1) => "write log_softmax in place of softmax",
            Alignments.Name => "end the model with: dense classes + 1, log_softmax",
            "bce" when range.Within(double.NegativeInfinity, 0) => "these are logarithms: end the model with sigmoid in their place",
            "bce" => "end the model with sigmoid: dense 1, sigmoid",
            _ when range.Within(double.NegativeInfinity, 0) => "logarithms, as log_softmax gives them, go with: loss nll",
            _ => "end the model with softmax: dense classes, softmax",
        };
        return BindError.UnfitForLoss(span, loss, Wanted(loss), from, range.Describe(), help);
    }

    private static string Wanted(string loss) => loss is "nll" or Alignments.Name ? "logarithms of probabilities" : "probabilities";
}
