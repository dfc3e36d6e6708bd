using System.Text.RegularExpressions;

namespace Nn.Dsl;

/// <summary>
/// The mistakes of a script, one method a kind of mistake. Each says what is wrong in the user's terms, with the shapes or names involved, and
/// how to put it right.
/// </summary>
public sealed partial class Diagnostics(SourceText source)
{
    private const int MaxReported = 50;

    private readonly List<Diagnostic> _all = [];
    private readonly List<Diagnostic> _warnings = [];
    private NnException? _unread;

    /// <summary>The script.</summary>
    public SourceText Source { get; } = source;

    /// <summary>All mistakes in the order of the script.</summary>
    public IReadOnlyList<Diagnostic> All => [.. _all.OrderBy(d => d.Span.Start)];

    /// <summary>Whether there are any.</summary>
    public bool Any => _all.Count > 0;

    /// <summary>What may be meant but is probably not, in the order of the script; no mistakes.</summary>
    public IReadOnlyList<Diagnostic> Warnings => [.. _warnings.OrderBy(d => d.Span.Start)];

    /// <summary>Throws if there are any.</summary>
    /// <exception cref="ScriptException">The script has mistakes.</exception>
    public void ThrowIfAny()
    {
        // Data that cannot be read are no mistake of the script; where it has others, these are to be put right first.
        if (Any) throw new ScriptException(All, _all.Count == 1 && _unread is { } data ? data.Code : ExitCode.Script, _unread);
    }

    /// <summary>Adds a mistake found while binding.</summary>
    internal void Report(BindError error)
    {
        if (error.Follows) return;
        string? comma = error.IsOfSurplus ? DecimalComma(error.Span) : null;
        Report(error.Span, error.Message, comma ?? error.Help);
    }

    /// <summary>Adds that the data cannot be read, at the place that names them.</summary>
    internal void Report(TextSpan span, NnException why)
    {
        _unread = why;
        Report(span, why.Message, remedy: why.Remedy);
    }

    // 0,05 is two values; nobody writes two of them so. A mistake at either of them, or between, comes from there.
    private string? DecimalComma(TextSpan span)
    {
        int start = Source.Text.LastIndexOf('\n', Math.Clamp(span.Start - 1, 0, Source.Text.Length - 1)) + 1;
        int end = Source.Text.IndexOf('\n', Math.Min(span.End, Source.Text.Length));
        string line = Source.Text[start..(end < 0 ? Source.Text.Length : end)];
        Match? comma = CommaInNumber().Matches(line).LastOrDefault(m => start + m.Index <= span.End && start + m.Index + m.Length >= span.Start);
        return comma is null ? null : $"because of its comma {comma.Value} is read as two values; if it is one number, write {comma.Value.Replace(',', '.')}";
    }

    [GeneratedRegex(@"(?<![\w,]|[^.]\.)\d+,\d+(e[-+]?\d+)?(?!\w|\.\d|,\d)")]
    private static partial Regex CommaInNumber();

    /// <summary>Adds a warning found while binding.</summary>
    internal void Warn(BindError warning)
    {
        if (_warnings.Count < MaxReported && _warnings.All(d => d.Span != warning.Span))
            _warnings.Add(new Diagnostic(Source, warning.Span, warning.Message, warning.Help) { IsWarning = true });
    }

    private void Report(TextSpan span, string message, string? help = null, Remedy? remedy = null)
    {
        // One mistake a place: what follows from it would only hide it.
        if (_all.Count >= MaxReported || _all.Any(d => d.Span == span)) return;
        _all.Add(new Diagnostic(Source, span, message, help ?? (Source.Text.Length > 0 ? DecimalComma(span) : null)) { Remedy = remedy });
    }

    private static string OneOf(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length <= 1 ? string.Concat(all) : string.Join(", ", all[..^1]) + " or " + all[^1];
    }

    private static string? DidYouMean(string name, IEnumerable<string> candidates) => Suggest.Help(name, candidates);

