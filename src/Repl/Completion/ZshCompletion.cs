using System.Text;

namespace Nn.Repl.Completion;

/// <summary>Completion for zsh, with what each command and option does.</summary>
internal static class ZshCompletion
{
    private const string Head = """
        #compdef nn
        # Completion of nn for zsh, made by: nn completion zsh

        # The names that the script on the command line gives to values.
        _nn_lets() {
          local script=${${(M)words:#*.nn}[1]}
          local -a names
          [[ -r $script ]] || return 1
          names=(${(f)"$(sed 's/#.*//' -- $script | grep -oE '(^|[[:space:];])let[[:space:]]+[a-z_][a-z0-9_]*' | sed -E 's/.*[[:space:]]//')"})
          compadd -S = -- $names
        }

        _nn() {
          local curcontext=$curcontext state line
          local -a commands

        """;

    private const string Tail = """
        }

        if [[ ${funcstack[1]} == _nn ]]; then _nn "$@"; else compdef _nn nn; fi
        """;

    /// <summary>The script.</summary>
    public static string Script(CompletedCommand root)
    {
        var text = new StringBuilder(Head);
        text.Append($"  commands=(\n{string.Concat(root.Commands.Select(c => $"    {Quoted($"{c.Name}:{c.Description}")}\n"))}  )\n");
        Specs(text, root, "  ", "'1: :->command'", "'*:: :->arguments'");
        text.Append("  case $state in\n    command) _describe command commands; return ;;\n    arguments) ;;\n    *) return ;;\n  esac\n  case $words[1] in\n");
        foreach (CompletedCommand c in root.Commands)
        {
            text.Append($"    {c.Name})\n");
            foreach (CompletedCommand below in c.Commands)
            {
                text.Append($"      if (( CURRENT > 2 )) && [[ $words[2] == {below.Name} ]]; then\n        shift words; (( CURRENT-- ))\n");
                Specs(text, below, "        ");
                text.Append("        return\n      fi\n");
            }

            Specs(text, c, "      ");
            text.Append("      ;;\n");
        }

        return text.Append("  esac\n").Append(Tail).Append('\n').ToString();
    }

    private static void Specs(StringBuilder text, CompletedCommand c, string indent, params string[] more)
    {
        string below = string.Join(' ', c.Commands.Select(b => b.Name));
        IEnumerable<string> arguments = more.Length > 0 ? more
            : c.Arguments.Select((a, i) =>
                Quoted($"{(a.Endings is ["png"] ? "*" : i + 1)}: :{(below.Length > 0 && i == 0 ? $"{{ {Action(a)}; compadd -- {below} }}" : Action(a))}"));
        IEnumerable<string> options = c.Options.SelectMany(
            o => o.Names.Select(n => Quoted($"*{n}[{Plain(o.Description)}]{(o.Value is { } v ? $": :{Action(v)}" : "")}")));
        text.Append($"{indent}_arguments{(more.Length > 0 ? " -C" : "")}{string.Concat(options.Concat(arguments).Select(s => $" \\\n{indent}  {s}"))}\n");
    }

    private static string Action(CompletedValue v) =>
        v.Lets ? "_nn_lets"
            : v.Folders ? "_files -/"
            : v.Words.Count > 0 ? $"({string.Join(' ', v.Words)})"
            : v.Endings is ["*"] ? "_files"
            : v.Endings.Count == 1 ? $"_files -g \"*.{v.Endings[0]}\""
            : v.Endings.Count > 0 ? $"_files -g \"*.({string.Join('|', v.Endings)})\"" : " ";

    // Brackets and colons mean something in the middle of a specification.
    private static string Plain(string text) => text.Replace("\\", "\\\\").Replace("[", "\\[").Replace("]", "\\]").Replace(":", "\\:");

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''")}'";
}
