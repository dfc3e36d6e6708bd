using Nn.Training;

namespace Nn.Dsl;

/// <summary>A row of the table of schedules.</summary>
/// <param name="Name">As written.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Example">A line of a script.</param>
/// <param name="Make">What its options come to.</param>
/// <param name="Arguments">What may follow it.</param>
internal sealed record ScheduleRow(string Name, string Summary, string Example, Func<SettingCall, Schedule> Make, params IReadOnlyList<OptionRow> Arguments)
    : WordEntry("schedule", Name, Summary, Example, Arguments);
