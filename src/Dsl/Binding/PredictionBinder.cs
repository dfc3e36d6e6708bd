using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Finds what makes the predictions of a training: a model that its loss compares with a target, and the fields that it is made from.</summary>
internal sealed class PredictionBinder(TrainStatement train, Definitions definitions, Schema data)
{
    /// <summary>The model that the block names; else the only one, or what the loss compares with the target. Null: there is none.</summary>
    public ModelPrediction? Bind(BoundUpdate[] parts, IReadOnlyList<ModelBinding> models)
    {
        ModelPrediction? found = Predictor(parts);
        if (train.Model is not { } name) return found;
        ModelBinding named = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        // The loss says which fields it takes.
        if (found is not null && (found.Model == named.Model || found.Written is not null)) return found;
        if (data.Targets.Count == 0 && found is null && named.InputNames is null) return OfDrawn(named, parts);
        IReadOnlyList<Field> fields = ModelFields.Of(named, data, name.Span);
        Model bound = named.Bind([.. fields.Select(f => (f.Form.Shape, f.Form.Type))], name.Span, [.. fields.Select(f => f.Form)]);
        for (int i = 0; i < fields.Count; i++)
        {
            if (!bound.Inputs[i].Shape.Admits(fields[i].Form.Shape))
                throw BindError.PredictsFromOthers(name.Span, named.Name, bound.Inputs[i].Shape, fields[i].Form.Shape, found is not null);
        }

        return Prediction(bound, named.Name, [.. fields.Select(f => f.Name)], parts);
    }

    // Of points that are drawn the first kind that it can take; none where nothing is looked at.
    private ModelPrediction? OfDrawn(ModelBinding named, BoundUpdate[] parts) =>
        named.Model is { } model && data.Inputs.FirstOrDefault(f => model.Inputs[0].Shape.Admits(f.Form.Shape)) is { } field
            ? Prediction(model, named.Name, [field.Name], parts)
            : null;

    private ModelPrediction? Predictor(BoundUpdate[] parts)
    {
        if (parts is not [{ } only]) return null;
        if (only.Unnamed is not { } single) return Predictor(only);
        return Prediction(single.Model!, single.Name, [.. ModelFields.Of(single, data, single.NameSyntax.Span).Select(f => f.Name)], parts);
    }

    // In loss(decoder(encoder(x)), …) the outermost model makes the prediction, if it is applied to inputs of the data alone.
    private ModelPrediction? Predictor(BoundUpdate update)
    {
        Expr? first = update.Loss switch
        {
            CallExpr { Arguments: [{ Value: var compared }, ..] } => update.Resolved(compared),
            // All terms of a sum of losses must compare outputs of one model.
            _ => update.Compared,
        };
        while (first is MemberExpr member) first = update.Resolved(member.Target);
        if (first is not CallExpr outer || definitions.ModelOf(outer) is not { } last) return null;
        if (FieldsOf(outer) is { } fields) return Prediction(last.Model!, last.Name, fields, [update]);
        var chain = new List<Model>();
        for (Expr e = outer; update.Resolved(e) is CallExpr { Arguments: [{ Value: var inner }] } call && definitions.ModelOf(call) is { } m; e = inner)
        {
            if (m.Model!.Outputs.Count > 1 && call != outer) return null;
            chain.Insert(0, m.Model!);
            if (InputOf(inner) is not { } field) continue;
            var whole = new Model(
                string.Join("_", chain.Select(c => c.Name)), [chain[0].Inputs[0] with { Name = field }], last.Model!.Outputs,
                    [.. chain.SelectMany(c => c.Parameters).Distinct()],
                [.. chain.SelectMany(c => c.Layers)], (scope, nodes) => chain.Aggregate(nodes, (v, c) => scope.Apply(c, v)));
            return Prediction(whole, last.Name, [field], [update]);
        }

        return Composed(outer, last, update);
    }

