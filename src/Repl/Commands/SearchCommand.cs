using System.Text;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks.Search;
using Nn.Repl.Live;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training.Search;

namespace Nn.Repl.Commands;

/// <summary><c>nn search</c>: trials with other values for the script's <c>let</c>s.</summary>
/// <param name="options">What most commands take.</param>
/// <param name="trials">Trials in place of the script's.</param>
/// <param name="file">File of the results; null is the one beside the script.</param>
/// <param name="resume">Whether to go on from that file.</param>
/// <param name="write">Whether the best values are written into the script.</param>
internal sealed class SearchCommand(RunOptions options, int? trials, string? file, bool resume, bool write)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("search", CommandGroup.Train, "tries values of the script's lets, as its search block says")
    {
        Details = "grid, random or Bayesian, with cross-validation and pruning; `--trials`, `--resume`, `--out FILE`, `--write`; then `nn train "
            + "FILE --best`",
        Examples = ["nn search iris.nn --trials 20", "nn search iris.nn --resume --write"],
        Program = ProgramForm.OfScript(
            (c, o) => new SearchCommand(o, c.GetValue(Common.Trials), c.GetValue(Common.Results), c.GetValue(Common.GoOn), c.GetValue(Common.Write)).Run(),
            Common.Trials, Common.Results, Common.GoOn, Common.Write),
        Session = new("[N | resume]", "20", InSession) { Summary = "tries values of lets, as the search block says; the best are in force afterwards" },
    };

    private readonly string _file = file ?? FoundValues.ResultsOf(options.File);

    /// <summary>The best values found, once it has run.</summary>
    public IReadOnlyDictionary<string, string>? Best { get; private set; }

    public int Run()
    {
        Project project = Project.Open(options);
        SearchDefinition search = project.Script.Search ?? throw new NnException(
            ExitCode.Script,
            $"{project.Source.Name} has no search block; write: search random, trials: 20 {{ lr in log(1e-4..1e-1) }}, "
                + $"or cross-validate the script as it is: nn cv {options.File}");
        if (trials is < 1) throw new NnException(ExitCode.Usage, "--trials 0: a search needs at least 1");
        if (search.Axes.FirstOrDefault(a => options.Bind.Set.ContainsKey(a.Name)) is { } both)
            throw new NnException(
                ExitCode.Usage, $"--set {both.Name}: the search tries values of {both.Name}; take it out of the search block, or leave out --set");
        using ScriptSearch run = ScriptSearch.Over(
            project, options.File, options.Bind, options.Device, new SearchOptions { Trials = trials, Results = _file, Resume = resume });
        search = run.Definition;
        var display = new SearchDisplay(run, options.Json, options.Quiet);
        run.TrialStarted += display.Start;
        run.EpochEnded += display.Epoch;
        run.TrialEnded += display.Trial;
        bool finished;
        using (var interrupt = new Interrupt())
        {
            display.Begin(options.File, run.DeviceName, _file);
            finished = display.While(() => run.Run(interrupt.Asked));
        }

        bool session = options.Project is not null;
        display.End(finished, finished ? null : session ? ":search resume" : $"nn search {options.File} --resume{(file is null ? "" : $" --out {file}")}");
        Best = run.BestValues;
        if (Best is { } best && !session)
        {
            if (write && finished) Write(project, best);
            string next = write && finished ? $"written into {options.File}"
                : file is null ? $"nn train {options.File} --best trains with these values; --write puts them into the script"
                : "--write puts them into the script";
            if (!options.Json && !options.Quiet) Console.Out.WriteLine(next);
        }

        if (!finished) return (int)ExitCode.Interrupted;
        if (run.Best is not null) return 0;
        throw new NnException(run.Trials[0].Code, $"none of {Plural.Of(run.Trials.Count, "trial")} came to an end; the first: {run.Trials[0].Why}");
    }

    private void Write(Project project, IReadOnlyDictionary<string, string> values)
    {
        string text = LetEdits.Apply(project.Script.Script, values);
        // What would not be a script is not written.
        new TrialBinder(options.File, options.Bind, new SourceText(options.File, text), 0).Bind(new Dictionary<string, string>());
        bool marked = File.ReadAllBytes(options.File).AsSpan().StartsWith(Encoding.UTF8.Preamble);
        AtomicFile.Write(options.File, s =>
        {
            if (marked) s.Write(Encoding.UTF8.Preamble);
            s.Write(Encoding.UTF8.GetBytes(text));
        });
    }

    private static void InSession(ReplSession s, string[] words)
    {
        bool resume = words is ["resume"];
        int? trials = resume || words.Length == 0 ? null : CommandWords.Whole(words, 1, "write :search, :search 20 or :search resume");
        // A session without a file keeps its results out of the folder that it happens to run in.
        string? file = s.Workspace.Origin == Origin.Typed ? StateFolder.Made("session.search.jsonl") : null;
        var search = new SearchCommand(s.Options(), trials, file, resume, write: false);
        s.Interruptible(() => search.Run());
        if (search.Best is not { } best) return;
        s.SetLets(best);
        s.Say($"in force: {string.Join(", ", best.Select(v => $"{v.Key} = {v.Value}"))}; :undo takes them back");
    }
}
