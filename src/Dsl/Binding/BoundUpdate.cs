using Nn.Training;

namespace Nn.Dsl;

/// <summary>An update of a training with what it was bound from.</summary>
/// <param name="Step">What it means.</param>
/// <param name="Models">The models that its loss is about.</param>
/// <param name="Loss">As written.</param>
/// <param name="Values">The lines before it that name values: <c>out = net(x)</c>.</param>
internal sealed record BoundUpdate(TrainingStep Step, ModelBinding[] Models, Expr Loss, IReadOnlyList<Item> Values)
{
    /// <summary>What a name of a value stands for; other expressions as they are.</summary>
    public Expr Resolved(Expr e)
    {
        // A line names only those before it.
        for (int i = Values.Count - 1; i >= 0; i--)
        {
            if (e is NameExpr n && Values[i].Label == n.Name) e = Values[i].Value!;
        }

        return e;
    }

    /// <summary>The call of a model whose outputs a sum of losses compares; null where it compares several models or none.</summary>
    public Expr? Compared(Definitions definitions) => Comparisons(definitions).Select(c => c.Call).Distinct().ToArray() is [{ } only] ? only : null;

    /// <summary>What the losses of functions of the script and the prelude compare: a model's call, which of its outputs, null for the only one, and with what.</summary>
    public IEnumerable<(CallExpr Call, string? Output, Expr With)> Comparisons(Definitions definitions) => In(Loss, definitions);

    private IEnumerable<(CallExpr Call, string? Output, Expr With)> In(Expr e, Definitions definitions)
    {
        switch (Resolved(e))
        {
            case BinaryExpr b: return In(b.Left, definitions).Concat(In(b.Right, definitions));
            case NegateExpr n: return In(n.Operand, definitions);
            case CallExpr c when definitions.Functions.ContainsKey(c.Function.Name) && c.Arguments is [{ Value: var first }, { Value: var with }, ..]:
                Expr compared = Resolved(first);
                string? output = null;
                while (compared is MemberExpr m) (compared, output) = (Resolved(m.Target), m.Name);
                return compared is CallExpr call && definitions.Models.ContainsKey(call.Function.Name) ? [(call, output, Resolved(with))] : [];
            default: return [];
        }
    }
}
