using System.Text;
using Nn.Dsl;

namespace Nn.Repl;

/// <summary>What <c>:help NAME</c> says.</summary>
internal static class HelpText
{
    /// <summary>Everything that there is help for.</summary>
    public static IEnumerable<string> Names => LanguageReference.Entries.Keys.Concat(ReplCommands.All.Select(c => c.Name));

    /// <summary>The help for a name, or null.</summary>
    public static string? For(string name)
    {
        if (LanguageReference.Entries.TryGetValue(name, out ReferenceEntry? entry)) return Of(entry);
        return ReplCommands.Find(name) is { } c ? $":{c.Name} {c.Arguments}\n  {c.Summary}" : null;
    }

    private static string Of(ReferenceEntry e)
    {
        var s = new StringBuilder($"{e.Name}, {(e.Kind is "activation" or "optimizer" ? "an" : "a")} {e.Kind}");
        if (e.Summary.Length > 0) s.Append($"\n  {e.Summary}");
        if (e.Formula is { } formula) s.Append("\n\n  ").Append(formula.Replace("\n", "\n  "));
        foreach ((string by, string gradient) in e.Gradients) s.Append($"\n\n  d {e.Name} / d {by} = {gradient}");
        if (e.Options.Count > 0 && e.Kind is not ("activation" or "loss" or "function") || e.Options.Any(o => o.Default is not null))
        {
            int width = e.Options.Max(o => o.Name.Length);
            s.Append('\n');
            foreach ((string name, string? value) in e.Options) s.Append($"\n  {name.PadRight(width)}  {(value is null ? "must be given" : $"default {value}")}");
        }

        if (e.Example is { } example) s.Append($"\n\n  example: {example}");
        return s.ToString();
    }
}
