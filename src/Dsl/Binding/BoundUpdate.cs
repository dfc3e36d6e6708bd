using Nn.Training;

namespace Nn.Dsl;

/// <summary>An update of a training with what it was bound from.</summary>
/// <param name="Step">What it means.</param>
/// <param name="Models">The models that its loss is about.</param>
/// <param name="Loss">As written.</param>
/// <param name="Values">The lines before it that name values: <c>out = net(x)</c>.</param>
/// <param name="Definitions">What the script defines.</param>
internal sealed record BoundUpdate(TrainingStep Step, ModelBinding[] Models, Expr Loss, IReadOnlyList<Item> Values, Definitions Definitions)
{
    /// <summary>What a name of a value stands for; other expressions as they are.</summary>
    public Expr Resolved(Expr e)
    {
        // A line names only those before it.
        while (e is NameExpr n && Definitions.Names.Of(n) is { } symbol
            && Values.FirstOrDefault(v => Definitions.Names.Defined(v) == symbol) is { } line) e = line.Value!;
        return e;
    }

    /// <summary>The model that a loss without a name of one is about, such as <c>loss mse</c>; null where it names models.</summary>
    public ModelBinding? Unnamed => Models is [{ } only] && !LossNames.IsIn(only, LossNames.Of(Loss, Values, Definitions), Definitions) ? only : null;

    /// <summary>The call of a model whose outputs a sum of losses compares; null where it compares several models or none.</summary>
    public Expr? Compared => Comparisons.Select(c => c.Call).Distinct().ToArray() is [{ } only] ? only : null;

    /// <summary>
    /// What the losses of functions of the script and the prelude compare: a model's call, which of its outputs, null for the only one, and with what.
    /// </summary>
    public IEnumerable<(CallExpr Call, string? Output, Expr With)> Comparisons => In(Loss);

    private IEnumerable<(CallExpr Call, string? Output, Expr With)> In(Expr e)
    {
        switch (Resolved(e))
        {
            case BinaryExpr b: return In(b.Left).Concat(In(b.Right));
            case NegateExpr n: return In(n.Operand);
            case CallExpr { Arguments: [{ Value: var first }, { Value: var with }, ..] } c when Definitions.FunctionOf(c)?.Definition is not null:
                Expr compared = Resolved(first);
                string? output = null;
                while (compared is MemberExpr m) (compared, output) = (Resolved(m.Target), m.Name);
                return compared is CallExpr call && Definitions.ModelOf(call) is not null ? [(call, output, Resolved(with))] : [];
            default: return [];
        }
    }
}
