using System.Text;

namespace Nn.Dsl;

/// <summary>
/// Formats scripts: two spaces a level, one space between tokens, values of neighbouring settings below each other. Lines, blank lines and comments stay
/// where they are; formatting twice changes nothing.
/// </summary>
public static class Formatter
{
    private static readonly string[] AlignedBodies = ["data", "train", "model", "block", "step", "search"];

    private sealed record Line(int Depth, List<Token> Tokens, string? Comment, bool Blank, string? Body);

    /// <summary>The formatted text of a script.</summary>
    /// <exception cref="ScriptException">The script cannot be parsed; it is better left alone.</exception>
    public static string Format(SourceText source) => DeepStack.Run(() => FormatHere(source));

    private static string FormatHere(SourceText source)
    {
        var diagnostics = new Diagnostics(source);
        ScriptParser.Parse(source, diagnostics);
        diagnostics.ThrowIfAny();
        List<Line> lines = Lines(source, diagnostics);
        string[] texts = [.. lines.Select(Text)];
        Align(lines, texts);
        var s = new StringBuilder();
        bool blankBefore = true;
        for (int i = 0; i < lines.Count; i++)
        {
            // One blank line at most, none at the start.
            if (lines[i].Blank && blankBefore) continue;
            blankBefore = lines[i].Blank;
            string text = lines[i].Blank ? "" : new string(' ', 2 * lines[i].Depth) + texts[i];
            if (lines[i].Comment is { } comment)
                text = lines[i].Tokens.Count == 0 ? new string(' ', 2 * lines[i].Depth) + comment : $"{text}{Gap(source, lines[i], comment)}{comment}";
            s.Append(text.TrimEnd()).Append('\n');
        }

        return s.ToString().TrimEnd('\n') + "\n";
    }

    private static string Gap(SourceText source, Line line, string comment)
    {
        // What stood there, as comments are often put below each other by hand.
        int end = line.Tokens[^1].Span.End, at = source.Text.IndexOf(comment, end, StringComparison.Ordinal);
        return new string(' ', Math.Max(1, at - end));
    }

    private static List<Line> Lines(SourceText source, Diagnostics diagnostics)
    {
        IReadOnlyList<Token> tokens = Lexer.Tokenize(source, diagnostics);
        var bodies = new Stack<string>();
        var lines = new List<Line>();
        int at = 0, count = source.Position(source.Text.Length).Line;
        for (int number = 1; number <= count; number++)
        {
            var own = new List<Token>();
            while (at < tokens.Count && source.Position(tokens[at].Span.Start).Line == number)
            {
                if (tokens[at].Kind != TokenKind.Separator || tokens[at].Text == ";") own.Add(tokens[at]);
                at++;
            }

            string text = source.Line(number);
            string? comment = Comment(text, own, source);
            int closing = own.TakeWhile(t => t.Is("}")).Count();
            int depth = Math.Max(0, bodies.Count - closing);
            lines.Add(new Line(depth, own, comment, own.Count == 0 && comment is null, bodies.Count > 0 ? bodies.Peek() : null));
            for (int i = 0; i < own.Count; i++)
            {
                if (own[i].Is("{")) bodies.Push(own.Take(i).FirstOrDefault(t => t.Kind == TokenKind.Name)?.Text ?? (lines.Count > 1 ? "…" : ""));
                if (own[i].Is("}") && bodies.Count > 0) bodies.Pop();
            }
        }

        return lines;
    }

    private static string? Comment(string line, List<Token> tokens, SourceText source)
    {
        int start = 0;
        if (tokens.Count > 0)
        {
            (_, int column) = source.Position(tokens[^1].Span.Start);
            start = column - 1 + tokens[^1].Span.Length;
        }

        int hash = start <= line.Length ? line.IndexOf('#', start) : -1;
        return hash < 0 ? null : line[hash..].TrimEnd();
    }

    private static string Text(Line line) => Join(line.Tokens);

