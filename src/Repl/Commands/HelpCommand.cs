namespace Nn.Repl.Commands;

/// <summary><c>nn help [NAME]</c>: what <c>:help NAME</c> says in a session.</summary>
internal static class HelpCommand
{
    /// <summary>Without a name, which lists there are.</summary>
    public static int Run(string? name)
    {
        Console.Out.WriteLine(name is null
            ? $"nn help NAME tells of a layer, function, optimizer, setting or command of the session, such as nn help adam; lists: {string.Join(", ", HelpText.Lists)}. nn --help shows the commands."
            : HelpText.For(name) ?? throw new NnException(ExitCode.Usage, HelpText.Unknown(name)));
        return 0;
    }
}
