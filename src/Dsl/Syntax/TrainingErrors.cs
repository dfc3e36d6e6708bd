namespace Nn.Dsl;

/// <summary>Mistakes about how a training goes; named constructors, one a kind of mistake.</summary>
internal static class TrainingErrors
{
    public static BindError PartOfTwo(TextSpan span, string part, string other) =>
        new(span, $"{part} and {other} share weights, which can follow one line only", "name models that have no weights in common");

    public static BindError AllFrozenAtFirst(TextSpan span, string part) =>
        new(span, $"while {part} stands still, nothing else learns in this training", "freeze a part: the model that the trained one begins with");

    public static BindError LooksAtOneBatch(TextSpan span, string optimizer) =>
        new(span, $"accumulate adds up the gradients of batches, and {optimizer} asks for losses, which it would get of the last batch alone",
            "leave out accumulate and take a larger batch, or take another optimizer");

    public static BindError WeightsOfNoClass(TextSpan span) => new(
        span, "no target, or more than one, is a class: there are no classes of which all know that they are to be weighed",
        "name a field with the weight of each sample: weights: importance");

    public static BindError WeightsForClasses(TextSpan span, int count, int classes) =>
        new(span, $"there are {count} weights for {classes} classes", "give one for each class, in their order");

    public static BindError NotMixed(TextSpan span, string field, string why) =>
        new(span, $"{field} cannot be mixed with that of another sample: {why}", "leave out mixup and cutmix");

    public static BindError StageWithoutEnd(TextSpan span, string stage) =>
        new(span, $"nothing says how long this stage lasts, and others follow", $"write: {stage} for 5 epochs, then …");

    public static BindError PlateauInStages(TextSpan span) =>
        new(span, "reduce_on_plateau has no length, so it can be no stage of a schedule", "let it be the whole schedule: schedule reduce_on_plateau(val_loss)");
}
