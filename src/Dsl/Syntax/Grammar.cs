using Pidgin;
using static Nn.Dsl.Attempts;
using static Pidgin.Parser;

namespace Nn.Dsl;

/// <summary>
/// The grammar of lines: expressions, arguments, and the heads of statements and items. Which tokens form a line, and which lines a
/// body, is decided before, by <see cref="LineReader"/>. Each line ends in a <see cref="TokenKind.Separator"/>, so that its end is looked for like other
/// tokens.
/// </summary>
internal static class Grammar
{
    private static readonly string[] Units = ["epoch", "epochs", "step", "steps"];
    internal static readonly string[] Reserved = ["if", "then", "else", "for", "in", "as", "on"];

    /// <summary>Whether a word joins expressions, and so is no name.</summary>
    public static bool IsReserved(string word) => Reserved.Contains(word);

    private static Parser<Token, Token> Symbol(params string[] texts) =>
        Terminal(string.Join(" or ", texts.Select(t => $"'{t}'")), t => t.Kind == TokenKind.Symbol && texts.Contains(t.Text));

    private static Parser<Token, Token> Word(string word) => Terminal($"'{word}'", t => t.IsWord(word));

    // The first token of a value: who reads the message need not know all that a value may begin with.
    private static Parser<Token, Token> Value(Func<Token, bool> begins) => Terminal("a value", begins);

    private static readonly Parser<Token, Token> End = Terminal("the end of the line", t => t.Kind == TokenKind.Separator);

    private static readonly Parser<Token, NameExpr> Name =
        Terminal("a name", t => t.Kind == TokenKind.Name && !IsReserved(t.Text)).Select(t => new NameExpr(t.Span, t.Text));

    private static readonly Parser<Token, Expr> Expression = Rec(() => Sweep!);

    private static readonly Parser<Token, Argument> NamedOrNot =
        Map(
            (name, value) => name.HasValue
                ? new Argument(TextSpan.Between(name.Value.Span, value.Span), name.Value.Name, name.Value.Span, value)
                : new Argument(value.Span, null, default, value),
            Try(Name.Before(Symbol(":"))).Optional(),
            Rec(() => Staged!));

    private static readonly Parser<Token, IReadOnlyList<Argument>> ArgumentList =
        NamedOrNot.Separated(Symbol(",")).Select(a => (IReadOnlyList<Argument>)[.. a]);

    private static readonly Parser<Token, Expr> Number =
        Map(
            (n, unit) => unit.HasValue
                ? (Expr)new DurationExpr(TextSpan.Between(n.Span, unit.Value.Span), n.Value, unit.Value.Text.TrimEnd('s'))
                : new NumberExpr(n.Span, n.Value, n.Text),
            Value(t => t.Kind == TokenKind.Number),
            Terminal(null, t => t.Kind == TokenKind.Name && Units.Contains(t.Text)).Optional());

    private static readonly Parser<Token, Expr> If =
        Map(
            (keyword, condition, rest) => (Expr)new IfExpr(TextSpan.Between(keyword.Span, rest.Else.Span), condition, rest.Then, rest.Else),
            Value(t => t.IsWord("if")),
            Expression,
            Map((then, otherwise) => (Then: then, Else: otherwise), Word("then").Then(Expression), Word("else").Then(Expression)));

    private static Parser<Token, Expr> List(Parser<Token, Token> opening) =>
        Map(
            (open, items, close) => (Expr)new ListExpr(TextSpan.Between(open.Span, close.Span), [.. items]),
            opening, Expression.Separated(Symbol(",")), Symbol("]"));

    // Every value but a name, which may be called.
    private static readonly Parser<Token, Expr> Primary =
        OneOf(
            Number,
            Value(t => t.Kind == TokenKind.Shape).Select(t => (Expr)new ShapeExpr(t.Span, t.Text)),
            Value(t => t.Kind == TokenKind.String).Select(t => (Expr)new StringExpr(t.Span, t.Text)),
            If,
            List(Value(t => t.Is("["))),
            Map((_, e, _) => e, Value(t => t.Is("(")), Expression, Symbol(")")));

    private static readonly Parser<Token, Func<Expr, Expr>> Call =
        Map(
            (_, arguments, close) => (Func<Expr, Expr>)(f => new CallExpr(TextSpan.Between(f.Span, close.Span), (NameExpr)f, arguments)),
            Symbol("("), ArgumentList, Symbol(")"));

    private static readonly Parser<Token, Func<Expr, Expr>> Member =
        Symbol(".").Then(Name).Select(n => (Func<Expr, Expr>)(e => new MemberExpr(TextSpan.Between(e.Span, n.Span), e, n.Name)));

