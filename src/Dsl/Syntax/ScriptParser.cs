using Pidgin;

namespace Nn.Dsl;

/// <summary>Parses scripts into statements; every line that cannot be parsed is reported and left out.</summary>
public sealed class ScriptParser
{
    private static readonly string[] Keywords = ["let", "fn", "layer", "block", "optimizer", "model", "data", "train", "search"];

    private readonly Diagnostics _diagnostics;

    private ScriptParser(Diagnostics diagnostics) => _diagnostics = diagnostics;

    /// <summary>The words that begin statements.</summary>
    public static IReadOnlyList<string> Statements => Keywords;

    /// <summary>Whether a word joins expressions, as <c>if</c> and <c>for</c> do, and so is no name.</summary>
    public static bool IsReserved(string word) => Grammar.IsReserved(word);

    /// <summary>Parses a whole script that has no mistakes of form.</summary>
    /// <exception cref="ScriptException">It has; all of them are in it.</exception>
    public static Script Parse(SourceText source) => DeepStack.Run(() =>
    {
        var diagnostics = new Diagnostics(source);
        Script script = Parse(source, diagnostics);
        diagnostics.ThrowIfAny();
        return script;
    });

    /// <summary>Parses a whole script.</summary>
    public static Script Parse(SourceText source, Diagnostics diagnostics)
    {
        if (source.Text.Length > SourceText.MaxLength)
        {
            diagnostics.ScriptTooLarge(source.Text.Length, SourceText.MaxLength);
            return new Script(source, []);
        }

        IReadOnlyList<Token> tokens = Lexer.Tokenize(source, diagnostics);
        DecimalCommas.Find(tokens, diagnostics);
        var parser = new ScriptParser(diagnostics);
        return new Script(source, [.. new LineReader(tokens, diagnostics).Read().Select(parser.ParseStatement).OfType<Statement>()]);
    }

    private Statement? ParseStatement(RawLine line)
    {
        if (line.Tokens.Length == 0)
        {
            _diagnostics.BodyWithoutHead(line.Span);
            return null;
        }

        Token keyword = line.Tokens[0];
        Token[] head = line.Tokens[1..];
        var keywordName = new NameExpr(keyword.Span, keyword.Text);
        switch (keyword.Kind == TokenKind.Name ? keyword.Text : "")
        {
            case "let":
                NoBlock(line);
                return Run(Grammar.Let, head, keyword) is { } let ? new LetStatement(line.Span, let.Name, let.Value) : null;
            case "fn" or "layer" or "optimizer":
                return Definition(line, head);
            case "block" or "model":
                IReadOnlyList<Item> items = Items(Block(line));
                return Run(Grammar.Definition, head, keyword) is { } model
                    ? new ModelStatement(line.Span, keyword.Text, model.Name, model.Parameters, items)
                    : null;
            case "data":
                IReadOnlyList<Item> settings = [.. Block(line).Select(DataItem).OfType<Item>()];
                return Run(Grammar.JustName, head, keyword) is { } data ? new DataStatement(line.Span, data, settings) : null;
            case "train":
                settings = [.. Block(line).Select(TrainItem).OfType<Item>()];
                return Run(Grammar.Train, head, keyword) is { } train ? new TrainStatement(line.Span, keywordName, train.Model, train.Data, settings) : null;
            case "search":
                SearchRange[] ranges = [.. Block(line).Select(Range).OfType<SearchRange>()];
                return Run(Grammar.Arguments, head, keyword) is { } options ? new SearchStatement(line.Span, keywordName, options, ranges) : null;
            default:
                _diagnostics.UnknownStatement(keyword, Keywords);
                return null;
        }
    }

    private DefinitionStatement? Definition(RawLine line, Token[] head)
    {
        Token keyword = line.Tokens[0];
        bool oneLine = line.Blocks.Count == 0;
        FormulaLine[] lines = oneLine ? [] : [.. Block(line).Select(Formula).OfType<FormulaLine>()];
        if (Run(Grammar.Definition, head, keyword) is not { } definition) return null;
        if (definition.Value is { } value)
        {
            if (keyword.Text != "fn") _diagnostics.NeedsBody(keyword.Span, keyword.Text, definition.Name.Name);
            lines = [new FormulaLine(value.Span, null, "=", FormulaKind.Value, value, [])];
        }
        else if (oneLine)
        {
            _diagnostics.NeedsBody(definition.Name.Span, keyword.Text, definition.Name.Name);
        }

        return new DefinitionStatement(line.Span, keyword.Text, definition.Name, definition.Parameters, lines);
    }

    private IReadOnlyList<RawLine> Block(RawLine line)
    {
        if (line.Blocks.Count == 0) _diagnostics.MissingBody(line.Span, line.Tokens[0].Text);
        if (line.Blocks.Count > 1) _diagnostics.TooManyBodies(line.Span, line.Tokens[0].Text);
        return line.Blocks.FirstOrDefault([]);
    }

    private void NoBlock(RawLine line)
    {
        if (line.Blocks.Count > 0) _diagnostics.UnexpectedBody(line.Span, line.Tokens[0].Text);
    }

