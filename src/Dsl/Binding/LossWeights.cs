using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>How much each sample counts in a loss: <c>loss cross_entropy, weights: balanced</c>.</summary>
internal static class LossWeights
{
    /// <summary>The option of the line.</summary>
    public static OptionRow Option { get; } = new(
        "weights", OptionKind.Formula, "", "how much each sample counts: balanced, a list with a number for each class, or a field of the data",
        PlainWords.In("weights"));

    /// <summary>Whether the data are to say it.</summary>
    public static bool IsBalanced(Expr e) => e is NameExpr { Name: "balanced" };

    /// <summary>A weight for each sample, or each place of it.</summary>
    /// <param name="stated">As written.</param>
    /// <param name="update">The update whose loss it is.</param>
    /// <param name="data">What the fields are.</param>
    /// <param name="formula">A formula over the fields.</param>
    /// <param name="env">In which numbers are read.</param>
    public static Func<BuildScope, SampleNodes, Node> Bind(
        Expr stated, string update, Schema data, Func<BuildScope, SampleNodes, Node> formula, Env env)
    {
        if (!IsBalanced(stated) && stated is not ListExpr)
        {
            var scope = new ProbeScope();
            formula(scope, scope.Samples(data));
            return formula;
        }

        Field[] classes = [.. data.Targets.Where(t => t.Form is { IsSymbols: true, Symbols: not null })];
        if (classes is not [{ } target]) throw TrainingErrors.WeightsOfNoClass(stated.Span);
        int count = target.Form.Symbols!.Value;
        if (stated is ListExpr list)
        {
            CheckList(list, count, env);
            // As the script says now: a training that goes on must not take the numbers of before.
            return (s, samples) => ClassWeights.Of(s.Graph, samples[target.Name], Listed(list, s, env));
        }

        var first = new Initializer(InitializerKind.BalancedClasses) { Field = target.Name };
        var weights = new Parameter($"{update}.class_weights", new Shape(count), ParameterKind.State, first, count, count);
        return (s, samples) => ClassWeights.Of(s.Graph, samples[target.Name], s.Read(weights));
    }

    private static Node Listed(ListExpr list, BuildScope scope, Env env)
    {
        var formula = new Env(null, env.Definitions) { Build = scope };
        return Evaluator.Tensor(Evaluator.Evaluate(list, formula), list.Span, formula, "weights");
    }

    private static void CheckList(ListExpr list, int classes, Env env)
    {
        if (list.Items.Count != classes) throw TrainingErrors.WeightsForClasses(list.Span, list.Items.Count, classes);
        foreach (Expr i in list.Items)
        {
            if (Evaluator.Number(i, env, "weights") is < 0 and var v) throw BindError.Negative(i.Span, "a weight", v);
        }
    }
}
