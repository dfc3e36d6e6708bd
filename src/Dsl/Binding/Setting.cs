namespace Nn.Dsl;

/// <summary>A row of a table of settings: a word of the language with what its line makes of what is known so far.</summary>
/// <param name="Where">The block that it stands in.</param>
/// <param name="Name">As written.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Example">A line of a script.</param>
/// <param name="Bind">Takes the line into account.</param>
/// <param name="Arguments">What may follow it.</param>
internal sealed record Setting<T>(string Where, string Name, string Summary, string Example, Func<SettingCall, T, T> Bind,
    params IReadOnlyList<OptionRow> Arguments)
    : WordEntry(Where, Name, Summary, Example, Arguments);
