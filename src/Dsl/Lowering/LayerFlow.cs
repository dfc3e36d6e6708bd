using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>
/// Runs the lines of a model or block, each on the value before it. Layers are numbered by kind, so that their tensors keep their names from one build to
/// the next.
/// </summary>
internal sealed class LayerFlow(TensorStore tensors, List<LayerSummary>? summary, int depth)
{
    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>Everything that a line of a model may begin with, but for values.</summary>
    public static IReadOnlyCollection<string> LayerNames(Definitions d) =>
        [.. StandardLayers.All.Keys, .. StructuralRow.All.Keys, .. d.Layers.Keys, .. d.Blocks.Keys, .. d.Models.Keys, .. d.Functions.Keys,
            .. Builtins.Functions.Keys];

    public Node Run(IReadOnlyList<Item> items, Node x, Env env)
    {
        foreach (Item item in items)
        {
            var inner = new Env(env, env.Definitions) { It = new TensorValue(x) };
            (Node before, int known) = (x, tensors.Count);
            x = One(item, before, inner);
            if (summary is not null) env.Definitions.Trace?.Add(new LayerUse(item.Span, tensors.Model, Sample(before), Sample(x), tensors.Since(known)));
            if (item.Label is not null) env.Set(env.Definitions.Names.Defined(item), new TensorValue(x));
        }

        return x;
    }

    private static Shape Sample(Node x) => x.Shape.Range(1, x.Shape.Rank);

    private Node One(Item item, Node x, Env env)
    {
        string name = item.Head.Name;
        env.CountWork(item.Span);
        if (StructuralRow.All.TryGetValue(name, out StructuralRow? row)) return row.Run(this, item, x, env);
        NoBlocks(item);
        Definitions d = env.Definitions;
        Symbol? head = d.Names.Of(item.Head);
        // What has mistakes of its own is not there.
        return head?.Kind switch
        {
            SymbolKind.Layer when head!.Definition is null => Standard(item, StandardLayers.All[name], x, env),
            SymbolKind.Layer when d.Layers.TryGetValue(name, out DefinitionStatement? own) => UserLayer(item, own, x, env),
            SymbolKind.Block when d.Blocks.TryGetValue(name, out ModelStatement? block) => Block(item, block, x, env),
            SymbolKind.Model when d.Models.TryGetValue(name, out ModelBinding? model) => Shared(item, model, env),
            _ => Record(item, Activation(item, head, env), [], env, Number(item)),
        };
    }

    private Node Standard(Item item, StandardLayer layer, Node x, Env env)
    {
        string path = Number(item);
        TensorStore own = tensors.Inner(path);
        env.Build!.Graph.Label = own.Prefix;
        if (x.Type == DType.I32 && !layer.Symbols) throw BindError.WantsNumbers(item.Span, layer.Name);
        var call = new LayerCall(layer, item.Arguments, item.Span, x, env, own);
        Node y = ((TensorValue)Evaluator.Make(item.Span, () => layer.Build(call))).Node;
        if (!layer.ActivatesItself) y = call.Activated(y, env.Build) ?? y;
        return Record(item, y, own.Made, env, path, call.Options);
    }