    /// <summary>The tokens of a line with the blanks that belong between them.</summary>
    internal static string Join(IReadOnlyList<Token> tokens)
    {
        var s = new StringBuilder();
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && Spaced(tokens, i)) s.Append(' ');
            s.Append(tokens[i].Kind == TokenKind.String ? $"\"{tokens[i].Text}\"" : tokens[i].Text);
        }

        return s.ToString();
    }

    private static bool Spaced(IReadOnlyList<Token> tokens, int i)
    {
        Token a = tokens[i - 1], b = tokens[i];
        if (b.Kind == TokenKind.Symbol && b.Text is "," or ")" or "]" or ":" or "." || b.Kind == TokenKind.Separator) return false;
        if (a.Kind == TokenKind.Symbol && a.Text is "(" or "[" or ".") return false;
        // Ranges and ratios of numbers are written close together: 0..1, 80/20.
        if (a.Is("..") || b.Is("..")) return a.Is(",");
        if (a.Is("/") || b.Is("/"))
        {
            int slash = a.Is("/") ? i - 1 : i;
            bool ratio = slash > 0 && slash + 1 < tokens.Count && tokens[slash - 1].Kind == TokenKind.Number && tokens[slash + 1].Kind == TokenKind.Number;
            return !ratio || !tokens.Take(slash - 1).Reverse().SkipWhile(t => t.Kind == TokenKind.Number || t.Is("/")).Take(1).Any(t => t.IsWord("split"));
        }

        if (b.Is("(") || b.Is("["))
        {
            // A call follows its name closely; a bracket after an operator, a comma or a word like param does not.
            bool call = a.Kind == TokenKind.Name && a.Text is not ("param" or "state" or "in" or "if" or "then" or "else" or "for")
                && a.Span.End == b.Span.Start;
            return !(call || (a.Is(")") && b.Is("[")));
        }

        // After a setting the author's spaces say that a minus begins its value: loss -critic(x).
        if (i == 2 && a.Is("-") && tokens[0].Kind == TokenKind.Name && a.Span.Start > tokens[0].Span.End && a.Span.End == b.Span.Start) return false;
        // A minus that begins a value.
        if (a.Is("-")
            && (i < 2 || tokens[i - 2].Kind == TokenKind.Symbol && tokens[i - 2].Text is not (")" or "]") || tokens[i - 2].IsWord("then")
                || tokens[i - 2].IsWord("else")))
            return false;
        return true;
    }

    // Neighbouring lines of a body: the first words are padded to one width, two wider in train blocks; `=` of neighbouring lets too. Layers, whose
    // names differ much in length, only where the author began it.
    private static void Align(List<Line> lines, string[] texts)
    {
        int start = 0;
        while (start < lines.Count)
        {
            int end = start + 1;
            string? group = Group(lines[start]);
            while (group is not null && end < lines.Count && Group(lines[end]) == group && lines[end].Depth == lines[start].Depth) end++;
            if (group is not null && (group is not ("model" or "block") || Enumerable.Range(start, end - start).Any(i => SetApart(lines[i]))))
            {
                int width = Enumerable.Range(start, end - start).Max(i => Head(lines[i], group).Length);
                // Where `loss` stands beside `optimizer`, the values stand a little apart.
                int gap = group == "train" && width >= "optimizer".Length ? 2 : 1;
                for (int i = start; i < end; i++)
                {
                    string head = Head(lines[i], group), rest = texts[i][head.Length..].TrimStart();
                    // "=" stands below the end of "-=".
                    if (group == "formula")
                    {
                        string op = lines[i].Tokens[1].Text;
                        texts[i] = $"{lines[i].Tokens[0].Text}{op.PadLeft(width - lines[i].Tokens[0].Text.Length)} {rest}";
                        continue;
                    }

                    texts[i] = rest.Length == 0 ? head : end - start == 1 ? $"{head} {rest}" : head.PadRight(width + gap) + rest;
                }
            }

            start = end;
        }
    }

    private static bool SetApart(Line line) => line.Tokens.Count > 1 && line.Tokens[1].Span.Start > line.Tokens[0].Span.End + 1;

    private static string? Group(Line line)
    {
        if (line.Tokens.Count == 0 || line.Tokens[0].Kind != TokenKind.Name || line.Tokens.Any(t => t.Is("{") || t.Is("}"))) return null;
        if (line.Body is not ("model" or "block") && line.Tokens.Any(t => t.Text == ";")) return null;
        if (line.Depth == 0) return line.Tokens[0].IsWord("let") ? "let" : null;
        if (line.Tokens.Count > 1 && line.Tokens[1].Kind == TokenKind.Symbol && line.Tokens[1].Text.EndsWith('=')) return "formula";
        return line.Body is { } body && AlignedBodies.Contains(body) ? (body == "step" ? "train" : body) : null;
    }

    private static string Head(Line line, string group) => group switch
    {
        "let" or "formula" => Join([.. line.Tokens.Take(2)]),
        _ => line.Tokens[0].Text,
    };
}
