using System.Text;
using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>The arguments of what is being written, with the one at the cursor marked.</summary>
internal static class Signatures
{
    /// <summary>At a place; null where nothing takes arguments.</summary>
    public static SignatureHelp? At(Document d, int offset)
    {
        CursorContext c = CursorContext.At(d, offset);
        if (c.InComment || (c.Call?.Text ?? c.Head) is not { } name) return null;
        if (c.Call is null && (c.Item.Count == 0 || c.Body is null)) return null;
        (IReadOnlyList<OptionRow> options, string? summary, IReadOnlyList<string> named) = Options(d, c, name);
        if (options.Count == 0) return null;
        bool call = c.Call is not null;
        var label = new StringBuilder(name).Append(call ? "(" : " ");
        var parameters = new List<ParameterInformation>();
        foreach (OptionRow option in options)
        {
            if (parameters.Count > 0) label.Append(", ");
            int start = label.Length;
            label.Append(option.Name).Append(string.IsNullOrEmpty(option.Shown) ? "" : $" = {option.Shown}");
            parameters.Add(new ParameterInformation([start, label.Length], option.Meaning.Length > 0 ? new Markup(option.Meaning) : null));
        }

        if (call) label.Append(')');
        string[] names = [.. options.Select(o => o.Name)];
        // An argument without a name is the next that is not named.
        int active = c.Option is { } given ? Array.IndexOf(names, given)
            : Array.FindIndex(names, n => !named.Contains(n) && Array.IndexOf(names, n) >= c.Argument);
        return new SignatureHelp([new SignatureInformation(label.ToString(), summary is null ? null : new Markup(summary), parameters)], 0,
            active < 0 ? options.Count : active);
    }

    private static (IReadOnlyList<OptionRow> Options, string? Summary, IReadOnlyList<string> Named) Options(Document d, CursorContext c, string name)
    {
        string[] named = [.. Enumerable.Range(0, Math.Max(0, c.Item.Count - 1)).Where(i => c.Item[i].Kind == TokenKind.Name && c.Item[i + 1].Is(":"))
            .Select(i => c.Item[i].Text)];
        Statement? own = d.Analysis.Script.Statements.FirstOrDefault(s => s.Name.Name == name && s is DefinitionStatement or ModelStatement);
        IReadOnlyList<ParameterSyntax>? parameters = own switch { DefinitionStatement f => f.Parameters, ModelStatement m => m.Parameters, _ => null };
        if (parameters is not null)
        {
            IEnumerable<ParameterSyntax> shown = Flows(c, own!) ? parameters.Skip(1) : parameters;
            return ([.. shown.Select(p => new OptionRow(p.Name, OptionKind.Value, p.Default is null ? null : SyntaxText.Of(p.Default), ""))], null, named);
        }

        string where = c.Call is null ? c.Body ?? "" : c.Head ?? "";
        if (WordReference.Find(where, name) is { Options.Count: > 0 } word) return (word.Options, word.Summary, named);
        if (!LanguageReference.Entries.TryGetValue(name, out ReferenceEntry? e)) return ([], null, named);
        bool flowing = c.Call is null && e.Kind is not ("layer" or "optimizer");
        return ([.. e.Options.Skip(flowing ? 1 : 0)], e.Summary.Length > 0 ? e.Summary : null, named);
    }

    // On a line of a model the first argument of a function is the value before it.
    private static bool Flows(CursorContext c, Statement s) => c.Call is null && s is DefinitionStatement { Kind: "fn" };
}