    private Node UserLayer(Item item, DefinitionStatement layer, Node x, Env env)
    {
        string path = Number(item);
        TensorStore own = tensors.Inner(path);
        env.Build!.Graph.Label = own.Prefix;
        var inner = new Env(null, env.Definitions) { Build = env.Build, It = new TensorValue(x) };
        Arguments(item.Arguments, layer.Parameters, item.Head.Name, item.Span, env, inner);
        Value? result = null;
        var states = new Dictionary<Symbol, Parameter>(ReferenceEqualityComparer.Instance);
        foreach (FormulaLine line in layer.Lines)
        {
            if (line.Kind == FormulaKind.Value)
            {
                if (line.Value is ScanExpr loop) ChangesNoState(loop, states, env.Definitions.Names);
                result = Evaluator.Evaluate(line.Value, inner);
                Trace(line, result, env);
                if (line.Name is null) continue;
                Symbol named = env.Definitions.Names.Defined(line);
                inner.Set(named, result);
                if (states.TryGetValue(named, out Parameter? state)) UpdateState(state, result, line, inner);
                continue;
            }

            Parameter p = Declared(line, own, inner);
            Symbol stored = env.Definitions.Names.Defined(line);
            if (line.Kind == FormulaKind.State) states[stored] = p;
            var read = new TensorValue(env.Build.Read(p));
            inner.Set(stored, read);
            Trace(line, read, env);
        }

        if (layer.Lines.Count == 0 || layer.Lines[^1].Name is not null) throw BindError.NoValue(layer.Name.Span, layer.Name.Name);
        Node y = Evaluator.Tensor(result!, item.Span, inner, item.Head.Name);
        // Weights alone, such as a picture that is trained, are the same for each sample; what was made of samples has lost them.
        if (y.Shape.BatchAxis is null && !y.Reaches(x)) y = env.Build!.Graph.BroadcastTo(y, new Shape(x.Shape[0]).Concat(y.Shape));
        return y.Shape.Rank > 0 && y.Shape[0] == x.Shape[0]
            ? Record(item, y, own.Made, env, path)
            : throw BindError.ShapesDiffer(item.Span, $"{item.Head.Name} loses the samples of the batch", x.Shape, y.Shape,
                "its value must keep one row a sample");
    }

    private void Trace(FormulaLine line, Value value, Env env)
    {
        if (summary is not null && value is TensorValue t) env.Definitions.Formulas?.Add(new FormulaUse(line.Span, t.Node.Shape.ToString()));
    }

    private static void ChangesNoState(ScanExpr loop, Dictionary<Symbol, Parameter> states, NameTable names)
    {
        foreach (FormulaLine line in loop.Body.Where(l => l.Name is not null && names.Defined(l) is { } symbol && states.ContainsKey(symbol)))
            throw BindError.KeptInLoop(line.Span, line.Name!);
    }

    private static void UpdateState(Parameter state, Value value, FormulaLine line, Env env)
    {
        Node next = Evaluator.Tensor(value, line.Span, env, state.Name);
        if (next.Shape.Count != state.Shape.Count) throw BindError.ShapesDiffer(line.Span, $"the next {line.Name} has another shape",
            new Shape(1).Concat(state.Shape), new Shape(1).Concat(next.Shape), null);
        env.Build!.Update(state, env.Build.Graph.Detach(env.Build.Graph.Reshape(next, state.Shape)));
    }

    private static Parameter Declared(FormulaLine line, TensorStore own, Env env)
    {
        if (line.Value is not ListExpr extents)
            throw BindError.UnexpectedArgument(line.Value.Span, line.Kind == FormulaKind.State ? "state" : "param", SyntaxText.Of(line.Value),
                $"in a layer, write its extents: {line.Name} = {(line.Kind == FormulaKind.State ? "state" : "param")} [it.features]");
        int[] dims = [.. extents.Items.Select(i => Evaluator.Whole(i, env, line.Name!))];
        var shape = new Shape(dims);
        Initializer init = line.Kind == FormulaKind.State || dims.Length < 2 ? Initializer.Zeros : Initializer.Glorot;
        foreach (Argument a in line.Options)
        {
            if (a.Name != "init") throw BindError.UnknownOption(a.Span, a.Name ?? "…", line.Name!, ["init"]);
            init = Initializers.Evaluate(a.Value, env, shape);
        }

        ParameterKind kind = line.Kind == FormulaKind.State ? ParameterKind.State : dims.Length >= 2 ? ParameterKind.Weight : ParameterKind.Bias;
        long fanOut = dims.Length > 0 ? dims[^1] : 1;
        return own.Get(line.Name!, shape, kind, init, Math.Max(1, shape.Count / Math.Max(1, fanOut)), fanOut);
    }

    private Node Block(Item item, ModelStatement block, Node x, Env env)
    {
        var inner = new Env(null, env.Definitions) { Build = env.Build };
        Arguments(item.Arguments, block.Parameters, item.Head.Name, item.Span, env, inner);
        if (depth > 64) throw BindError.Recursion(item.Span, item.Head.Name);
        return new LayerFlow(tensors.Inner(Number(item)), summary, depth + 1).Run(block.Items, x, inner);
    }

