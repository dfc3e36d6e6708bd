namespace Nn.Dsl;

/// <summary>
/// Goes through a script and finds what each name stands for: once, for formulas that are run, for mistakes, and for editors. Nothing is evaluated, so that
/// names are known in a script with mistakes too.
/// </summary>
internal sealed partial class NameReader
{
    private static readonly Lazy<NameTable> OfPrelude = new(() => Read(PreludeScript.Script, new NameTable(null))._table);

    private readonly Script _script;
    private readonly NameTable _table;
    private readonly List<NameUse> _uses = [];
    private readonly List<BindError> _unknown = [];
    private bool _inFormula;
    private readonly Dictionary<(SymbolKind Kind, string Name), Symbol> _defined = [];
    private readonly Dictionary<string, Symbol> _labels = [];
    private readonly Dictionary<string, Symbol> _fields = [];
    private readonly Dictionary<Symbol, Dictionary<string, Symbol>> _parameters = new(ReferenceEqualityComparer.Instance);

    private NameReader(Script script, NameTable table) => (_script, _table) = (script, table);

    /// <summary>What each name stands for.</summary>
    public NameTable Table => _table;

    /// <summary>The places of names, in the order in which they were come to.</summary>
    public IReadOnlyList<NameUse> Uses => _uses;

    /// <summary>Names in formulas of functions, layers and optimizers that stand for nothing, whether anything uses these definitions or not.</summary>
    public IReadOnlyList<BindError> Unknown => _unknown;

    private Token[] Tokens => field ??= [.. Lexer.Tokenize(_script.Source, new Diagnostics(_script.Source)).Where(t => t.Kind != TokenKind.Separator)];

    /// <summary>Goes through all of a script but its trainings, whose losses name fields of the data.</summary>
    /// <param name="script">As parsed.</param>
    public static NameReader Read(Script script) => Read(script, new NameTable(OfPrelude.Value));

    private static NameReader Read(Script script, NameTable table)
    {
        var reader = new NameReader(script, table);
        foreach (DataStatement data in script.Statements.OfType<DataStatement>()) reader.DeclareFields(data);
        foreach (Statement s in script.Statements) reader.Declare(s);
        foreach (Statement s in script.Statements.Where(s => s is not TrainStatement)) reader.Statement(s);
        return reader;
    }

    /// <summary>Goes through the trainings. Their losses may name the layers of models, wherever these stand.</summary>
    /// <param name="fields">The names of the fields of the data that a training is on; null where nobody knows them but the script.</param>
    public void ReadTrainings(Func<TrainStatement, IEnumerable<string>?> fields)
    {
        foreach (TrainStatement t in _script.Statements.OfType<TrainStatement>()) Training(t, fields(t) ?? FieldNames(t));
    }

    /// <summary>Goes through a <c>let</c> that stands in no script: one that the command line gives another value.</summary>
    public void Add(LetStatement let)
    {
        _table.Set(let.Name, _defined[(SymbolKind.Let, let.Name.Name)]);
        Read(let.Value, new NameScope(null));
    }

    // Inputs of models and outputs are matched with fields by their names, so that these are one name for one thing.
    private void DeclareFields(DataStatement data)
    {
        foreach (Item field in data.Settings.Where(i => i.Head.Name == FieldBinder.Word))
        {
            if (field.Arguments is [{ Value: NameExpr name }, ..]) _fields.TryAdd(name.Name, new Symbol(SymbolKind.Local, name.Name, "data", name.Span, field));
        }

        string[] names = [.. FieldNames(data)];
        // x and y are no names that anybody chose.
        if (names is [Data.Schema.X, Data.Schema.Y]) return;
        foreach (string name in names) _fields.TryAdd(name, new Symbol(SymbolKind.Column, name, ""));
    }

