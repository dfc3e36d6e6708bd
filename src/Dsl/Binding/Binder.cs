using Nn.Data;
using Nn.Graphs;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Dsl;

/// <summary>What the command line changes in a script.</summary>
/// <param name="Set">Values of <c>let</c>s by name, as expressions.</param>
/// <param name="Seed">Seed in place of the script's.</param>
/// <param name="Epochs">Epochs in place of the script's.</param>
public sealed record BindOptions(IReadOnlyDictionary<string, string> Set, uint? Seed = null, int? Epochs = null)
{
    /// <summary>Nothing is changed.</summary>
    public static BindOptions None { get; } = new(new Dictionary<string, string>());

    /// <summary>The data of a script that says nothing of data; null where it must.</summary>
    public DataSpec? Data { get; init; }

    /// <summary>Of a script with several trainings, the number of the only one that is wanted, from 0; null: the last, and the others are looked at.</summary>
    public int? Training { get; init; }
}

/// <summary>A script that means something.</summary>
/// <param name="Script">As parsed.</param>
/// <param name="Data">The data trained on, if the script says so.</param>
/// <param name="Training">The training, if there is one.</param>
/// <param name="Models">All models that could be bound.</param>
/// <param name="Lets">The values of all <c>let</c>s, as text.</param>
/// <param name="Search">The search, if there is one.</param>
public sealed record BoundScript(
    Script Script, DataSpec? Data, TrainingDefinition? Training, IReadOnlyList<Model> Models, IReadOnlyDictionary<string, string> Lets,
        SearchDefinition? Search)
{
    /// <summary>What may be meant but is probably not.</summary>
    public IReadOnlyList<Diagnostic> Warnings { get; init; } = [];
}

/// <summary>Gives scripts their meaning: names, shapes, models and trainings.</summary>
public sealed partial class Binder
{
    private readonly Script _script;
    private readonly NameReader _names;
    private readonly Diagnostics _diagnostics;
    private readonly Definitions _definitions = new();
    private readonly List<DataStatement> _data = [];
    private readonly List<TrainStatement> _trainings = [];
    private readonly List<SearchStatement> _searches = [];
    private readonly List<LetStatement> _overridden = [];

    private Binder(Script script, NameReader names, Diagnostics diagnostics)
    {
        (_script, _names, _diagnostics) = (script, names, diagnostics);
        _definitions.Names = names.Table;
        _definitions.Warn = diagnostics.Warn;
    }

    /// <summary>
    /// Parses and binds a script. Data are described by <paramref name="describe"/>, which loads them.
    /// </summary>
    /// <exception cref="ScriptException">The script has mistakes; all of them are in it.</exception>
    public static BoundScript Bind(SourceText source, BindOptions options, Func<DataSpec, Schema> describe) =>
        DeepStack.Run(() => BindHere(source, options, describe));

    private static BoundScript BindHere(SourceText source, BindOptions options, Func<DataSpec, Schema> describe)
    {
        var diagnostics = new Diagnostics(source);
        Script script = ScriptParser.Parse(source, diagnostics);
        var binder = new Binder(script, NameReader.Read(script), diagnostics);
        // Lines that could not be parsed would make everything that needs them look wrong.
        bool parsed = !diagnostics.Any;
        binder.Declare(options);
        BoundScript? bound = parsed ? binder.BindAll(options, describe) : null;
        diagnostics.ThrowIfAny();
        return bound!;
    }

    private void Declare(BindOptions options)
    {
        foreach (DefinitionStatement d in PreludeScript.Statements.Cast<DefinitionStatement>())
        {
            if (d.Kind == "fn") _definitions.Functions[d.Name.Name] = (d, true);
            else _definitions.Optimizers[d.Name.Name] = (d, true);
        }

        var own = new HashSet<(string Kind, string Name)>();
        foreach (Statement s in _script.Statements)
        {
            string kind = s switch
            {
                DefinitionStatement d => d.Kind,
                ModelStatement m => m.Kind,
                LetStatement => "let",
                DataStatement => "data",
                _ => "",
            };
            if (kind.Length > 0 && !own.Add((kind, s.Name.Name))) Report(BindError.DefinedTwice(s.Name, kind));
            switch (s)
            {
                case LetStatement l: _definitions.Lets[l.Name.Name] = l; break;
                case DefinitionStatement { Kind: "fn" } d: _definitions.Functions[d.Name.Name] = (d, false); break;
                case DefinitionStatement { Kind: "layer" } d: _definitions.Layers[d.Name.Name] = d; break;
                case DefinitionStatement d: _definitions.Optimizers[d.Name.Name] = (d, false); break;
                case ModelStatement { Kind: "block" } b: _definitions.Blocks[b.Name.Name] = b; break;
                case ModelStatement m: _definitions.Models[m.Name.Name] = new ModelBinding(m, _definitions); break;
                case DataStatement d: _data.Add(d); break;
                case TrainStatement t: _trainings.Add(t); break;
                case SearchStatement s2: _searches.Add(s2); break;
            }
        }

        // A let that could not be read is not one that is missing.
        if (_diagnostics.Any) return;
        foreach ((string name, string text) in options.Set) Override(name, text);
        foreach (LetStatement let in _overridden) EvaluateOverride(let);
    }