    private Node Shared(Item item, ModelBinding model, Env env)
    {
        // Without values of its own it goes on with the one before it.
        Value value = item.Arguments.Count > 0 || model.InputNames is { Count: > 1 } ? Evaluator.Applied(model, item.Arguments, item.Span, env)
            : Evaluator.Applied(model, [Evaluator.Tensor(env.It!, item.Head.Span, env, model.Name)], item.Span, env);
        Node y = value switch
        {
            TensorValue t => t.Node,
            OutputsValue outputs => throw BindError.SeveralOutputsInFlow(item.Span, model.Name, [.. outputs.Nodes.Keys]),
            _ => throw BindError.NotATensor(item.Span, model.Name, value.Describe()),
        };
        tensors.Include(model.Model!.Parameters);
        summary?.Add(new LayerSummary(item.Label ?? model.Name, model.Name, y.Shape.Range(1, y.Shape.Rank), model.Model.Parameters, depth, Shared: true));
        return y;
    }

    private static Node Activation(Item item, Symbol? head, Env env)
    {
        Value? value = head is { IsLocal: true } or { Kind: SymbolKind.Function or SymbolKind.Let } ? Evaluator.Evaluate(item.Head, env) : null;
        if (value is not FunctionValue function) throw BindError.UnknownLayer(item.Head, LayerNames(env.Definitions));
        // An option may be written like a layer's: leaky_relu 0.2.
        Value result = Evaluator.Called(function, item.Head.Name, env.It, item.Arguments, item.Span, env);
        return Evaluator.Tensor(result, item.Span, env, item.Head.Name);
    }

    /// <summary>A line <c>input</c>, which states what is known when the model is bound.</summary>
    public static Node Input(Item item, Node x) => item.Arguments.Count == 1 ? x
        : throw BindError.MissingArgument(item.Span, "input", "a shape, such as 28x28x1");

    /// <summary>A line <c>from</c>.</summary>
    public static Node From(Item item, Env env)
    {
        NoBlocks(item);
        return item.Arguments is [{ Value: NameExpr source }] ? Named(source, env)
            : throw BindError.MissingArgument(item.Span, "from", "the name of a value before it");
    }

    /// <summary>A line <c>residual</c>.</summary>
    public Node Residual(Item item, Node x, Env env)
    {
        if (item.Blocks.Count != 1) throw BindError.NeedsBody(item.Span, "residual", "residual { … }");
        Node y = Branch(item.Blocks[0], x, env);
        if (y.Shape != x.Shape)
            throw BindError.ShapesDiffer(item.Span, "residual adds its body to the value before it", x.Shape, y.Shape,
                "the body must keep the shape; with another shape use add { … } { … }");
        return Told(item, env.Build!.Graph.Add(x, y), env);
    }

    /// <summary>A line <c>add</c> or <c>concat</c>.</summary>
    public Node Join(Item item, Node x, Env env)
    {
        Node[] parts =
        [
            .. item.Blocks.Select(b => Branch(b, x, env)),
            .. item.Arguments.Select(a => a.Value is NameExpr n ? Named(n, env)
                : throw BindError.UnexpectedArgument(a.Span, item.Head.Name, "this", "name values of the model: add a, b")),
        ];
        if (parts.Length == 1 && item.Blocks.Count == 0) parts = [x, parts[0]];
        if (parts.Length < 2) throw BindError.BranchCount(item.Span, item.Head.Name);
        GraphBuilder g = env.Build!.Graph;
        if (item.Head.Name == "add")
        {
            foreach (Node p in parts.Skip(1))
            {
                if (p.Shape != parts[0].Shape) throw BindError.ShapesDiffer(item.Span, "add needs branches of one shape", parts[0].Shape, p.Shape,
                    "match them with a conv 1x1 or a dense");
            }

            return Told(item, parts.Aggregate(g.Add), env);
        }

        foreach (Node p in parts.Skip(1))
        {
            if (p.Shape.Rank != parts[0].Shape.Rank || p.Shape.With(-1, 1) != parts[0].Shape.With(-1, 1))
                throw BindError.ShapesDiffer(item.Span, "concat joins along the last axis; the others must agree", parts[0].Shape, p.Shape, null);
        }

        return Told(item, g.Concat(-1, parts), env);
    }

