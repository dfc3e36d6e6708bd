namespace Nn.Repl.Session;

/// <summary>A command as the session has it, after a colon.</summary>
/// <param name="Arguments">As shown in help.</param>
/// <param name="Example">Arguments that one may begin with.</param>
/// <param name="Run">Does it, given the words after the name.</param>
internal sealed record SessionForm(string Arguments, string Example, Action<ReplSession, string[]> Run)
{
    /// <summary>One that takes no arguments.</summary>
    public SessionForm(Action<ReplSession> run) : this("", "", (s, _) => run(s))
    {
    }

    /// <summary>What help says where the session does something else than the program; else null.</summary>
    public string? Summary { get; init; }
}