    private void Override(string name, string text)
    {
        if (!_definitions.Lets.ContainsKey(name))
        {
            string? near = Suggest.Nearest(name, _definitions.Lets.Keys);
            throw new NnException(ExitCode.Usage,
                $"'{name}' cannot be set: the script has no `let {name}`" + (near is null ? "" : $"; did you mean '{near}'?"));
        }

        var diagnostics = new Diagnostics(new SourceText($"the value of {name}", $"let {name} = {text}"));
        Script script = ScriptParser.Parse(diagnostics.Source, diagnostics);
        if (diagnostics.Any || script.Statements is not [LetStatement let]) throw Mistaken(name, diagnostics.All.FirstOrDefault()?.Message
            ?? "it is more than one value");
        _definitions.Lets[name] = let;
        _names.Add(let);
        _overridden.Add(let);
    }

    // Its places are those of the text that was given for the let, not of the script.
    private void EvaluateOverride(LetStatement let)
    {
        try
        {
            LetValue(let);
        }
        catch (BindError e)
        {
            throw Mistaken(let.Name.Name, e.Message);
        }
    }

    private static NnException Mistaken(string name, string why) => new(ExitCode.Usage, $"'{name}' cannot be set: {why}; a let takes one value")
    {
        Remedy = new Remedy(RemedyKind.GiveOneValue, name),
    };

    private BoundScript BindAll(BindOptions options, Func<DataSpec, Schema?> describe)
    {
        foreach (LetStatement let in _definitions.Lets.Values.ToArray()) Guard(() => _ = LetValue(let), let.Span);
        Dictionary<string, DataSpec> specs = [];
        foreach (DataStatement d in _data) Guard(() =>
        {
            if (DataBinder.Bind(d, new Env(null, _definitions), Report) is { } bound) specs[d.Name.Name] = bound;
        }, d.Span);
        Dictionary<DataStatement, Schema?> described = [];
        TrainStatement?[] trained = _trainings.Count == 0 ? [null]
            : options.Training is { } only ? [_trainings[Math.Min(only, _trainings.Count - 1)]] : [.. _trainings];
        BoundData[] stages = [.. trained.Select(t => DataFor(t, options, specs, described, describe))];
        // A field of the name of something else is a mistake that has been told.
        _names.ReadTrainings(t => Array.Find(stages, s => s.Train == t)?.Facts.Schema?.Fields.Select(f => f.Name).Where(n => Namesake(n) is null));
        TrainingDefinition? training = null;
        foreach (BoundData stage in stages)
        {
            _definitions.Data = stage.Facts;
            training = null;
            if (stage.Train is not { } train) continue;
            Guard(() => training = new TrainBinder(train, _definitions, stage.Facts.Schema, Report).Bind([.. _definitions.Models.Values]), train.Span);
            if (training is not null) training = training with { Number = _trainings.IndexOf(train), Count = _trainings.Count, Augment = stage.Spec?.Augment };
        }

        (DataSpec? spec, Schema? info) = (stages[^1].Spec, stages[^1].Facts.Schema);
        // Models that no training came to have mistakes, too.
        foreach (ModelBinding m in _definitions.Models.Values.Where(m => !m.Tried)) Guard(() => BindAlone(m, info), m.NameSyntax.Span);
        if (_searches.Count > 1) Report(BindError.Ambiguous(_searches[1].Name.Span, "search", ["the first", "this one"], "a script has one search block"));
        SearchDefinition? search = null;
        foreach (SearchStatement s in _searches) Guard(() => search = SearchBinder.Bind(s, _script.Source, _definitions), s.Span);
        if (_searches.Count > 0 && _trainings.Count > 1)
            Report(BindError.Ambiguous(_searches[0].Name.Span, "training", ["the first", "others"], "a search is for scripts with one train block"));
        CheckNames();
        if (training is not null)
        {
            training = training with { Seed = options.Seed ?? training.Seed, Epochs = options.Epochs ?? training.Epochs };
            search = search is null ? null : search with { Seed = training.Seed };
            if (search is not null) training = training with { Sought = (search.Metric, search.Maximize) };
        }

        return new BoundScript(
            _script, spec, training, [.. _definitions.Models.Values.Select(m => m.Model).OfType<Model>()],
            _definitions.Lets.Values.ToDictionary(l => l.Name.Name, l => SyntaxText.Of(l.Value)), search)
        {
            Warnings = _diagnostics.Warnings,
        };
    }

    // What a training is about.
    private sealed record BoundData(TrainStatement? Train, DataSpec? Spec, DataFacts Facts);

