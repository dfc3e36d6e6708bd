using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary>All commands, in the order of the help. What else there is to know of one stands in its row.</summary>
internal static class CommandTable
{
    /// <summary>The rows.</summary>
    public static IReadOnlyList<CommandRow> All { get; } =
    [
        HelpCommand.Row, SessionCommand.Row,
        .. SessionCommands.Statements, CheckCommand.Row,
        TrainCommand.Row, .. SessionCommands.Training,
        RateCommand.Row, SearchCommand.Row, CrossValidationCommand.Row, PlayCommand.Row, RunsCommand.Row, RunsCommand.ReportRow,
        EvalCommand.Row, PredictCommand.Row, ServeCommand.Row, GenerateCommand.Row, SampleCommand.Row, ExportCommand.Row, ImportCommand.Row, PlotCommand.Row,
        FormatCommand.Row, ExplainCommand.Row, SummaryCommand.Row, GraphCommand.Row, PlanCommand.Row, DataCommand.Row, GradCheckCommand.Row,
        DevicesCommand.Row, DoctorCommand.Row, BenchCommand.Row, ProfileCommand.Row, MemoryCommand.Row, CompareCommand.Row, TuneCommand.Row,
        LspCommand.Row, CompletionCommand.Row, .. SessionCommands.Files,
    ];
}
