using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>
/// Where a cursor stands, by the tokens before it: which body, which line, which argument. The script need not be complete there.
/// </summary>
internal sealed class CursorContext
{
    private CursorContext(IReadOnlyList<string> bodies, IReadOnlyList<Token> line, string? statement, int start, bool inText, bool inComment)
    {
        (Bodies, Line, Statement, WordStart, InText, InComment) = (bodies, line, statement, start, inText, inComment);
        // `name = dense 4`: what counts begins after the name.
        Item = Body is { } body && LanguageReference.HoldsLayers(body) && line.Count >= 2 && line[1].Is("=") ? [.. line.Skip(2)] : line;
        FindCall();
    }

    /// <summary>First words of the lines whose bodies are open, outermost first.</summary>
    public IReadOnlyList<string> Bodies { get; }

    /// <summary>The innermost of them; null outside of all.</summary>
    public string? Body => Bodies.Count == 0 ? null : Bodies[^1];

    /// <summary>The word that begins the statement.</summary>
    public string? Statement { get; }

    /// <summary>Tokens of the line before the word at the cursor.</summary>
    public IReadOnlyList<Token> Line { get; }

    /// <summary>The same without a name that the line gives its value.</summary>
    public IReadOnlyList<Token> Item { get; }

    /// <summary>The first word, or null at the beginning of a line.</summary>
    public string? Head => Item.Count == 0 ? null : Item[0].Text;

    /// <summary>Where the word at the cursor begins, or the text in quotes.</summary>
    public int WordStart { get; }

    /// <summary>Whether the cursor is between quotes.</summary>
    public bool InText { get; }

    /// <summary>Whether it is in a comment.</summary>
    public bool InComment { get; }

    /// <summary>The innermost call around the cursor; null where it is in none.</summary>
    public Token? Call { get; private set; }

    /// <summary>Which of its arguments, or those of the line, the cursor is in, from 0.</summary>
    public int Argument { get; private set; }

    /// <summary>The name of that argument, where it has one: <c>lr</c> after <c>lr:</c>.</summary>
    public string? Option { get; private set; }

    /// <summary>Whether the argument has more before the word: an operator or a value.</summary>
    public bool Begun { get; private set; }

    /// <summary>The place of a character.</summary>
    public static CursorContext At(Document d, int offset)
    {
        int lineStart = offset == 0 ? 0 : d.Text.LastIndexOf('\n', offset - 1) + 1;
        (bool quoted, bool comment, int quote) = Quotes(d.Text, lineStart, offset);
        int start = quoted ? quote + 1 : offset;
        while (!quoted && start > lineStart && (char.IsAsciiLetterOrDigit(d.Text[start - 1]) || d.Text[start - 1] == '_')) start--;
        var before = new SourceText("", d.Text[..(quoted ? quote : start)]);
        var bodies = new List<string>();
        var line = new List<Token>();
        string? statement = null;
        int brackets = 0;
        foreach (Token t in Lexer.Tokenize(before, new Diagnostics(before)))
        {
            if (t.Is("{"))
            {
                // The second body of a line: add { … } { … }.
                bodies.Add(line.Count > 0 ? Word(line, bodies) : bodies.Count > 0 ? bodies[^1] : "");
                (brackets, line) = (0, []);
            }
            else if (t.Is("}"))
            {
                if (bodies.Count > 0) bodies.RemoveAt(bodies.Count - 1);
                (brackets, line) = (0, []);
            }
            else if (t.Kind == TokenKind.Separator)
            {
                bool open = brackets > 0 || line.Count > 0 && line[^1].Kind == TokenKind.Symbol && line[^1].Text is not (")" or "]" or "..");
                if (t.Text == ";" || !open) (brackets, line) = (0, []);
            }
            else
            {
                if (bodies.Count == 0 && line.Count == 0) statement = t.Text;
                if (t.Is("(") || t.Is("[")) brackets++;
                if (t.Is(")") || t.Is("]")) brackets--;
                line.Add(t);
            }
        }

        return new CursorContext(bodies, line, bodies.Count == 0 && line.Count == 0 ? null : statement, start, quoted, comment);
    }

    private static string Word(List<Token> line, List<string> bodies) => bodies.Count > 0 && line.Count > 2 && line[1].Is("=") ? line[2].Text : line[0].Text;

    private static (bool Quoted, bool Comment, int Quote) Quotes(string text, int start, int end)
    {
        int quote = -1;
        for (int i = start; i < end; i++)
        {
            if (text[i] == '"') quote = quote < 0 ? i : -1;
            if (text[i] == '#' && quote < 0) return (false, true, -1);
        }

        return (quote >= 0, false, quote);
    }

    private void FindCall()
    {
        var open = new Stack<(Token? Name, int First)>();
        for (int i = 0; i < Item.Count; i++)
        {
            if (Item[i].Is("(") || Item[i].Is("[")) open.Push((Item[i].Is("(") && i > 0 && Item[i - 1].Kind == TokenKind.Name ? Item[i - 1] : null, i + 1));
            if ((Item[i].Is(")") || Item[i].Is("]")) && open.Count > 0) open.Pop();
        }

        // Brackets that only group belong to the call around them.
        while (open.Count > 0 && open.Peek().Name is null) open.Pop();
        (Call, int first) = open.Count > 0 ? (open.Peek().Name, open.Peek().First) : (null, 1);
        (int depth, int begin) = (0, first);
        for (int i = first; i < Item.Count; i++)
        {
            if (Item[i].Is("(") || Item[i].Is("[")) depth++;
            if (Item[i].Is(")") || Item[i].Is("]")) depth--;
            if (depth > 0 || !Item[i].Is(",")) continue;
            Argument++;
            begin = i + 1;
        }

        bool named = begin + 1 < Item.Count && Item[begin + 1].Is(":");
        Option = named ? Item[begin].Text : null;
        Begun = Item.Count > (named ? begin + 2 : begin);
    }
}