    // Text and lines.

    internal void ScriptTooLarge(int length, int limit) =>
        Report(new TextSpan(0, 1), $"this script has {length:N0} characters; at most {limit:N0} are read",
            "data belong into files of their own: csv, idx, text, npz");

    internal void UnclosedString(TextSpan span) => Report(span, "this text has no closing quote", "put a \" at its end, on the same line");

    internal void WrongQuotes(TextSpan span, string text) => Report(span, "text stands between straight double quotes", $"write: \"{text}\"");

    internal void UnknownCharacter(TextSpan span, string text)
    {
        int code = char.IsSurrogate(text[0]) && text.Length == 1 ? text[0] : char.ConvertToUtf32(text, 0);
        if (LookAlikes.Find(code) is { } found)
            Report(span, $"{(found.Shown ? $"'{text}' is " : "this is ")}{found.Name} (U+{code:X4}), which means nothing here",
                found.Instead.Length == 0 ? "take it away" : $"write {found.Instead} in its place");
        else Report(span, $"'{text}' means nothing here", text == "%" ? "a percentage follows its number: 50%" : "names are written in a-z, 0-9 and _; "
            + "comments begin with #");
    }

    internal void NumberTooLarge(TextSpan span, string text) => Report(span, $"{text} is too large; the largest number is about 1.8e308");

    internal void UnclosedBrace(TextSpan span) => Report(span, "this { is never closed", "put a } after the last line of the body");

    internal void StrayBrace(TextSpan span) => Report(span, "this } closes nothing", "remove it, or look for a { that is missing before");

    internal void NestedTooDeeply(TextSpan span, int limit) =>
        Report(span, $"brackets are nested more than {limit} deep here", "give parts of it names of their own");

    internal void TooManyOperators(TextSpan span, int limit) =>
        Report(span, $"this line has more than {limit} operators", "give parts of it names of their own: let or fn");

    internal void BodyWithoutHead(TextSpan span) => Report(span, "a body in braces needs something before it", "as in: model net { dense 10 }");

    internal void UnknownStatement(Token token, IReadOnlyList<string> keywords) => Report(
        token.Span, $"{token.Describe()} does not begin a statement",
        DidYouMean(token.Text, keywords) ?? $"a statement begins with {OneOf(keywords)}");

    internal void NeedsBody(TextSpan span, string kind, string name) => Report(
        span, kind == "fn" ? $"the function {name} has no value" : $"{kind} {name} needs a body in braces",
        kind == "fn" ? $"write: fn {name}(x) = expression" : $"write: {kind} {name} {{ … }}");

    internal void MissingBody(TextSpan span, string kind) =>
        Report(span, $"{kind} needs a body in braces", kind == "train" ? "write: train { loss mse; optimizer adam }" : $"write: {kind} name {{ … }}");

    internal void TooManyBodies(TextSpan span, string kind) => Report(span, $"{kind} has one body only", "join the lines in one pair of braces");

    internal void UnexpectedBody(TextSpan span, string what) => Report(span, $"{what} has no body in braces");

    internal void Unexpected(Token token, IReadOnlyList<string> expected) => Report(
        token.Span, $"{token.Describe()} does not fit here" + (expected.Count > 0 ? $"; expected {OneOf(expected)}" : ""),
        token.Kind != TokenKind.Symbol
            && expected.Contains("','") ? $"if it is a layer or an option of its own, put a comma before it: , {token.Describe().Trim('\'')}" : null);

    internal void IncompleteLine(TextSpan span, IReadOnlyList<string> expected)
    {
        string? close = expected.FirstOrDefault(e => e is "')'" or "']'");
        if (close is not null && !expected.Contains("a value")) Report(span, $"{close} is missing", "every ( and [ needs its partner on the other side");
        else Report(span, "this line is not complete" + (expected.Count > 0 ? $"; expected {OneOf(expected)}" : ""));
    }
}
