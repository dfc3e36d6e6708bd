using Nn.Training;

namespace Nn.Dsl;

/// <summary>An update of a training with what it was bound from.</summary>
/// <param name="Step">What it means.</param>
/// <param name="Models">The models that its loss is about.</param>
/// <param name="Loss">As written.</param>
/// <param name="Values">The lines before it that name values: <c>out = net(x)</c>.</param>
internal sealed record BoundUpdate(TrainingStep Step, ModelBinding[] Models, Expr Loss, IReadOnlyList<Item> Values)
{
    /// <summary>Whether the loss does not say what its model is applied to.</summary>
    public bool IsBare(ModelBinding model) => !ExprNames.In(Loss).Concat(Values.SelectMany(v => ExprNames.In(v.Value!))).Contains(model.Name);

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
    public Expr? Compared(Definitions definitions)
    {
        var calls = new List<Expr>();
        Find(Loss);
        return calls.Distinct().ToArray() is [{ } only] ? only : null;

        void Find(Expr e)
        {
            switch (e)
            {
                case BinaryExpr b:
                    Find(b.Left);
                    Find(b.Right);
                    break;
                case NegateExpr n:
                    Find(n.Operand);
                    break;
                case CallExpr c when definitions.Functions.ContainsKey(c.Function.Name) && c.Arguments is [{ Value: var first }, _, ..]:
                    Expr compared = Resolved(first);
                    while (compared is MemberExpr m) compared = Resolved(m.Target);
                    if (compared is CallExpr call && definitions.Models.ContainsKey(call.Function.Name)) calls.Add(call);
                    break;
            }
        }
    }
}

/// <summary>What makes the predictions of a training.</summary>
/// <param name="Model">The model; null where there is none.</param>
/// <param name="Fields">The input fields that it takes.</param>
internal sealed record Prediction(Model? Model, IReadOnlyList<string> Fields)
{
    /// <summary>Nothing that could be compared with a target.</summary>
    public static Prediction None { get; } = new(null, []);
}
