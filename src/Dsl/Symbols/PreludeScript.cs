namespace Nn.Dsl;

/// <summary>The part of the language that is written in the language: activations, losses, optimizers.</summary>
public static class PreludeScript
{
    private static readonly Lazy<Script> Parsed = new(Load);

    // Functions before optimizers: no name is both.
    private static readonly Lazy<Dictionary<string, DefinitionStatement>> Named = new(
        () => Statements.OfType<DefinitionStatement>().ToDictionary(d => d.Name.Name));

    /// <summary>As parsed.</summary>
    public static Script Script => Parsed.Value;

    /// <summary>Its text.</summary>
    public static string Text => Script.Source.Text;

    /// <summary>Its statements, all of which are definitions.</summary>
    public static IReadOnlyList<Statement> Statements => Script.Statements;

    /// <summary>Its definition of a name; null where it has none.</summary>
    public static DefinitionStatement? Find(string name) => Named.Value.GetValueOrDefault(name);

    private static Script Load()
    {
        using Stream stream = typeof(PreludeScript).Assembly.GetManifestResourceStream("Nn.Dsl.prelude.nn")!;
        using var reader = new StreamReader(stream);
        var source = new SourceText("prelude.nn", reader.ReadToEnd());
        var diagnostics = new Diagnostics(source);
        Script script = ScriptParser.Parse(source, diagnostics);
        diagnostics.ThrowIfAny();
        return script;
    }
}
