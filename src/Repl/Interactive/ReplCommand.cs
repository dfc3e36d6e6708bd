namespace Nn.Repl;

/// <summary>A <c>:command</c> of the REPL.</summary>
/// <param name="Name">Without the colon.</param>
/// <param name="Arguments">As shown in help.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Run">Does it, given the words after the name.</param>
internal sealed record ReplCommand(string Name, string Arguments, string Summary, Action<ReplSession, string[]> Run)
{
    /// <summary>Splits a line into words; quotes keep spaces.</summary>
    public static string[] Words(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        bool quoted = false, begun = false;
        foreach (char c in line)
        {
            if (c == '"')
            {
                (quoted, begun) = (!quoted, true);
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (begun) words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }

        if (begun) words.Add(word.ToString());
        return [.. words];
    }
}
