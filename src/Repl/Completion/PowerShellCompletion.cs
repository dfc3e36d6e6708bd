using System.Text;

namespace Nn.Repl.Completion;

/// <summary>Completion for PowerShell.</summary>
internal static class PowerShellCompletion
{
    private const string Head = """
        # Completion of nn for PowerShell, made by: nn completion pwsh

        Register-ArgumentCompleter -Native -CommandName nn -ScriptBlock {
            param($word, $ast, $position)

        """;

    private const string Tail = """
            $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
            $command = ''
            foreach ($w in ($words | Select-Object -Skip 1)) {
                $longer = "$command $w".Trim()
                if ($commands.Contains($longer)) { $command = $longer }
            }
            $previous = if ($words.Count -gt 1) { $words[-1] } else { '' }
            $kind = $values["$command $previous".Trim()]
            if ($null -eq $kind) {
                $found = @(
                    $commands.Keys | Where-Object { $_ -ne '' -and $_ -eq "$command $($_.Split(' ')[-1])".Trim() } |
                        ForEach-Object { , @($_.Split(' ')[-1], $commands[$_]) }
                    $options[$command].GetEnumerator() | Where-Object { $word.StartsWith('-') } | ForEach-Object { , @($_.Key, $_.Value) }
                )
                $kind = $arguments[$command]
            }
            if ($kind -eq '<let>') {
                $script = $words | Where-Object { $_ -like '*.nn' -and (Test-Path $_) } | Select-Object -First 1
                if ($script) {
                    $found = @(Get-Content $script | ForEach-Object { $_ -replace '#.*', '' } |
                        Select-String '(?:^|[\s;])let\s+([a-z_][a-z0-9_]*)' -AllMatches |
                        ForEach-Object { $_.Matches } | ForEach-Object { , @("$($_.Groups[1].Value)=", 'a value of the script') })
                }
            }
            elseif ($kind -and -not $word.StartsWith('-')) {
                foreach ($k in $kind.Split(' ')) {
                    if ($k.Contains('*') -or $k -eq '<folder>') {
                        $found += @(Get-ChildItem "$word*" | Where-Object { $_.PSIsContainer -or $_.Name -like $k } | ForEach-Object {
                            $path = Join-Path (Split-Path "$word." -Parent) $_.Name
                            , @($path, $_.Name)
                        })
                    }
                    else { $found += , @($k, $k) }
                }
            }
            $found | Where-Object { $_ -and $_[0] -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
            }
        }
        """;

    /// <summary>The script.</summary>
    public static string Script(CompletedCommand root)
    {
        var text = new StringBuilder(Head);
        Table(text, "commands", root.All.Select(c => (c.Path, Quoted(c.Description))));
        Table(text, "options",
            root.All.Select(
                c => (c.Path, $"[ordered]@{{ {string.Join("; ", c.Options.SelectMany(o => o.Names.Select(n => $"'{n}' = {Quoted(o.Description)}")))} }}")));
        Table(text, "values",
            root.All.SelectMany(
                c => c.Options.Where(o => o.Value is not null).SelectMany(o => o.Names.Select(n => ($"{c.Path} {n}".Trim(), Quoted(Kind(o.Value!)))))));
        Table(text, "arguments", root.All.Where(c => c.Arguments.Count > 0).Select(c => (c.Path, Quoted(Kind(c.Arguments[^1])))));
        return text.Append(Tail).Append('\n').ToString();
    }

    private static void Table(StringBuilder text, string name, IEnumerable<(string Key, string Value)> rows) =>
        text.Append($"    ${name} = [ordered]@{{\n{string.Concat(rows.Select(r => $"        '{r.Key}' = {r.Value}\n"))}    }}\n");

    private static string Kind(CompletedValue v) =>
        v.Lets ? "<let>"
            : v.Folders ? "<folder>"
            : v.Words.Count > 0 ? string.Join(' ', v.Words)
            : string.Join(' ', v.Endings.Select(e => e == "*" ? "*" : $"*.{e}"));

    private static string Quoted(string text) => $"'{text.Replace("'", "''")}'";
}
