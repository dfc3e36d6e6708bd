using Nn.Training;

namespace Nn.Dsl;

/// <summary>The models within a trained one that do not learn as the rest does: the lines <c>freeze</c> and <c>part</c>.</summary>
internal static class PartBinder
{
    /// <summary>The row of <c>part</c>.</summary>
    public static Setting<UpdateParts> Row { get; } = new(
        "train", "part", "a model within the trained one that stands still at first, or learns at another rate; one line for each",
        "part body, freeze: 2 epochs, lr_factor: 0.1", Read,
        OptionRow.Bare("model", OptionKind.Model),
        new("freeze", OptionKind.Value, "", "how long its weights stand still from the beginning, such as 2 epochs or 500 steps"),
        new("lr_factor", OptionKind.Number, "1", "by which the learning rate is multiplied for its weights"));

    /// <summary>A step with the parts that its lines name.</summary>
    public static TrainingStep Bind(TrainingStep step, UpdateParts stated, IReadOnlyList<ModelBinding> models)
    {
        step = step with { Frozen = Frozen(step, stated.Frozen, models) };
        return step with { Parts = Parts(step, stated.Parts, models) };
    }

    private static UpdateParts Read(SettingCall c, UpdateParts s)
    {
        if (c.Find("model")?.Value is not NameExpr model) throw BindError.MissingArgument(c.Span, "part", "the model", "part body, lr_factor: 0.1");
        if (!c.Has("freeze") && !c.Has("lr_factor")) throw BindError.MissingArgument(c.Span, "part", "freeze: 2 epochs or lr_factor: 0.1");
        if (s.Optimizer is { History: > 0 } searching) throw BindError.WithoutEffect(c.Span, "part", searching.Name, "goes in one direction with all weights");
        if (c.Find("lr_factor") is { } f && s.Optimizer is { HasRate: false } without)
            throw BindError.WithoutEffect(f.Span, "lr_factor", without.Name, "has no learning rate");
        double factor = c.Number("lr_factor", "lr_factor") ?? 1;
        if (!(factor > 0)) throw BindError.OutOfRange(c.Find("lr_factor")!.Value.Span, "lr_factor", factor, "above 0");
        Duration? freeze = c.Find("freeze") is { } d ? SettingReader.Duration(d.Value) : null;
        return s with { Parts = [.. s.Parts, new StatedPart(model, freeze, factor)] };
    }

    // Of these models each is part of what the step trains, and something else is left to train.
    private static Model[] Frozen(TrainingStep step, IReadOnlyList<NameExpr> names, IReadOnlyList<ModelBinding> models)
    {
        Model[] frozen = [.. names.Select(n => PartOf(step, n, models))];
        return names.Count == 0 || (step with { Frozen = frozen }).Trained.Any() ? frozen : throw BindError.FreezesAll(names[0].Span, names[0].Name);
    }

    private static TrainedPart[] Parts(TrainingStep step, IReadOnlyList<StatedPart> stated, IReadOnlyList<ModelBinding> models)
    {
        var parts = new List<TrainedPart>();
        var learning = step.Trained.ToHashSet();
        foreach (StatedPart s in stated)
        {
            Model model = PartOf(step, s.Model, models);
            if (parts.FirstOrDefault(p => p.Model.Parameters.Any(x => x.Trained && model.Parameters.Contains(x))) is { } other)
                throw TrainingErrors.PartOfTwo(s.Model.Span, s.Model.Name, other.Model.Name);
            if (s.Freeze is { Count: > 0 }) learning.ExceptWith(model.Parameters);
            if (learning.Count == 0) throw TrainingErrors.AllFrozenAtFirst(s.Model.Span, s.Model.Name);
            parts.Add(new TrainedPart(model, s.Freeze is { Count: > 0 } ? s.Freeze : null, new Hyperparameter($"{model.Name}.lr_factor", s.Factor)));
        }

        return [.. parts];
    }

    private static Model PartOf(TrainingStep step, NameExpr name, IReadOnlyList<ModelBinding> models)
    {
        Model? model = (models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name))).Model;
        return model?.Parameters.Any(step.Trained.Contains) == true ? model : throw BindError.FreezesAnother(name.Span, name.Name);
    }
}