    // decoder(shifted(target), encoder(source)): whatever is made of fields is a model of these. A target may only be looked at shifted, and is written then.
    private ModelPrediction? Composed(CallExpr outer, ModelBinding last, BoundUpdate update)
    {
        Item[] lines = [.. NeededFor(outer, update)];
        Expr[] formulas = [outer, .. lines.Select(l => l.Value!)];
        string[] fields = [.. formulas.SelectMany(ExprNames.Of).Select(FieldOf).OfType<string>().Distinct()];
        Field[] taken = [.. data.Inputs.Where(f => fields.Contains(f.Name))], written = [.. data.Targets.Where(f => fields.Contains(f.Name))];
        if (taken.Length == 0 || written is not [{ Form: { IsSymbols: true, Names.Count: > 0, Shape.Rank: 1 } } target]) return null;
        if (!formulas.All(f => IsShiftedOnly(f, target.Name))) return null;
        ModelBinding[] parts = [.. formulas.SelectMany(ExprNames.Of).Select(definitions.Names.Of).OfType<Symbol>()
            .Where(s => s.Kind == SymbolKind.Model).Select(s => definitions.Models[s.Name]).Distinct()];
        // One number for each symbol at each place is what a place can be written by.
        if (last.Model!.Outputs is not [{ Shape: { Rank: 2 } given }] || given[-1] != target.Form.Symbols) return null;
        Field[] all = [.. taken, target];
        DataFacts facts = definitions.Data;
        var whole = new Model(
            string.Join("_", parts.Reverse().Select(p => p.Name)), [.. all.Select(f => new NamedShape(f.Name, f.Form.Shape.Open(), f.Form.Type))],
            last.Model.Outputs, [.. parts.SelectMany(p => p.Model!.Parameters).Distinct()], [.. parts.Reverse().SelectMany(p => p.Model!.Layers)],
            (scope, nodes) => definitions.Under<IReadOnlyList<Node>>(facts, () =>
            {
                var env = new Env(null, definitions) { Build = scope, Samples = nodes[0].Shape[0] };
                for (int i = 0; i < all.Length; i++)
                    env.Set(definitions.Names.Given(train)[all[i].Name], new TensorValue(scope.Tell(nodes[i], all[i].Form)));
                foreach (Item line in lines) env.Set(definitions.Names.Defined(line), Evaluator.Evaluate(line.Value!, env));
                return [Evaluator.Tensor(Evaluator.Evaluate(outer, env), outer.Span, env, last.Name)];
            }));
        return Prediction(whole, last.Name, [.. taken.Select(f => f.Name)], [update]) with { Written = target };
    }

    // The lines that name values which an expression is made of, in their order.
    private IEnumerable<Item> NeededFor(Expr e, BoundUpdate update)
    {
        var needed = new HashSet<Item>();
        void Add(Expr of)
        {
            foreach (NameExpr name in ExprNames.Of(of))
            {
                Item? line = definitions.Names.Of(name) is { } symbol ? update.Values.FirstOrDefault(v => definitions.Names.Defined(v) == symbol) : null;
                if (line is not null && needed.Add(line)) Add(line.Value!);
            }
        }

        Add(e);
        return update.Values.Where(needed.Contains);
    }

    private bool IsShiftedOnly(Expr e, string field)
    {
        int shifted = ExprWalk.Of(e).Count(
            part => part is CallExpr { Arguments: [{ Value: NameExpr only }] } call && FieldOf(only) == field
                && definitions.FunctionOf(call) is { Name: "shifted", Definition: null });
        return shifted == ExprNames.Of(e).Count(n => FieldOf(n) == field);
    }

    // Each output is held against the target that a loss compares it with, else against that of its name, or the only one with the only one.
    private ModelPrediction Prediction(Model model, string name, IReadOnlyList<string> fields, IEnumerable<BoundUpdate> updates)
    {
        var compared = new Dictionary<string, string>();
        foreach ((CallExpr call, string? output, Expr with) in updates.SelectMany(u => u.Comparisons))
        {
            if (definitions.ModelOf(call)?.Name == name && FieldOf(with) is { } target) compared.TryAdd(output ?? model.Outputs[0].Name, target);
        }

        Field? Target(NamedShape output) => Named(compared.GetValueOrDefault(output.Name)) ?? Named(output.Name)
            ?? (model.Outputs.Count == 1 && data.Targets is [{ } only] ? only : null);
        Field? Named(string? target) => data.Targets.FirstOrDefault(t => t.Name == target);
        return new ModelPrediction(model, fields, [.. model.Outputs.Select(Target)]);
    }

    // The fields that a model is applied to, where it is applied to nothing else.
    private string[]? FieldsOf(CallExpr call)
    {
        string?[] fields = [.. call.Arguments.Select(a => a.Name is null ? InputOf(a.Value) : null)];
        return fields.Length > 0 && Array.TrueForAll(fields, f => f is not null) ? [.. fields.OfType<string>()] : null;
    }

    // The field of the data that a name stands for.
    private string? FieldOf(Expr e) => e is NameExpr n && definitions.Names.Of(n) is { } symbol
        && definitions.Names.Given(train).GetValueOrDefault(n.Name) == symbol ? n.Name : null;

    private string? InputOf(Expr e) => FieldOf(e) is { } field && data.Inputs.Any(f => f.Name == field) ? field : null;
}