    private BoundData DataFor(TrainStatement? train, BindOptions options, Dictionary<string, DataSpec> specs, Dictionary<DataStatement, Schema?> described,
        Func<DataSpec, Schema?> describe)
    {
        DataStatement? statement = null;
        DataSpec? spec = _data.Count == 0 ? options.Data : null;
        if (spec is null) Guard(() => statement = DataOf(train), train?.Span ?? default);
        // Where nothing is looked at, there is nothing to be read.
        if (statement is not null) spec = specs.GetValueOrDefault(statement.Name.Name);
        else if (spec is null && train is not null && IsWithoutData(train))
            spec = new DataSpec { Name = train.Model?.Name ?? "train", Source = DataSource.Drawn, Path = "" };
        var unknown = new DataFacts { Unknown = _data.Count > 0 || train is not null };
        if (spec is null) return new BoundData(train, null, unknown);
        Schema? known;
        if (statement is null) known = Described(spec, null, describe);
        else if (!described.TryGetValue(statement, out known))
        {
            described[statement] = known = Described(spec, statement, describe);
            if (known is not null) CheckData(known, spec, statement);
        }

        return new BoundData(train, spec, known is null ? unknown : DataFacts.Of(known, spec));
    }

    private void CheckData(Schema schema, DataSpec spec, DataStatement statement)
    {
        CheckFields(schema, statement);
        if (spec.Augment is { } augment)
            Guard(() => AugmentBinder.Check(statement.Settings.First(i => i.Head.Name == "augment"), augment, schema), statement.Span);
    }

    // A field and a model of one name could not be told apart in a loss.
    private void CheckFields(Schema schema, DataStatement? statement)
    {
        foreach (Field f in schema.Fields)
        {
            if (Namesake(f.Name) is { } kind) Report(BindError.FieldNamedAlready(statement?.SourcePlace() ?? default, f.Name, kind));
        }
    }

    private string? Namesake(string field) => field is Schema.X or Schema.Y ? null
        : _definitions.Models.ContainsKey(field) ? "model"
        : _definitions.Lets.ContainsKey(field) ? "let"
        : null;

    // What the data are; null where they cannot be read, which does not hide other mistakes.
    private Schema? Described(DataSpec spec, DataStatement? statement, Func<DataSpec, Schema?> describe)
    {
        try
        {
            return describe(spec);
        }
        catch (NnException e) when (statement is not null)
        {
            _diagnostics.Report(statement.SourcePlace(), e);
            return null;
        }
    }

    // To the input that the model states, or to that of the data where nothing else can be meant.
    private void BindAlone(ModelBinding model, Schema? info)
    {
        if (model.StatedInput(new Env(null, _definitions)) is { } stated) model.Bind(stated, model.NameSyntax.Span, model.ReadsSymbols ? DType.I32 : DType.F32);
        else if (info?.Inputs.Count > 0 && _definitions.Models.Count == 1 && model.InputNames is null) model.Bind(info.Input.Shape, model.NameSyntax.Span,
            info.Input.Type);
    }

    // A model is bound to its first mistake, and a definition only where it is used; names can be checked all the same.
    private void CheckNames()
    {
        bool mistaken = _diagnostics.Any;
        NameChecker.Check(_script.Statements.OfType<ModelStatement>().Where(m => mistaken
            || _definitions.Models.GetValueOrDefault(m.Name.Name)?.Model is null), _definitions, Report);
        foreach (BindError e in _names.Unknown) Report(e);
    }

    private Value LetValue(LetStatement let) => Evaluator.Evaluate(let.Name, new Env(null, _definitions));

    private DataStatement? DataOf(TrainStatement? train)
    {
        if (train?.Data is { } name) return _data.FirstOrDefault(d => d.Name.Name == name.Name)
            ?? throw BindError.UnknownData(name, _data.Select(d => d.Name.Name));
        if (train is not null && IsWithoutData(train)) return null;
        if (_data.Count > 1 && train is not null) throw BindError.Ambiguous(train.Name.Span, "data", _data.Select(d => d.Name.Name),
            $"name them: train on {_data[0].Name.Name} {{ … }}");
        if (_data.Count == 0 && train is not null) throw BindError.NoData(train.Name.Span);
        return _data.FirstOrDefault();
    }

    // What counts steps is about drawn samples: where the script has none, about nothing but its models.
    private bool IsWithoutData(TrainStatement train) => train.Data is null && train.Settings.Any(i => i.Head.Name == TrainSettings.StepsWord && i.Value is null)
        && !(_data is [{ } only] && only.Settings.Any(i => i.Head.Name == DrawBinder.Word));

    private void Guard(Action bind, TextSpan span)
    {
        try
        {
            bind();
        }
        catch (BindError e)
        {
            _diagnostics.Report(e);
        }
        catch (Exception e) when (e is Ops.ShapeException or OverflowException)
        {
            _diagnostics.Report(BindError.Misfit(span, e.Message));
        }
    }

    private void Report(BindError error) => _diagnostics.Report(error);
}
