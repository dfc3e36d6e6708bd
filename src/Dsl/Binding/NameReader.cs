namespace Nn.Dsl;

/// <summary>
/// Goes through a script and finds what each name stands for: once, for formulas that are run, for mistakes, and for editors. Nothing is evaluated, so that
/// names are known in a script with mistakes too.
/// </summary>
internal sealed class NameReader
{
    private static readonly Lazy<NameTable> OfPrelude = new(() => Read(PreludeScript.Script, new NameTable(null)).Table);

    private readonly Script _script;
    private readonly DefinedNames _defined;
    private readonly NameNotes _notes;
    private readonly FormulaNames _formulas;
    private readonly LayerNames _layers;
    private readonly SettingNames _settings;

    private NameReader(Script script, NameTable table)
    {
        (_script, _defined) = (script, new DefinedNames(table));
        _notes = new NameNotes(script, table, _defined);
        _formulas = new FormulaNames(_notes, _defined);
        (_layers, _settings) = (new LayerNames(_notes, _defined, _formulas), new SettingNames(_notes, _defined, _formulas));
    }

    /// <summary>What each name stands for.</summary>
    public NameTable Table => _notes.Table;

    /// <summary>The places of names, in the order in which they were come to.</summary>
    public IReadOnlyList<NameUse> Uses => _notes.Uses;

    /// <summary>Names in formulas of functions, layers and optimizers that stand for nothing, whether anything uses these definitions or not.</summary>
    public IReadOnlyList<BindError> Unknown => _formulas.Unknown;

    /// <summary>Goes through all of a script but its trainings, whose losses name fields of the data.</summary>
    /// <param name="script">As parsed.</param>
    public static NameReader Read(Script script) => Read(script, new NameTable(OfPrelude.Value));

    private static NameReader Read(Script script, NameTable table)
    {
        var reader = new NameReader(script, table);
        foreach (DataStatement data in script.Statements.OfType<DataStatement>()) reader._defined.DeclareFields(data);
        foreach (Statement s in script.Statements) reader._defined.Declare(s);
        foreach (Statement s in script.Statements.Where(s => s is not TrainStatement)) reader.Statement(s);
        return reader;
    }

    /// <summary>Goes through the trainings. Their losses may name the layers of models, wherever these stand.</summary>
    /// <param name="fields">The names of the fields of the data that a training is on; null where nobody knows them but the script.</param>
    public void ReadTrainings(Func<TrainStatement, IEnumerable<string>?> fields)
    {
        foreach (TrainStatement t in _script.Statements.OfType<TrainStatement>()) Training(t, fields(t) ?? SaidFields.Of(_script, t));
    }

    /// <summary>Goes through a <c>let</c> that stands in no script: one that the command line gives another value.</summary>
    public void Add(LetStatement let)
    {
        Table.Set(let.Name, _defined.Find(SymbolKind.Let, let.Name.Name));
        _formulas.Read(let.Value, new NameScope(null));
    }

    private void Training(TrainStatement train, IEnumerable<string> fields)
    {
        _notes.Begin(train);
        var scope = new NameScope(null);
        if (train.Model is { } trained) _notes.Use(SymbolKind.Model, trained);
        if (train.Data is { } on) _notes.Use(SymbolKind.Data, on);
        var formulas = new NameScope(scope) { IsLoss = true };
        foreach (string field in fields)
        {
            if (_defined.Fields.TryGetValue(field, out Symbol? defined)) formulas.Add(defined);
            else formulas.Given("loss", field);
        }

        if (!_defined.Names(SymbolKind.Let, SymbolKind.Model, SymbolKind.Function).Contains(GivenName.Labelled)
            && formulas.Find(GivenName.Labelled) is null)
            formulas.Given("loss", GivenName.Labelled);
        _notes.Table.Give(train, formulas.Own);
        foreach (Item i in train.Settings) _settings.TrainSetting(i, "train", scope, formulas);
    }

    private void Statement(Statement s)
    {
        _notes.Begin(s);
        var scope = new NameScope(null);
        switch (s)
        {
            case LetStatement let:
                _notes.Define(SymbolKind.Let, let.Name);
                _formulas.Read(let.Value, scope);
                break;
            case DefinitionStatement d:
                Formulas(d, scope);
                break;
            case ModelStatement m:
                _notes.Define(m.Kind == "block" ? SymbolKind.Block : SymbolKind.Model, m.Name);
                _formulas.Parameters(m.Parameters, scope);
                if (m.Items is [.., { Head.Name: StructuralRow.OutputsWord } last])
                {
                    foreach (Argument a in last.Arguments)
                    {
                        if (a.Value is NameExpr output && _defined.Fields.TryGetValue(output.Name, out Symbol? target))
                            scope.Add(_defined.Labels[output.Name] = target);
                    }
                }

                _layers.Lines(m.Items, scope, m.Name.Name);
                break;
            case DataStatement data:
                _notes.Define(SymbolKind.Data, data.Name);
                foreach (Item i in data.Settings) _settings.DataSetting(i, scope);
                break;
            case SearchStatement search:
                _settings.Search(search, scope);
                break;
        }
    }

    private void Formulas(DefinitionStatement d, NameScope scope)
    {
        _notes.Define(d.Kind switch { "fn" => SymbolKind.Function, "layer" => SymbolKind.Layer, _ => SymbolKind.Optimizer }, d.Name);
        scope.Given(d.Kind, [.. GivenName.In(d.Kind).Select(n => n.Name)]);
        _notes.Table.Give(d, scope.Own);
        _formulas.Parameters(d.Parameters, scope);
        foreach (FormulaLine line in d.Lines) _formulas.Formula(line, scope, d.Name.Name, d.Kind);
    }
}