    private static readonly Parser<Token, Func<Expr, Expr>> Index =
        Map(
            (_, items, close) => (Func<Expr, Expr>)(e => new IndexExpr(TextSpan.Between(e.Span, close.Span), e, [.. items])),
            Symbol("["), Expression.SeparatedAtLeastOnce(Symbol(",")), Symbol("]"));

    // Only names are called: "2(x)" is two values, not a product.
    private static readonly Parser<Token, Expr> Postfix =
        Map(
            (e, rest) => rest.Aggregate(e, (x, f) => f(x)),
            Map((e, call) => call.HasValue ? call.Value(e) : e, Name.Select(n => (Expr)n), Call.Optional()).Or(Primary),
            Member.Or(Index).Many());

    private static readonly Parser<Token, Expr> Unary = Rec(() => Negation!);

    private static readonly Parser<Token, Expr> Power =
        Map((b, e) => e.HasValue ? Binary(b, "^", e.Value) : b, Postfix, Symbol("^").Then(Unary).Optional());

    private static readonly Parser<Token, Expr> Negation =
        Map((minus, e) => (Expr)new NegateExpr(TextSpan.Between(minus.Span, e.Span), e), Symbol("-"), Unary).Or(Power);

    private static readonly Parser<Token, Expr> Product = LeftAssociative(Unary, "*", "/", "@");

    private static readonly Parser<Token, Expr> Sum = LeftAssociative(Product, "+", "-");

    private static readonly Parser<Token, Expr> Comparison =
        Map(
            (left, right) => right.HasValue ? Binary(left, right.Value.Operator, right.Value.Right) : left,
            Sum,
            Map((o, r) => (Operator: o.Text, Right: r), Symbol("<", ">", "<=", ">=", "==", "!="), Sum).Optional());

    private static readonly Parser<Token, Expr> Range =
        Map(
            (dots, to) => (Expr)new RangeExpr(to.HasValue ? TextSpan.Between(dots.Span, to.Value.Span) : dots.Span, null, OrNull(to)),
            Symbol(".."), Comparison.Optional())
        .Or(Map(
            (from, rest) => !rest.HasValue
                ? from
                : new RangeExpr(TextSpan.Between(from.Span, rest.Value.To?.Span ?? rest.Value.Dots), from, rest.Value.To),
            Comparison,
            Map((dots, to) => (Dots: dots.Span, To: OrNull(to)), Symbol(".."), Comparison.Optional()).Optional()));

    private static readonly Parser<Token, Expr> Sweep =
        Map((from, to) => to.HasValue ? Binary(from, "->", to.Value) : from, Range, Symbol("->").Then(Range).Optional());

    // "0.1 for 5 epochs, then 0.01": the word between stages reads well and means nothing.
    private static readonly Parser<Token, Expr> Staged =
        Map(
            (_, e, duration) => duration.HasValue ? new StageExpr(TextSpan.Between(e.Span, duration.Value.Span), e, duration.Value) : e,
            Word("then").Optional(), Sweep, Word("for").Then(Sweep).Optional());

    private static readonly Parser<Token, IReadOnlyList<ParameterSyntax>> Parameters =
        Map(
            (_, list, _) => (IReadOnlyList<ParameterSyntax>)[.. list],
            Symbol("("),
            Map(
                (name, value) => new ParameterSyntax(value.HasValue ? TextSpan.Between(name.Span, value.Value.Span) : name.Span, name.Name, OrNull(value)),
                Name, Symbol("=").Then(Expression).Optional()).Separated(Symbol(",")),
            Symbol(")")).Optional().Select(p => p.HasValue ? p.Value : []);

    /// <summary>The head of <c>let</c>: name and value.</summary>
    public static readonly Parser<Token, (NameExpr Name, Expr Value)> Let =
        Map((n, e) => (n, e), Name, Symbol("=").Then(Expression)).Before(End);

    /// <summary>The head of a definition: name, parameters, and for a function of one line its value.</summary>
    public static readonly Parser<Token, (NameExpr Name, IReadOnlyList<ParameterSyntax> Parameters, Expr? Value)> Definition =
        Map((n, p, e) => (n, p, OrNull(e)), Name, Parameters, Symbol("=").Then(Expression).Optional()).Before(End);

    /// <summary>A name alone.</summary>
    public static readonly Parser<Token, NameExpr> JustName = Name.Before(End);

    /// <summary>The head of <c>train</c>.</summary>
    public static readonly Parser<Token, (NameExpr? Model, NameExpr? Data)> Train =
        Map((m, d) => (OrNull(m), OrNull(d)), Name.Optional(), Word("on").Then(Name).Optional()).Before(End);

