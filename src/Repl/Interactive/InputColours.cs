using Nn.Repl.Terminal;

namespace Nn.Repl.Interactive;

/// <summary>Colours what is typed at the prompt: statements of the language, and commands after a colon.</summary>
/// <param name="isCommand">Whether a word after the colon means a command.</param>
internal sealed class InputColours(Func<string, bool> isCommand)
{
    /// <summary>The text with colours of a terminal put in; its characters stay the same.</summary>
    public string Colour(string text)
    {
        if (!text.TrimStart().StartsWith(':')) return ScriptColours.Colour(text);
        int colon = text.IndexOf(':'), end = text.IndexOf(' ', colon);
        if (end < 0) end = text.Length;
        string colour = isCommand(text[(colon + 1)..end]) ? ScriptColours.Keyword : ScriptColours.Wrong;
        return $"{text[..colon]}{colour}{text[colon..end]}{ScriptColours.Reset}{text[end..]}";
    }
}