    private IReadOnlyList<Item> Items(IReadOnlyList<RawLine> lines) => [.. lines.Select(ParseItem).OfType<Item>()];

    private Item? ParseItem(RawLine line) => ParseItem(line, ParseItem);

    private Item? ParseItem(RawLine line, Func<RawLine, Item?> within)
    {
        IReadOnlyList<IReadOnlyList<Item>> blocks = [.. line.Blocks.Select(b => (IReadOnlyList<Item>)[.. b.Select(within).OfType<Item>()])];
        if (line.Tokens.Length == 0)
        {
            _diagnostics.BodyWithoutHead(line.Span);
            return null;
        }

        return Run(Grammar.Line, line.Tokens, null) is { } item
            ? new Item(line.Span, item.Label?.Name, item.Head, item.Arguments, item.Loop?.Name, blocks)
            : null;
    }

    // A line of a training is a setting, or names a value: out = net(x).
    private Item? TrainItem(RawLine line)
    {
        if (line.Tokens is [{ Kind: TokenKind.Name } name, { } equals, ..] && equals.Is("=")) return Formula(line) is { } f ? Named(line.Span, name, f) : null;
        return ParseItem(line, TrainItem);
    }

    // A line of data is a setting, or says how something is drawn: draw inside = uniform(2).
    private Item? DataItem(RawLine line)
    {
        if (line.Tokens is not [{ } word, { Kind: TokenKind.Name } name, { } equals, ..] || !word.IsWord(DrawWord) || !equals.Is("="))
            return ParseItem(line);
        return Formula(line with { Tokens = line.Tokens[1..] }) is { } f
            ? Named(line.Span, name, f) with { Head = new NameExpr(word.Span, word.Text), LabelSpan = name.Span }
            : null;
    }

    /// <summary>The word before what each step draws.</summary>
    public const string DrawWord = "draw";

    private static Item Named(TextSpan span, Token name, FormulaLine line) => new(span, line.Name, new NameExpr(name.Span, name.Text), [], null, [])
    {
        Value = line.Value,
    };

    private FormulaLine? Formula(RawLine line)
    {
        if (line.Tokens.Take(3).Any(t => t.IsWord(Grammar.ScanWord)) && (line.Blocks.Count > 0 || IsScan(line.Tokens))) return Loop(line);
        if (line.Blocks.Count > 0)
        {
            _diagnostics.UnexpectedBody(line.Span, "a formula");
            return null;
        }

        return Run(Grammar.Formula, line.Tokens, null) is { } f
            ? new FormulaLine(line.Span, f.Name?.Name, f.Operator, f.Kind, f.Value, f.Options)
            : null;
    }

    // "scan h = …", "states = scan h = …"; else scan is a name like any other.
    private static bool IsScan(Token[] tokens) =>
        tokens is [{ } word, { Kind: TokenKind.Name }, ..] && word.IsWord(Grammar.ScanWord)
        || tokens is [{ Kind: TokenKind.Name }, { } equals, { } after, { Kind: TokenKind.Name }, ..] && equals.Is("=") && after.IsWord(Grammar.ScanWord);

    private FormulaLine? Loop(RawLine line)
    {
        FormulaLine[] body = [.. Block(line).Select(Formula).OfType<FormulaLine>()];
        if (Run(Grammar.Scan, line.Tokens, null) is not { } head) return null;
        TextSpan span = TextSpan.Between(head.Keyword.Span, line.Span);
        return new FormulaLine(line.Span, head.Name?.Name, "=", FormulaKind.Value, new ScanExpr(span, head.States, head.Over, head.Words, body), []);
    }

    private SearchRange? Range(RawLine line) =>
        Run(Grammar.Search, line.Tokens, null) is { } r ? new SearchRange(line.Span, r.Name, r.Values, r.Options) : null;

    // Value types and references alike: null means that the error has been reported.
    private T? Run<T>(Parser<Token, T> parser, Token[] tokens, Token? before) where T : class => Try(parser, tokens, before, out T? value) ? value : null;

    private T? Run<T>(Parser<Token, T> parser, Token[] tokens, Token? before, int _ = 0) where T : struct =>
        Try(parser, tokens, before, out T value) ? value : null;

    private bool Try<T>(Parser<Token, T> parser, Token[] tokens, Token? before, out T? value)
    {
        value = default;
        if (tokens.Any(t => t.Kind == TokenKind.Unknown)) return false;
        // The end of the line is a token like others, so that what was looked for there is known too.
        Token? last = tokens.Length > 0 ? tokens[^1] : before;
        var end = new Token(TokenKind.Separator, "", last is null ? default : new TextSpan(last.Span.End, 1));
        Result<Token, T> result = Attempts.Parse(parser, [.. tokens, end], out Attempts attempts);
        if (result.Success)
        {
            value = result.Value;
            return true;
        }

        string[] expected = ExpectedTokens.Describe(attempts.Labels);
        if (attempts.Furthest is { Kind: not TokenKind.Separator } unexpected) _diagnostics.Unexpected(unexpected, expected);
        else _diagnostics.IncompleteLine(end.Span, expected);
        return false;
    }
}
