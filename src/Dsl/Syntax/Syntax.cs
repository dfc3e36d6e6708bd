namespace Nn.Dsl;

/// <summary>A piece of a script as parsed.</summary>
public abstract record Syntax(TextSpan Span);

/// <summary>An expression.</summary>
public abstract record Expr(TextSpan Span) : Syntax(Span);

/// <summary><c>1e-3</c>, <c>50%</c>.</summary>
public sealed record NumberExpr(TextSpan Span, double Value, string Text) : Expr(Span);

/// <summary><c>28x28x1</c>.</summary>
public sealed record ShapeExpr(TextSpan Span, string Text) : Expr(Span);

/// <summary><c>"mnist"</c>.</summary>
public sealed record StringExpr(TextSpan Span, string Value) : Expr(Span);

/// <summary>A name.</summary>
public sealed record NameExpr(TextSpan Span, string Name) : Expr(Span);

/// <summary><c>[a, b]</c>.</summary>
public sealed record ListExpr(TextSpan Span, IReadOnlyList<Expr> Items) : Expr(Span);

/// <summary><c>-a</c>.</summary>
public sealed record NegateExpr(TextSpan Span, Expr Operand) : Expr(Span);

/// <summary><c>a + b</c>, also <c>-></c>.</summary>
public sealed record BinaryExpr(TextSpan Span, Expr Left, string Operator, Expr Right) : Expr(Span);

/// <summary><c>a..b</c>; either end may be missing in a slice.</summary>
public sealed record RangeExpr(TextSpan Span, Expr? From, Expr? To) : Expr(Span);

/// <summary><c>if c then a else b</c>.</summary>
public sealed record IfExpr(TextSpan Span, Expr Condition, Expr Then, Expr Else) : Expr(Span);

/// <summary><c>f(a, b: c)</c>.</summary>
public sealed record CallExpr(TextSpan Span, NameExpr Function, IReadOnlyList<Argument> Arguments) : Expr(Span);

/// <summary><c>it.features</c>.</summary>
public sealed record MemberExpr(TextSpan Span, Expr Target, string Name) : Expr(Span);

/// <summary><c>x[.., 0..3]</c>.</summary>
public sealed record IndexExpr(TextSpan Span, Expr Target, IReadOnlyList<Expr> Subscripts) : Expr(Span);

/// <summary><c>3 epochs</c>.</summary>
public sealed record DurationExpr(TextSpan Span, double Count, string Unit) : Expr(Span);

/// <summary><c>0.1 for 5 epochs</c>, a stage of a schedule.</summary>
public sealed record StageExpr(TextSpan Span, Expr Value, Expr Duration) : Expr(Span);

/// <summary>
/// <c>scan h = zeros(units) over time { … }</c>: a loop that carries values from one place of a sequence to the next, or from one step to the next.
/// </summary>
/// <param name="Span">Its place.</param>
/// <param name="States">What is carried.</param>
/// <param name="Over"><c>time</c>, a sequence, or how many steps.</param>
/// <param name="Words"><c>last</c>: gives what stands after the last place, not that of all; <c>reverse</c>: from the end to the beginning.</param>
/// <param name="Body">The formulas of one place.</param>
public sealed record ScanExpr(
    TextSpan Span, IReadOnlyList<CarriedSyntax> States, Expr Over, IReadOnlyList<NameExpr> Words, IReadOnlyList<FormulaLine> Body) : Expr(Span);

/// <summary>A value that a loop carries, with what it is at first.</summary>
public sealed record CarriedSyntax(TextSpan Span, string Name, Expr First) : Syntax(Span);

/// <summary>An argument, named or not.</summary>
public sealed record Argument(TextSpan Span, string? Name, TextSpan NameSpan, Expr Value) : Syntax(Span);

/// <summary>A parameter of a definition, with its default.</summary>
public sealed record ParameterSyntax(TextSpan Span, string Name, Expr? Default) : Syntax(Span);

/// <summary>
/// A line of a body: <c>conv 6, 5x5 { … }</c>, <c>name = dense 4</c>, <c>loss mse</c>. Blocks are bodies of lines in their turn.
/// </summary>
public sealed record Item(
    TextSpan Span, string? Label, NameExpr Head, IReadOnlyList<Argument> Arguments, string? LoopVariable, IReadOnlyList<IReadOnlyList<Item>> Blocks)
    : Syntax(Span)
{
    /// <summary>What a line that names a value says: in a training <c>out = net(x)</c>, in data <c>draw inside = uniform(2)</c>; else null.</summary>
    public Expr? Value { get; init; }

    /// <summary>Where the label of a line that draws stands.</summary>
    public TextSpan LabelSpan { get; init; }
}

/// <summary>A line of a formula: <c>name = expression</c>, or the expression that is the value.</summary>
public sealed record FormulaLine(TextSpan Span, string? Name, string Operator, FormulaKind Kind, Expr Value, IReadOnlyList<Argument> Options) : Syntax(Span);

/// <summary>What a line of a formula makes.</summary>
public enum FormulaKind
{
    /// <summary>A value.</summary>
    Value,

    /// <summary>A trained tensor.</summary>
    Param,

    /// <summary>A kept tensor.</summary>
    State,
}

/// <summary>A statement.</summary>
public abstract record Statement(TextSpan Span, NameExpr Name) : Syntax(Span);

/// <summary><c>let NAME = expression</c>.</summary>
public sealed record LetStatement(TextSpan Span, NameExpr Name, Expr Value) : Statement(Span, Name);

/// <summary><c>fn</c>, <c>layer</c> or <c>optimizer</c>: parameters and formulas.</summary>
public sealed record DefinitionStatement(TextSpan Span, string Kind, NameExpr Name, IReadOnlyList<ParameterSyntax> Parameters, IReadOnlyList<FormulaLine> Lines)
    : Statement(Span, Name);

/// <summary><c>model</c> or <c>block</c>: parameters and layers.</summary>
public sealed record ModelStatement(TextSpan Span, string Kind, NameExpr Name, IReadOnlyList<ParameterSyntax> Parameters, IReadOnlyList<Item> Items)
    : Statement(Span, Name);

/// <summary><c>data NAME { … }</c>.</summary>
public sealed record DataStatement(TextSpan Span, NameExpr Name, IReadOnlyList<Item> Settings) : Statement(Span, Name);

/// <summary><c>train [MODEL] [on DATA] { … }</c>.</summary>
public sealed record TrainStatement(TextSpan Span, NameExpr Name, NameExpr? Model, NameExpr? Data, IReadOnlyList<Item> Settings) : Statement(Span, Name);

/// <summary><c>search METHOD, … { NAME in … }</c>.</summary>
public sealed record SearchStatement(TextSpan Span, NameExpr Name, IReadOnlyList<Argument> Options, IReadOnlyList<SearchRange> Ranges) : Statement(Span, Name);

/// <summary><c>NAME in VALUES, points: n</c>.</summary>
public sealed record SearchRange(TextSpan Span, NameExpr Name, Expr Values, IReadOnlyList<Argument> Options) : Syntax(Span);

/// <summary>A whole script.</summary>
public sealed record Script(SourceText Source, IReadOnlyList<Statement> Statements);
