using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>What names stand for in an expression: values of the script's lets, of its models and functions, and those that flow there.</summary>
internal static class NamedValues
{
    private const int MaxChain = 1000;

    /// <summary>The value of a name where it stands.</summary>
    /// <exception cref="BindError">The name stands for nothing there, or for something without a value.</exception>
    public static Value Of(NameExpr name, Env env)
    {
        Definitions d = env.Definitions;
        return (d.Names.Of(name) is { } symbol ? ValueOf(symbol, name.Span, env) : null) ?? throw Unknown(name, env);
    }

    // Null where a symbol has no value here: what defines it may have mistakes, or nobody knows the data.
    private static Value? ValueOf(Symbol symbol, TextSpan place, Env env)
    {
        Definitions d = env.Definitions;
        switch (symbol.Kind)
        {
            case SymbolKind.Local or SymbolKind.Parameter or SymbolKind.Column:
                return symbol.IsFlowing && env.It is { } it ? it : env.Find(symbol);
            case SymbolKind.Keyword:
                return symbol.Number is { } number ? new NumberValue(number) : env.Find(symbol) ?? new TensorValue(TrainingOf(env, place));
            case SymbolKind.Let:
                return d.Lets.TryGetValue(symbol.Name, out LetStatement? let) ? Let(let, env) : null;
            case SymbolKind.Size:
                return d.Data.Known.GetValueOrDefault(symbol.Name);
            case SymbolKind.Word when env.Loss is not null:
                return Regularizers.Build(symbol.Name, place, [], env);
            case SymbolKind.Model:
                return d.Models.TryGetValue(symbol.Name, out ModelBinding? model) ? new ModelValue(model) : null;
            case SymbolKind.Function:
                return d.Function(symbol.Name);
            default:
                return null;
        }
    }

    private static BindError Unknown(NameExpr name, Env env)
    {
        Definitions d = env.Definitions;
        if (name.Name is "param" or "state") return BindError.MissingArgument(name.Span, name.Name, "a shape", $"w = {name.Name} [it.features, 4]");
        if (d.Data.Unknown && name.Name is ("classes" or "features")) return new BindError(name.Span, $"the data do not say '{name.Name}'") { Follows = true };
        // Data that are known have no classes when their target is a number.
        if (name.Name == "classes" && d.Data.Known.ContainsKey("features")) return BindError.NoClasses(name, d.Data.Target.Column, d.Data.Target.Numbers);
        return BindError.UnknownName(name, KnownNames(env));
    }

    // A tensor, not a number known now: what a model is made of is the same in training and prediction, and both sides of an `if` are checked.
    private static Node TrainingOf(Env env, TextSpan span) => env.Build is { } scope ? scope.Graph.Constant(scope.Training ? 1 : 0)
        : throw BindError.NotWhileTraining(span);

    private static IEnumerable<string> KnownNames(Env env) =>
        env.Names.Append(Symbol.Training.Name).Concat(env.Definitions.Data.Known.Keys).Concat(env.Definitions.Lets.Keys)
        .Concat(env.Definitions.Models.Keys).Concat(env.Definitions.Functions.Keys).Concat(Builtins.Functions.Keys);

    private static Value Let(LetStatement let, Env env)
    {
        Definitions d = env.Definitions;
        if (d.Evaluated.TryGetValue(let.Name.Name, out Value? value)) return value;
        if (d.Failed.TryGetValue(let.Name.Name, out BindError? error)) throw error;
        if (d.Evaluating.Count >= MaxChain) throw BindError.LongChain(let.Name.Span, MaxChain);
        if (!d.Evaluating.Add(let.Name.Name)) throw BindError.Recursion(let.Name.Span, let.Name.Name);
        try
        {
            return d.Evaluated[let.Name.Name] = Evaluator.Evaluate(let.Value, new Env(null, d));
        }
        catch (BindError e)
        {
            // Whoever uses it meets the same mistake, which is shown once.
            d.Failed[let.Name.Name] = e;
            throw;
        }
        finally
        {
            d.Evaluating.Remove(let.Name.Name);
        }
    }
}
