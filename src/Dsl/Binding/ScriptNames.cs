namespace Nn.Dsl;

/// <summary>The names of a script, place by place, with what each of them stands for.</summary>
public sealed class ScriptNames
{
    internal ScriptNames(NameReader names) => Uses = [.. names.Uses.OrderBy(u => u.Span.Start)];

    /// <summary>All places, in the order of the script. A name that nothing defines is at none of them.</summary>
    public IReadOnlyList<NameUse> Uses { get; }

    /// <summary>Reads the names of a script.</summary>
    /// <param name="script">As parsed.</param>
    public static ScriptNames Of(Script script) => DeepStack.Run(() =>
    {
        var names = NameReader.Read(script);
        names.ReadTrainings(_ => null);
        return new ScriptNames(names);
    });

    /// <summary>The name at a character, or right before it.</summary>
    public NameUse? At(int offset) =>
        Uses.FirstOrDefault(u => u.Span.Start <= offset && offset < u.Span.End) ?? Uses.FirstOrDefault(u => u.Span.End == offset);

    /// <summary>Where a symbol is named.</summary>
    public IEnumerable<NameUse> Of(Symbol symbol) => Uses.Where(u => Same(u.Symbol, symbol));

    /// <summary>Whether two places speak of one thing.</summary>
    public static bool Same(Symbol a, Symbol b) =>
        a.Kind == b.Kind && a.Name == b.Name && a.Definition == b.Definition && (a.Definition is not null || a.Within == b.Within);
}
