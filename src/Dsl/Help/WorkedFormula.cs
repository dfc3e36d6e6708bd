using System.Globalization;

namespace Nn.Dsl;

/// <summary>A line of a formula, calculated.</summary>
/// <param name="Name">What it gives a value to.</param>
/// <param name="Formula">As written: <c>w - lr * v</c>.</param>
/// <param name="Numbers">With numbers in place of names: <c>0.5 - 0.1 * 0.25</c>.</param>
/// <param name="Value">What it comes to, in double precision.</param>
public sealed record WorkedLine(string Name, string Formula, string Numbers, double Value);

/// <summary>Calculates definitions of optimizers through for a single weight, as one does by hand.</summary>
public static class WorkedFormula
{
    // These are about more than the one weight.
    private static readonly string[] Others = ["loss", "normal", "uniform", "size", "target"];

    /// <summary>The definition of an optimizer or function as text: the script's own, else the prelude's; null where it is in neither.</summary>
    public static string? TextOf(Script script, string name) => Find(script, name) is not { } found ? null
        : found.Source.Text.Substring(found.Definition.Span.Start, found.Definition.Span.Length);

    /// <summary>
    /// The lines of an optimizer's definition for one weight, in order; none where a line needs to know other weights or draws at random.
    /// </summary>
    /// <param name="script">May define the optimizer and functions that it uses.</param>
    /// <param name="optimizer">Its name.</param>
    /// <param name="values">Weight w, gradient g, step t, rate lr, every other number and state by name.</param>
    public static IReadOnlyList<WorkedLine> Lines(Script script, string optimizer, IReadOnlyDictionary<string, double> values)
    {
        if (Find(script, optimizer) is not { } found) return [];
        FormulaLine[] lines = [.. found.Definition.Lines.Where(l => l.Kind == FormulaKind.Value && l.Name is not null)];
        if (lines.SelectMany(l => ExprNames.In(l.Value)).Any(n => IsAboutOthers(script, n, []))) return [];
        NameReader reader = NameReader.Read(script);
        NameTable names = reader.Table;
        var definitions = new Definitions { Names = names };
        foreach (DefinitionStatement d in Functions(PreludeScript.Statements)) definitions.Functions[d.Name.Name] = (d, true);
        foreach (DefinitionStatement d in Functions(script.Statements)) definitions.Functions[d.Name.Name] = (d, false);
        foreach (LetStatement let in script.Statements.OfType<LetStatement>()) definitions.Lets[let.Name.Name] = let;
        var env = new Env(null, definitions);
        // An optimizer works in steps of a training alone.
        env.Set(Symbol.Training, new NumberValue(1));
        // What each name is at the line that is calculated: given, a parameter, a state, or made by a line before.
        var now = new Dictionary<string, Symbol>(names.Given(found.Definition));
        foreach (ParameterSyntax p in found.Definition.Parameters) now[p.Name] = names.Defined(p);
        foreach (FormulaLine state in found.Definition.Lines.Where(l => l.Kind == FormulaKind.State)) now[state.Name!] = names.Defined(state);
        foreach ((string name, double value) in values)
        {
            if (now.TryGetValue(name, out Symbol? symbol)) env.Set(symbol, new NumberValue(value));
        }

        var worked = new List<WorkedLine>();
        foreach (FormulaLine line in lines)
        {
            var numbers = new Dictionary<string, Expr>();
            foreach (NameExpr n in ExprNames.Of(line.Value))
            {
                if (names.Of(n) is { } used && used != Symbol.Training && env.Find(used) is NumberValue known) numbers[n.Name] = Written(known, line.Span);
            }

            Expr whole = line.Value;
            double value = Evaluator.Number(line.Value, env, line.Name!);
            if (line.Operator != "=" && now.TryGetValue(line.Name!, out Symbol? before) && env.Find(before) is NumberValue old)
            {
                whole = new BinaryExpr(line.Span, new NameExpr(line.Span, line.Name!), line.Operator[..1], line.Value);
                numbers[line.Name!] = Written(old, line.Span);
                value = line.Operator switch { "-=" => old.Number - value, "+=" => old.Number + value, _ => old.Number * value };
            }

            worked.Add(new WorkedLine(line.Name!, SyntaxText.Of(whole), SyntaxText.Of(Derivative.Replace(whole, numbers)), value));
            env.Set(now[line.Name!] = names.Defined(line), new NumberValue(value));
        }

        return worked;
    }

    private static Expr Written(NumberValue n, TextSpan span)
    {
        string text = n.Number.ToString("G5", CultureInfo.InvariantCulture);
        return new NumberExpr(span, n.Number, n.Number < 0 ? $"({text})" : text);
    }

    private static (SourceText Source, DefinitionStatement Definition)? Find(Script script, string name)
    {
        if (script.Statements.OfType<DefinitionStatement>().FirstOrDefault(d => d.Name.Name == name) is { } own) return (script.Source, own);
        return PreludeScript.Statements.OfType<DefinitionStatement>().FirstOrDefault(d => d.Name.Name == name) is { } standard
            ? (PreludeScript.Script.Source, standard) : null;
    }

    private static IEnumerable<DefinitionStatement> Functions(IReadOnlyList<Statement> statements) =>
        statements.OfType<DefinitionStatement>().Where(d => d.Kind == "fn");

    private static bool IsAboutOthers(Script script, string name, HashSet<string> seen) => Others.Contains(name) || Builtins.IsAcross(name, arguments: 2)
        || seen.Add(name) && Find(script, name) is { } f && f.Definition.Kind == "fn"
            && f.Definition.Lines.SelectMany(l => ExprNames.In(l.Value)).Any(n => IsAboutOthers(script, n, seen));
}
