using System.Globalization;
using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>Pieces of the language, as the syntax that a script would be parsed to.</summary>
internal static class Say
{
    /// <summary>A name.</summary>
    public static NameExpr Name(string name) => new(default, name);

    /// <summary>A number as 32 bits hold it.</summary>
    public static Expr Number(double value)
    {
        string text = ((float)value).ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.StartsWith('-') ? new NegateExpr(default, new NumberExpr(default, -value, text[1..])) : new NumberExpr(default, value, text);
    }

    /// <summary>A whole number.</summary>
    public static Expr Whole(long value) => new NumberExpr(default, value, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Extents: <c>5x5</c>; one of them is a number.</summary>
    public static Expr Extents(params IEnumerable<int> sizes)
    {
        int[] all = [.. sizes];
        return all.Length == 1 ? Whole(all[0]) : new ShapeExpr(default, string.Join('x', all));
    }

    /// <summary>An operation on two values.</summary>
    public static Expr Binary(Expr left, string op, Expr right) => new BinaryExpr(default, left, op, right);

    /// <summary>A function of values.</summary>
    public static Expr Call(string function, params Expr[] operands) => new CallExpr(default, Name(function), [.. operands.Select(Argument)]);

    /// <summary>A function over an axis.</summary>
    public static Expr CallOver(string function, string axis, Expr operand) =>
        new CallExpr(default, Name(function), [Argument(operand), Argument("over", Name(axis))]);

    /// <summary>A choice.</summary>
    public static Expr If(Expr condition, Expr then, Expr otherwise) => new IfExpr(default, condition, then, otherwise);

    /// <summary>An argument by its place.</summary>
    public static Argument Argument(Expr value) => new(default, null, default, value);

    /// <summary>An argument by its name.</summary>
    public static Argument Argument(string name, Expr value) => new(default, name, default, value);

    /// <summary>An argument by its name; null where it has the value that it would have without.</summary>
    public static Argument? Option(string name, bool given, Expr value) => given ? Argument(name, value) : null;

    /// <summary>A word as an argument; null where it is not wanted.</summary>
    public static Argument? Option(string word, bool given) => given ? Argument(Name(word)) : null;

    /// <summary>A layer, or a setting; arguments that are null are left out.</summary>
    public static Item Layer(string head, params IEnumerable<Argument?> arguments) =>
        new(default, null, Name(head), [.. arguments.OfType<Argument>()], null, []);

    /// <summary>A function of values by the names of its parameters; its name is chosen when it is written.</summary>
    public static DefinitionStatement Function(IEnumerable<string> parameters, Expr value) => new(
        default, "fn", Name(""), [.. parameters.Select(p => new ParameterSyntax(default, p, null))], [Line(null, FormulaKind.Value, value)]);

    /// <summary>A layer with trained numbers <c>w</c> of some extents.</summary>
    public static DefinitionStatement WithNumbers(IEnumerable<int> extents, Expr value) => new(
        default, "layer", Name(""), [],
        [Line("w", FormulaKind.Param, new ListExpr(default, [.. extents.Select(e => Whole(e))])), Line(null, FormulaKind.Value, value)]);

    /// <summary>A layer with kept numbers <c>w</c> of some extents, which no training changes.</summary>
    public static DefinitionStatement WithKept(IEnumerable<int> extents, Expr value) => new(
        default, "layer", Name(""), [],
        [Line("w", FormulaKind.State, new ListExpr(default, [.. extents.Select(e => Whole(e))])), Line(null, FormulaKind.Value, value)]);

    private static FormulaLine Line(string? name, FormulaKind kind, Expr value) => new(default, name, "=", kind, value, []);
}
