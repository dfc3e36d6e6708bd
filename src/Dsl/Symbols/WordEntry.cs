namespace Nn.Dsl;

/// <summary>A word of the language that names no value: a keyword, a setting, or what a setting may be.</summary>
/// <param name="Where">Where it stands: <c>statement</c>, <c>model</c>, <c>data</c>, <c>train</c>, <c>step</c>, or the setting that it is a value of.</param>
/// <param name="Name">As written.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Example">A line of a script; empty where the name is all.</param>
/// <param name="Arguments">What may follow it.</param>
public record WordEntry(string Where, string Name, string Summary, string Example, params IReadOnlyList<OptionRow> Arguments)
{
    /// <summary>Whether what it says is numbers of a training alone: others change no kernel.</summary>
    internal bool IsNumbersAlone { get; init; }

    /// <summary>Those of what may follow that have names.</summary>
    public IReadOnlyList<OptionRow> Options => [.. Arguments.Where(a => !a.Unnamed)];

    /// <summary>What each of some values is given to: the option of its name, or the next that takes values without one. Null where there is none.</summary>
    /// <param name="arguments">As they stand in the script.</param>
    public IEnumerable<(Argument Argument, OptionRow? Option)> Match(IReadOnlyList<Argument> arguments)
    {
        OptionRow[] bare = [.. Arguments.Where(o => o.Positional)];
        int next = 0;
        foreach (Argument a in arguments)
        {
            if (a.Name is not null) yield return (a, Arguments.FirstOrDefault(o => o.Name == a.Name));
            else yield return (a, next >= bare.Length ? null : bare[next].Many ? bare[next] : bare[next++]);
        }
    }
}