    private void Declare(Statement s)
    {
        SymbolKind? kind = s switch
        {
            LetStatement => SymbolKind.Let,
            DefinitionStatement { Kind: "fn" } => SymbolKind.Function,
            DefinitionStatement { Kind: "layer" } => SymbolKind.Layer,
            DefinitionStatement => SymbolKind.Optimizer,
            ModelStatement { Kind: "block" } => SymbolKind.Block,
            ModelStatement => SymbolKind.Model,
            DataStatement => SymbolKind.Data,
            _ => null,
        };
        if (kind is not { } k) return;
        var symbol = new Symbol(k, s.Name.Name, "", s.Name.Span, s);
        _defined[(k, s.Name.Name)] = symbol;
        IReadOnlyList<ParameterSyntax> parameters = s switch { DefinitionStatement d => d.Parameters, ModelStatement m => m.Parameters, _ => [] };
        var own = new Dictionary<string, Symbol>();
        foreach (ParameterSyntax p in parameters) own[p.Name] = s is ModelStatement { Kind: "model" } && _fields.TryGetValue(p.Name, out Symbol? field) ? field
            : new Symbol(SymbolKind.Parameter, p.Name, s.Name.Name, new TextSpan(p.Span.Start, p.Name.Length), p);
        foreach (ParameterSyntax p in parameters) _table.Set(p, own[p.Name]);
        _parameters[symbol] = own;
    }

    private void Training(TrainStatement train, IEnumerable<string> fields)
    {
        Begin(train);
        var scope = new NameScope(null);
        if (train.Model is { } trained) Use(SymbolKind.Model, trained);
        if (train.Data is { } on) Use(SymbolKind.Data, on);
        var formulas = new NameScope(scope) { IsLoss = true };
        foreach (string field in fields)
        {
            if (_fields.TryGetValue(field, out Symbol? defined)) formulas.Add(defined);
            else formulas.Given("loss", field);
        }

        if (!Defined(SymbolKind.Let, SymbolKind.Model, SymbolKind.Function).Contains(TrainBinder.Labelled) && formulas.Find(TrainBinder.Labelled) is null)
            formulas.Given("loss", TrainBinder.Labelled);
        _table.Give(train, formulas.Own);
        foreach (Item i in train.Settings) TrainSetting(i, "train", scope, formulas);
    }

    // The word that begins a statement.
    private void Begin(Statement s) =>
        Note(new TextSpan(s.Span.Start, TokenAt(s.Span.Start)?.Span.Length ?? 0), new Symbol(SymbolKind.Keyword, TokenAt(s.Span.Start)?.Text ?? "", ""));

    private void Statement(Statement s)
    {
        Begin(s);
        var scope = new NameScope(null);
        switch (s)
        {
            case LetStatement let:
                Define(SymbolKind.Let, let.Name);
                Read(let.Value, scope);
                break;
            case DefinitionStatement d:
                Formulas(d, scope);
                break;
            case ModelStatement m:
                Define(m.Kind == "block" ? SymbolKind.Block : SymbolKind.Model, m.Name);
                Parameters(m.Parameters, scope);
                if (m.Items is [.., { Head.Name: StructuralRow.OutputsWord } last])
                {
                    foreach (Argument a in last.Arguments)
                    {
                        if (a.Value is NameExpr output && _fields.TryGetValue(output.Name, out Symbol? target)) scope.Add(_labels[output.Name] = target);
                    }
                }

                Lines(m.Items, scope, m.Name.Name);
                break;
            case DataStatement data:
                Define(SymbolKind.Data, data.Name);
                foreach (Item i in data.Settings) DataSetting(i, scope);
                break;
            case SearchStatement search:
                Search(search, scope);
                break;
        }
    }

    // Those that the data of a training are said to have.
    private IEnumerable<string> FieldNames(TrainStatement train)
    {
        DataStatement[] all = [.. _script.Statements.OfType<DataStatement>()];
        DataStatement? data = train.Data is { } on ? Array.Find(all, d => d.Name.Name == on.Name) : all is [{ } only] ? only : null;
        return data is null ? [Data.Schema.X, Data.Schema.Y] : FieldNames(data);
    }

    private static IEnumerable<string> FieldNames(DataStatement data)
    {
        if (data.Settings.FirstOrDefault(i => i.Head.Name == "builtin") is { Arguments: [{ Value: NameExpr generator }, ..] })
            return Data.Generators.FieldsOf(generator.Name);
        string[] fields = [.. Named(data, FieldBinder.Word)], targets = [.. Named(data, "target")];
        bool named = fields.Length > 0 || targets.Length > 1;
        return [.. fields.DefaultIfEmpty(Data.Schema.X), .. named ? targets : [Data.Schema.Y]];
    }

    private static IEnumerable<string> Named(DataStatement data, string line) => data.Settings.Where(i => i.Head.Name == line)
        .SelectMany(i => line == FieldBinder.Word ? i.Arguments.Take(1) : i.Arguments)
        .SelectMany(a => a.Value is ListExpr list ? list.Items : [a.Value]).OfType<NameExpr>().Select(n => n.Name);