    private Node Branch(IReadOnlyList<Item> items, Node x, Env env)
    {
        var inner = new Env(env, env.Definitions);
        return Run(items, x, inner);
    }

    /// <summary>A line <c>repeat</c>.</summary>
    public Node Repeat(Item item, Node x, Env env)
    {
        if (item.Blocks.Count != 1) throw BindError.NeedsBody(item.Span, "repeat", "repeat 3 { … }");
        if (item.Arguments.Count != 1) throw BindError.MissingArgument(item.Span, "repeat", "how often");
        int times = Evaluator.Whole(item.Arguments[0].Value, env, "repeat", new WholeRange(0, 10_000));
        for (int i = 0; i < times; i++)
        {
            var inner = new Env(env, env.Definitions);
            if (item.LoopVariable is not null) inner.Set(env.Definitions.Names.Loop(item), new NumberValue(i));
            x = Run(item.Blocks[0], x, inner);
        }

        return x;
    }

    private static Node Named(NameExpr name, Env env) => env.Definitions.Names.Of(name) is { } symbol && env.Find(symbol) is TensorValue t
        ? t.Node
        : throw BindError.UnknownName(name, env.Names);

    private static void Arguments(IReadOnlyList<Argument> arguments, IReadOnlyList<ParameterSyntax> parameters, string name, TextSpan span, Env outer,
        Env inner)
    {
        NameTable names = outer.Definitions.Names;
        int next = 0;
        foreach (Argument a in arguments)
        {
            ParameterSyntax? p = a.Name is not null ? parameters.FirstOrDefault(x => x.Name == a.Name) : next < parameters.Count ? parameters[next++] : null;
            if (p is null)
            {
                throw a.Name is not null
                    ? BindError.UnknownOption(a.NameSpan, a.Name, name, parameters.Select(x => x.Name))
                    : BindError.TooManyArguments(a.Span, name, parameters.Count);
            }

            Symbol symbol = names.Defined(p);
            if (inner.Find(symbol) is not null) throw BindError.GivenTwice(a.Span, name, p.Name);
            inner.Set(symbol, Evaluator.Evaluate(a.Value, outer));
        }

        foreach (ParameterSyntax p in parameters.Where(p => inner.Find(names.Defined(p)) is null))
        {
            if (p.Default is null) throw BindError.MissingArgument(span, name, $"'{p.Name}'");
            inner.Set(names.Defined(p), Evaluator.Evaluate(p.Default, inner));
        }
    }

    private string Number(Item item)
    {
        if (item.Label is not null) return item.Label;
        string kind = item.Head.Name;
        int n = _numbers[kind] = _numbers.GetValueOrDefault(kind) + 1;
        return $"{kind}_{n}";
    }

    private Node Record(Item item, Node after, IReadOnlyList<Parameter> made, Env env, string path, string options = "")
    {
        string text = item.Head.Name + (item.Arguments.Count > 0 ? " " + string.Join(", ", item.Arguments.Select(SyntaxText.Of)) : "");
        summary?.Add(new LayerSummary(path, text, after.Shape.Range(1, after.Shape.Rank), made, depth) { Options = options });
        env.Build!.OnLayer?.Invoke(new LayerValue($"{tensors.Prefix}.{path}", text, after));
        return after;
    }

    // What joins branches is no layer of the summary, but gives a value like one.
    private Node Told(Item item, Node after, Env env)
    {
        env.Build!.OnLayer?.Invoke(new LayerValue($"{tensors.Prefix}.{Number(item)}", item.Head.Name, after));
        return after;
    }

    private static void NoBlocks(Item item)
    {
        if (item.Blocks.Count > 0) throw BindError.HasNoBody(item.Span, item.Head.Name);
    }
}
