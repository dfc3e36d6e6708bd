namespace Nn.Repl.Session;

/// <summary>
/// A command: all that <c>nn</c>, the session, help, completion and the README's table know of it. It has a form for <c>nn</c>, one for the session, or both.
/// </summary>
/// <param name="Name">Its word.</param>
/// <param name="Group">What it is for.</param>
/// <param name="Summary">One line of help.</param>
internal sealed record CommandRow(string Name, CommandGroup Group, string Summary)
{
    /// <summary>More about it for the README's table, in Markdown.</summary>
    public string Details { get; init; } = "";

    /// <summary>Command lines that show what it is good for.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>As <c>nn NAME</c>; null where there is only the session's.</summary>
    public ProgramForm? Program { get; init; }

    /// <summary>As <c>:name</c>; null where there is only the program's.</summary>
    public SessionForm? Session { get; init; }

    /// <summary>How it is written in the session, for help.</summary>
    public string Form => $":{Name} {Session?.Arguments}".TrimEnd();

    /// <summary>A line for the session to begin with.</summary>
    public string SessionExample => $":{Name} {Session?.Example}".TrimEnd();

    /// <summary>What the session's help says.</summary>
    public string SessionSummary => Session?.Summary ?? Summary;

    /// <summary>The command of the session of that name, or the only one that begins so.</summary>
    public static CommandRow? Find(IReadOnlyList<CommandRow> all, string name)
    {
        CommandRow[] there = [.. all.Where(c => c.Session is not null)];
        if (there.FirstOrDefault(c => c.Name == name) is { } exact) return exact;
        CommandRow[] near = [.. there.Where(c => c.Name.StartsWith(name, StringComparison.Ordinal))];
        return near is [var only] ? only : null;
    }
}