    /// <summary>A list of arguments to the end of the line.</summary>
    public static readonly Parser<Token, IReadOnlyList<Argument>> Arguments = ArgumentList.Before(End);

    // "decoder(words, memory)": what follows a head in brackets is its arguments, if nothing comes after. One value in brackets is an argument in any case.
    private static readonly Parser<Token, IReadOnlyList<Argument>> Applied =
        Try(Map((first, rest) => (IReadOnlyList<Argument>)[first, .. rest], Symbol("(").Then(NamedOrNot), Symbol(",").Then(NamedOrNot).AtLeastOnce())
            .Before(Symbol(")")));

    /// <summary>A line of a model or of settings.</summary>
    public static readonly Parser<Token, (NameExpr? Label, NameExpr Head, IReadOnlyList<Argument> Arguments, NameExpr? Loop)> Line =
        Map(
            (label, head, rest) => (OrNull(label), head, rest.Item1, rest.Item2),
            Try(Name.Before(Symbol("="))).Optional(),
            Name,
            Map((a, loop) => (a, OrNull(loop)), Applied.Or(ArgumentList), Word("as").Then(Name).Optional())).Before(End);

    /// <summary>A line of a formula.</summary>
    public static readonly Parser<Token, (NameExpr? Name, string Operator, FormulaKind Kind, Expr Value, IReadOnlyList<Argument> Options)> Formula =
        OneOf(
            Try(Map(
                (_, n, e) => ((NameExpr?)n, "=", FormulaKind.State, e, (IReadOnlyList<Argument>)[]),
                Word("state"), Name, Symbol("=").Then(Expression)).Before(End)),
            Try(Map(
                (n, kind, rest) => ((NameExpr?)n, "=", kind.Text == "param" ? FormulaKind.Param : FormulaKind.State, rest.Item1, rest.Item2),
                Name.Before(Symbol("=")),
                Word("param").Or(Word("state")),
                Map(
                    (shape, options) => (shape, options.HasValue ? options.Value : []),
                    List(Symbol("[")), Symbol(",").Then(ArgumentList).Optional())).Before(End)),
            Map(
                (target, e) => (target.HasValue ? target.Value.Name : null, target.HasValue ? target.Value.Operator : "=", FormulaKind.Value, e,
                    (IReadOnlyList<Argument>)[]),
                Try(Map((n, o) => (Name: n, Operator: o.Text), Name, Symbol("=", "-=", "+=", "*="))).Optional(),
                Expression).Before(End));

    private static readonly Parser<Token, CarriedSyntax> Carried =
        Map((name, first) => new CarriedSyntax(TextSpan.Between(name.Span, first.Span), name.Name, first), Name, Symbol("=").Then(Expression));

    /// <summary>The head of a loop, before its body: <c>states = scan h = zeros(8) over time, last</c>.</summary>
    public static readonly Parser<Token, (NameExpr? Name, Token Keyword, IReadOnlyList<CarriedSyntax> States, Expr Over, IReadOnlyList<NameExpr> Words)> Scan =
        Map(
            (name, keyword, rest) => (
                OrNull(name), keyword, (IReadOnlyList<CarriedSyntax>)[.. rest.States], rest.Over, (IReadOnlyList<NameExpr>)[.. rest.Words]),
            Try(Name.Before(Symbol("="))).Optional(),
            Word(ScanWord),
            Map(
                (states, over, words) => (States: states, Over: over, Words: words),
                Carried.SeparatedAtLeastOnce(Symbol(",")), Word("over").Then(Expression), Symbol(",").Then(Name).Many())).Before(End);

    /// <summary>The word that begins a loop in a formula.</summary>
    public const string ScanWord = "scan";

    /// <summary>A line of a search.</summary>
    public static readonly Parser<Token, (NameExpr Name, Expr Values, IReadOnlyList<Argument> Options)> Search =
        Map(
            (n, e, options) => (n, e, options.HasValue ? options.Value : []),
            Name, Word("in").Then(Expression), Symbol(",").Then(ArgumentList).Optional()).Before(End);

    private static T? OrNull<T>(Maybe<T> found) where T : class => found.HasValue ? found.Value : null;

    private static BinaryExpr Binary(Expr left, string op, Expr right) => new(TextSpan.Between(left.Span, right.Span), left, op, right);

    private static Parser<Token, Expr> LeftAssociative(Parser<Token, Expr> operand, params string[] operators) =>
        Map(
            (first, rest) => rest.Aggregate(first, (left, r) => Binary(left, r.Operator, r.Right)),
            operand,
            Map((o, e) => (Operator: o.Text, Right: e), Symbol(operators), operand).Many());
}
