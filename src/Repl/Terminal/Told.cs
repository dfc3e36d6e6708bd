using Nn.Dsl;

namespace Nn.Repl.Terminal;

/// <summary>What the program says of a failure: the library's reason, and what to type for its remedy.</summary>
internal static class Told
{
    /// <summary>Reason and remedy; of a script all its mistakes, each with its place.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="inSession">Whether the user sits at the session, whose commands begin with a colon.</param>
    public static string Of(NnException e, bool inSession = false) => e is ScriptException script
        ? string.Join('\n', script.Diagnostics.Select(d => d with { Message = With(d.Message, d.Remedy, inSession) }))
        : With(e.Message, e.Remedy, inSession);

    private static string With(string reason, Remedy? remedy, bool inSession) => remedy is null ? reason : $"{reason}; {Typed(remedy, inSession)}";

    private static string Typed(Remedy remedy, bool inSession) => remedy.Kind switch
    {
        RemedyKind.GoOnWithSeed => $"go on with --seed {remedy.Subject}",
        RemedyKind.SaveTraining => $"`nn train FILE --save {remedy.Subject}` writes one",
        RemedyKind.SearchAnew => "search without --resume, or name another file with --out",
        RemedyKind.WriteElsewhere => "--out names another file",
        RemedyKind.GoOnWithSearch => "with room for it, --resume goes on",
        RemedyKind.DownloadElsewhere => $"`nn data fetch {remedy.Subject} --from URL` takes the files from there",
        RemedyKind.Download => $"`nn data fetch {remedy.Subject}` downloads it",
        RemedyKind.GiveOneValue => $"write {(inSession ? ":set" : "--set")} {remedy.Subject}=0.1, for example",
        RemedyKind.Train => inSession ? ":train first" : "`nn train FILE` first",
        RemedyKind.TakeStep => inSession ? ":train 1 steps" : "`nn train FILE` first",
        RemedyKind.DescribeData => inSession ? ":data describes them" : "`nn data FILE` describes them",
        RemedyKind.ListConfusions => $"{(inSession ? ":eval" : "`nn eval FILE`")} lists the pairs most often confused",
        RemedyKind.PairNames => $"--map \"{remedy.Subject}\" names a pair",
        RemedyKind.ChooseModel => $"--part {remedy.Subject} takes that one",
        _ => throw new ArgumentOutOfRangeException(nameof(remedy)),
    };
}
