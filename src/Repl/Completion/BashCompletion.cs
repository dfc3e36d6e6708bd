using System.Text;

namespace Nn.Repl.Completion;

/// <summary>Completion for bash: a script that knows all commands, and asks <c>nn</c> nothing.</summary>
internal static class BashCompletion
{
    private const string Head = """
        # Completion of nn for bash, made by: nn completion bash

        _nn_words() {
          COMPREPLY=($(compgen -W "$*" -- "$cur"))
        }

        _nn_files() {
          local ending IFS=$'\n'
          compopt -o filenames 2>/dev/null
          COMPREPLY=($(compgen -d -- "$cur"))
          for ending; do COMPREPLY+=($(compgen -f -X "!*.$ending" -- "$cur")); done
        }

        # The names that the script on the command line gives to values.
        _nn_lets() {
          local word
          for word in "${COMP_WORDS[@]}"; do
            [[ $word == *.nn && -r $word ]] || continue
            compopt -o nospace 2>/dev/null
            COMPREPLY=($(compgen -S = -W "$(sed 's/#.*//' -- "$word" | grep -oE '(^|[[:space:];])let[[:space:]]+[a-z_][a-z0-9_]*' |
              sed -E 's/.*[[:space:]]//')" -- "$cur"))
            return
          done
        }

        _nn() {
          local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command="" commands="" options="" i
          COMPREPLY=()
          [[ $previous == "=" || $cur == "=" ]] && return

        """;

    private const string Tail = """
          if [[ $cur == -* ]]; then _nn_words "$options"; else COMPREPLY+=($(compgen -W "$commands" -- "$cur")); fi
        }

        complete -F _nn nn
        """;

    /// <summary>The script.</summary>
    public static string Script(CompletedCommand root)
    {
        var text = new StringBuilder(Head);
        IEnumerable<string> places = root.All.SelectMany(c => c.Commands.Select(below => $"\"{c.Path}:{below.Name}\""));
        text.Append($"""
              for ((i = 1; i < COMP_CWORD; i++)); do
                case "$command:${'{'}COMP_WORDS[i]{'}'}" in
                  {string.Join(" | ", places)}) command="${'{'}command:+$command {'}'}${'{'}COMP_WORDS[i]{'}'}" ;;
                esac
              done
              case $command in

            """);
        foreach (CompletedCommand c in root.All) Add(text, c);
        return text.Append("  esac\n").Append(Tail).Append('\n').ToString();
    }

    private static void Add(StringBuilder text, CompletedCommand c)
    {
        text.Append($"    \"{c.Path}\")\n");
        text.Append($"      commands=\"{string.Join(' ', c.Commands.Select(b => b.Name))}\"\n");
        text.Append($"      options=\"{string.Join(' ', c.Options.SelectMany(o => o.Names))}\"\n");
        CompletedOption[] valued = [.. c.Options.Where(o => o.Value is not null)];
        if (valued.Length > 0)
        {
            text.Append("      case $previous in\n");
            foreach (IGrouping<string, CompletedOption> same in valued.GroupBy(o => Call(o.Value!)))
                text.Append($"        {string.Join(" | ", same.SelectMany(o => o.Names))}) {(same.Key.Length > 0 ? same.Key + "; " : "")}return ;;\n");
            text.Append("      esac\n");
        }

        // Where several follow each other, any of them may be meant.
        string argument = Call(new CompletedValue([.. c.Arguments.SelectMany(a => a.Words)], [.. c.Arguments.SelectMany(a => a.Endings).Distinct()],
            c.Arguments.Any(a => a.Folders)));
        if (argument.Length > 0) text.Append($"      [[ $cur == -* ]] || {argument}\n");
        text.Append("      ;;\n");
    }

    private static string Call(CompletedValue v) =>
        v.Lets ? "_nn_lets"
            : v.Folders ? "_nn_files"
            : v.Words.Count > 0 ? $"_nn_words {string.Join(' ', v.Words)}"
            : v.Endings is ["*"] ? "compopt -o default 2>/dev/null"
            : v.Endings.Count > 0 ? $"_nn_files {string.Join(' ', v.Endings)}" : "";
}