    private void Formulas(DefinitionStatement d, NameScope scope)
    {
        Define(d.Kind switch { "fn" => SymbolKind.Function, "layer" => SymbolKind.Layer, _ => SymbolKind.Optimizer }, d.Name);
        if (d.Kind == "layer") scope.Given("layer", "it");
        if (d.Kind == "optimizer") scope.Given("optimizer", "w", "g", "t", "lr");
        _table.Give(d, scope.Own);
        Parameters(d.Parameters, scope);
        foreach (FormulaLine line in d.Lines) Formula(line, scope, d.Name.Name, d.Kind);
    }

    // A line of the formulas of a definition, or of a loop within them.
    private void Formula(FormulaLine line, NameScope scope, string within, string kind = "")
    {
        Token? first = TokenAt(line.Span.Start);
        // `state NAME = …` and `NAME = state …`.
        bool named = first is not null && first.Text == line.Name && After(first) is { Kind: TokenKind.Symbol } next && next.Text.EndsWith('=');
        Token? name = named ? first : first is null ? null : After(first);
        if (line.Kind != FormulaKind.Value && first is not null && name is not null)
        {
            Token? word = ReferenceEquals(name, first) ? After(After(first)) : first;
            if (word is not null) Note(word.Span, new Symbol(SymbolKind.Keyword, word.Text, kind));
        }

        bool outer = _inFormula;
        _inFormula = true;
        Read(line.Value, scope);
        _inFormula = outer;
        foreach (Argument a in line.Options)
        {
            if (a.Name is not null) Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, "param"));
            Initializer(a.Value, scope);
        }

        if (line.Name is null || name is null) return;
        Symbol? known = scope.Find(line.Name);
        // The update of a weight is no new value of that name; what shadows a gradient is.
        bool updates = known is { Within: "optimizer", Name: "w" or "lr" };
        if (known is null || known is { Kind: SymbolKind.Local, Definition: null } && !updates)
            known = scope.Add(new Symbol(SymbolKind.Local, line.Name, within, name.Span, line));
        _table.Set(line, known);
        _uses.Add(new NameUse(name.Span, known, known.Definition == name.Span));
    }

    private void Parameters(IReadOnlyList<ParameterSyntax> parameters, NameScope scope)
    {
        foreach (ParameterSyntax p in parameters)
        {
            Read(p.Default, scope);
            Symbol symbol = scope.Add(_table.Defined(p));
            _uses.Add(new NameUse(new TextSpan(p.Span.Start, p.Name.Length), symbol, symbol.Definition?.Start == p.Span.Start));
        }
    }

    private void Search(SearchStatement search, NameScope scope)
    {
        foreach (Argument a in search.Options)
        {
            if (a.Name is not null) Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, "search"));
            Word(a.Value, a.Name ?? "search", scope);
        }

        foreach (SearchRange r in search.Ranges)
        {
            Use(SymbolKind.Let, r.Name);
            Read(r.Values, scope);
            foreach (Argument a in r.Options)
            {
                if (a.Name is not null) Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, "in"));
                Read(a.Value, scope);
            }
        }
    }

    private Symbol Define(SymbolKind kind, NameExpr name)
    {
        // Defined twice, the last counts; the first is still a place that speaks of it.
        Symbol symbol = _defined[(kind, name.Name)];
        _table.Set(name, symbol);
        _uses.Add(new NameUse(name.Span, symbol, symbol.Definition == name.Span));
        return symbol;
    }

    private bool Use(SymbolKind kind, NameExpr name)
    {
        if (!_defined.TryGetValue((kind, name.Name), out Symbol? symbol)) return false;
        _table.Set(name, symbol);
        _uses.Add(new NameUse(name.Span, symbol, false));
        return true;
    }

    private void Note(NameExpr name, Symbol symbol)
    {
        _table.Set(name, symbol);
        Note(name.Span, symbol);
    }

    private void Note(TextSpan span, Symbol symbol) => _uses.Add(new NameUse(span, symbol, false));

    private Token? TokenAt(int start) => IndexOf(start) is var i and >= 0 ? Tokens[i] : null;

    private Token? After(Token? token) => token is not null && IndexOf(token.Span.Start) + 1 is var next && next < Tokens.Length ? Tokens[next] : null;

    // Of the token that begins there; -1 where none does.
    private int IndexOf(int start)
    {
        (int low, int high) = (0, Tokens.Length - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2, at = Tokens[middle].Span.Start;
            if (at == start) return middle;
            if (at < start) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }
}
