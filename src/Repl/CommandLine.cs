using System.CommandLine;
using System.CommandLine.Parsing;
using Nn.Data;
using Nn.Dsl;
using Nn.Repl.Commands;
using Nn.Repl.Completion;
using Nn.Repl.Help;
using Nn.Repl.Serve;

namespace Nn.Repl;

/// <summary>The command line: which commands and options there are.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs; the exit code.</summary>
    public static int Run(string[] args)
    {
        RootCommand root = Build();
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count == 0) return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        string[] names = [.. root.Subcommands.Select(c => c.Name)];
        string? first = args.FirstOrDefault(a => !a.StartsWith('-'));
        if (first is null)
        {
            foreach (string mistake in Mistakes(parsed)) Console.Error.WriteLine($"nn: {mistake}");
            Console.Error.WriteLine("nn: `nn --help` shows the commands");
        }
        else if (!names.Contains(first))
        {
            string? near = Suggest.Nearest(first, names);
            Console.Error.WriteLine($"nn: there is no command '{first}'{(near is null ? $"; there are {string.Join(", ", names)}" : $"; did you mean '{near}'?")}");
        }
        else
        {
            foreach (string mistake in Mistakes(parsed)) Console.Error.WriteLine($"nn: {mistake}");
            Console.Error.WriteLine($"nn: `nn {first} --help` shows the options");
        }

        return (int)ExitCode.Usage;
    }

    private static IEnumerable<string> Mistakes(ParseResult parsed)
    {
        // What follows an unknown option is its value.
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string wrong = parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-')) ?? parsed.UnmatchedTokens[0];
            string? near = Suggest.Nearest(wrong, parsed.CommandResult.Command.Options.Select(o => o.Name));
            return [wrong.StartsWith('-') ? $"there is no option {wrong}{(near is null ? "" : $"; did you mean {near}?")}" : $"'{wrong}' is one word too many"];
        }

        return parsed.Errors.Select(e => e.SymbolResult switch
        {
            OptionResult { Tokens.Count: 0 } o => $"{o.Option.Name} needs a value: {o.Option.Description}",
            ArgumentResult { Argument.Name: "file" } => "which script? write it after the command",
            _ => e.Message,
        }).Distinct();
    }

    /// <summary>All commands.</summary>
    internal static RootCommand Build()
    {
        var root = new RootCommand("neural networks described in a small language");
        root.Subcommands.Add(Make("train", "trains a script's model", (c, o) => new TrainCommand(o, c.GetValue(SampleOptions.Folder), PlayCommand.Asked(c)).Run(), SampleOptions.Folder, Common.Save, Common.Resume, Common.Run, Common.Best, PlayCommand.Serve));
        root.Subcommands.Add(Make("eval", "evaluates a trained model on the validation part", (c, o) => new EvalCommand(o).Run(), Common.Model, Common.Best));
        var predict = Make("predict", "predicts from inputs, or from samples of the validation part", (c, o) => new PredictCommand(o, c.GetValue(Common.Inputs) ?? []).Run(), Common.Model, Common.Best);
        predict.Arguments.Add(Common.Inputs);
        root.Subcommands.Add(predict);
        root.Subcommands.Add(Make(
            "generate", "writes text with a model of characters: from its checkpoint, or from a script and --model",
            (c, o) => new GenerateCommand(o, c.GetValue(Common.Prompt), c.GetValue(Common.Length) ?? 500, c.GetValue(Common.Temperature), c.GetValue(Common.TopK)).Run(),
            Common.Model, Common.Prompt, Common.Length, Common.Temperature, Common.TopK));
        root.Subcommands.Add(Make(
            "search", "tries values of the script's lets, as its search block says",
            (c, o) => new SearchCommand(o, c.GetValue(Common.Trials), c.GetValue(Common.Results), c.GetValue(Common.GoOn), c.GetValue(Common.Write)).Run(),
            Common.Trials, Common.Results, Common.GoOn, Common.Write));
        root.Subcommands.Add(Make("cv", "cross-validates a script: trains with each fold held out once", (c, o) => new CrossValidationCommand(o, c.GetValue(Common.Folds)).Run(), Common.Folds, Common.Best));
        root.Subcommands.Add(Make("export", "writes a trained model as ONNX, or its weights as safetensors or npz", (c, o) => new ExportCommand(o, c.GetValue(Common.To), c.GetValue(Common.Part)).Run(), Common.Model, Common.To, Common.Part));
        root.Subcommands.Add(Make(
            "import", "takes weights of another program (.safetensors, .npz) for a script's models, or an ONNX model as a script",
            (c, o) => new ImportCommand(o, c.GetValue(Common.Into), c.GetValue(Common.Map)).Run(), Common.Into, Common.Map, Common.Save));
        root.Subcommands.Add(Make("check", "reports every mistake of a script", (c, o) => InspectCommands.Check(o)));
        root.Subcommands.Add(Make("fmt", "formats a script in place", (c, o) => InspectCommands.Format(o)));
        root.Subcommands.Add(Make("explain", "says what a script means, with all defaults", (c, o) => ExplainCommand.Run(o), Common.Best));
        root.Subcommands.Add(Make("summary", "layers, shapes, parameters, operations, memory", (c, o) => SummaryCommand.Run(o), Common.Best));
        root.Subcommands.Add(Make("plan", "kernels, slots and bytes of every entry", (c, o) => InspectCommands.Plan(o), Common.Best));
        root.Subcommands.Add(Make(
            "graph", "the layers from inputs to loss as Mermaid, DOT, SVG or PNG; --operations: what a training step computes",
            (c, o) => new GraphCommand(o, c.GetValue(Common.Operations), c.GetValue(Common.Format), c.GetValue(Common.Drawing)).Run(), Common.Operations, Common.Format, Common.Drawing));
        root.Subcommands.Add(Make("gradcheck", "compares gradients with central differences", (c, o) => GradCheckCommand.Run(o)));
        root.Subcommands.Add(Make("bench", "training steps per second, data in memory; --device all: every device", (c, o) => BenchCommand.Run(o, c.GetValue(Common.Seconds)), Common.Seconds));
        root.Subcommands.Add(Make("memory", "who lives when in the memory of a training step, as a picture", (c, o) => MemoryCommand.Run(o, c.GetValue(Common.Entry)!, c.GetValue(Common.Drawing)), Common.Entry, Common.Drawing));
        root.Subcommands.Add(Make("profile", "the time of each kernel of a training step, measured on the device", (c, o) => ProfileCommand.Run(o, c.GetValue(Common.Seconds)), Common.Seconds));
        root.Subcommands.Add(Make("compare", "one step and one epoch on every device, tensor by tensor beside the reference", (c, o) => CompareCommand.Run(o, c.GetValue(Common.Steps)), Common.Steps));
        root.Subcommands.Add(Make("tune", "times ways to compute a script's products on a GPU and keeps the fastest", (c, o) => TuneCommand.Run(o)));
        Command data = Make("data", "what was decided about a script's data", (c, o) => DataCommand.Run(o));
        var fetch = new Command("fetch", "downloads well-known data into the cache, with a checksum");
        var set = new Argument<string>("name") { Description = $"which: {string.Join(", ", DataFetch.Names)}" };
        set.CompletionSources.Add([.. DataFetch.Names]);
        fetch.Arguments.Add(set);
        foreach (Option o in new Option[] { SampleOptions.From, Common.Quiet }) fetch.Options.Add(o);
        fetch.SetAction(c => DataCommand.Fetch(c.GetValue(set)!, c.GetValue(SampleOptions.From), c.GetValue(Common.Quiet)));
        data.Subcommands.Add(fetch);
        root.Subcommands.Add(data);
        root.Subcommands.Add(Make(
            "sample", "a picture of images that a model makes",
            (c, o) => new SampleCommand(o, c.GetValue(SampleOptions.Of), c.GetValue(SampleOptions.Count), c.GetValue(SampleOptions.Picture)!).Run(), Common.Model, SampleOptions.Of, SampleOptions.Count, SampleOptions.Picture));
        root.Subcommands.Add(PlayCommand.Make());
        var devices = new Command("devices", "every device with driver, memory and limits, and why one is left out");
        devices.Options.Add(Common.Json);
        devices.SetAction(c => DevicesCommand.Run(c.GetValue(Common.Json)));
        root.Subcommands.Add(devices);
        var doctor = new Command("doctor", "drivers, environment, a dozen kernels on each device, and what to do next");
        var examine = new Option<string?>(DoctorCommand.ExamineOption) { Hidden = true };
        foreach (Option o in new Option[] { Common.Json, Common.Limit, examine }) doctor.Options.Add(o);
        doctor.SetAction(c => c.GetValue(examine) is { } name ? DeviceExamination.Report(name) : DoctorCommand.Run(c.GetValue(Common.Json), c.GetValue(Common.Limit)));
        root.Subcommands.Add(doctor);
        var home = new Argument<string>("folder") { Description = "the folder of the runs", DefaultValueFactory = _ => RunsCommand.Home };
        var runs = new Command("runs", "the trainings that were kept with --run, side by side");
        runs.Arguments.Add(home);
        runs.Options.Add(Common.Json);
        runs.SetAction(c => RunsCommand.List(c.GetValue(home)!, c.GetValue(Common.Json)));
        root.Subcommands.Add(runs);
        var run = new Argument<string>("run") { Description = "the folder of a run" };
        var page = new Option<string?>("--out") { Description = "the page to write; without it standard output" };
        var report = new Command("report", "a page of HTML about a run: curves, confusion matrix, worst mistakes, how to reproduce it");
        report.Arguments.Add(run);
        foreach (Option o in new Option[] { Common.Device, page }) report.Options.Add(o);
        report.SetAction(c => RunsCommand.Report(c.GetValue(run)!, c.GetValue(page), c.GetValue(Common.Device)!));
        root.Subcommands.Add(report);
        var lsp = new Command("lsp", "a language server for editors, over standard input and output");
        lsp.Options.Add(new Option<bool>("--stdio") { Description = "as without it; some editors insist on saying so" });
        lsp.SetAction(_ => LspCommand.Run());
        root.Subcommands.Add(lsp);
        root.Subcommands.Add(CompletionCommand.Make(root));
        var topic = new Argument<string?>("name") { Description = $"a layer, function, optimizer, setting or command; or a list: {string.Join(", ", HelpText.Lists)}", Arity = ArgumentArity.ZeroOrOne };
        var help = new Command("help", "what a name of the language does: formula, gradient, options, example");
        help.Arguments.Add(topic);
        help.SetAction(c => HelpCommand.Run(c.GetValue(topic)));
        root.Subcommands.Add(help);
        var repl = new Command("repl", "the interactive session; also what nn alone does");
        var script = new Argument<string?>("file") { Description = "a script to begin with", Arity = ArgumentArity.ZeroOrOne };
        repl.Arguments.Add(script);
        foreach (Option o in new Option[] { Common.Device, Common.Json, Common.Commands }) repl.Options.Add(o);
        repl.SetAction(c => ReplCommandLine.Run(c.GetValue(Common.Device)!, c.GetValue(Common.Json), c.GetValue(script), c.GetValue(Common.Commands) ?? []));
        root.Subcommands.Add(repl);
        HelpOptions.AddTo(root);
        foreach (Option o in new Option[] { Common.Device, Common.Json, Common.Commands }) root.Options.Add(o);
        root.SetAction(c => ReplCommandLine.Run(c.GetValue(Common.Device)!, c.GetValue(Common.Json), null, c.GetValue(Common.Commands) ?? []));
        return root;
    }

    private static Command Make(string name, string description, Func<ParseResult, RunOptions, int> run, params Option[] more)
    {
        var command = new Command(name, description);
        command.Arguments.Add(Common.File);
        foreach (Option o in Common.All.Concat(more)) command.Options.Add(o);
        command.SetAction(c => run(c, RunOptions.From(c)));
        return command;
    }
}
