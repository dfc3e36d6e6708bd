using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Nn.Repl.Session;

namespace Nn.Repl.Help;

/// <summary><c>--help</c> and <c>--version</c>.</summary>
internal static class HelpOptions
{
    /// <summary>The version, as in the packages.</summary>
    public static string Version { get; } = typeof(HelpOptions).Assembly.GetName().Version!.ToString(3);

    /// <summary>Gives a command line of these commands its pages.</summary>
    public static void AddTo(RootCommand root, IReadOnlyList<CommandRow> commands)
    {
        HelpOption page = root.Options.OfType<HelpOption>().Single();
        (page.Action, page.Description) = (new HelpPage(commands), "the options, with examples");
        VersionOption version = root.Options.OfType<VersionOption>().Single();
        (version.Action, version.Description) = (new Told($"nn {Version}"), "the version");
    }

    private sealed class Told(string text) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            Console.Out.WriteLine(text);
            return 0;
        }
    }
}
