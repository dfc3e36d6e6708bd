namespace Nn.Dsl;

/// <summary>A name that the language gives to a body, where a script gives it to nothing else.</summary>
/// <param name="Where"><c>layer</c>, <c>optimizer</c> or <c>loss</c>; <c>data</c>: what the data say, known in models too.</param>
/// <param name="Name">As written.</param>
/// <param name="Meaning">What it stands for.</param>
public sealed record GivenName(string Where, string Name, string Meaning)
{
    /// <summary>In a loss, which samples have a label.</summary>
    internal const string Labelled = "labelled";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<GivenName> All { get; } =
    [
        new("layer", "it", "the value before this layer"),
        new("optimizer", "w", "the weight; what it is at the end is the new weight"),
        new("optimizer", "g", "the gradient of the loss by the weight"),
        new("optimizer", "t", "the number of the step, 1 in the first"),
        new("optimizer", "lr", "the learning rate, as the schedule has it in this step"),
        new("loss", Data.Schema.X, "the inputs of the batch"),
        new("loss", Data.Schema.Y, "the targets of the batch"),
        new("loss", Labelled, "1 for samples that have a label and 0 for those without"),
        new("data", "classes", "number of classes of the data"),
        new("data", "features", "size of the last axis of the data's inputs"),
    ];

    /// <summary>Those of a body.</summary>
    /// <param name="where">As in the rows.</param>
    public static IEnumerable<GivenName> In(string where) => All.Where(n => n.Where == where);

    /// <summary>What a name stands for in a body; null where the language gives it none.</summary>
    /// <param name="where">As in the rows.</param>
    /// <param name="name">The name.</param>
    public static string? MeaningOf(string where, string name) => In(where).FirstOrDefault(n => n.Name == name)?.Meaning;
}
