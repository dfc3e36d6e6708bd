namespace Nn.Data;

/// <summary>What data are, without the data.</summary>
/// <param name="Schema">What the fields of a sample are.</param>
/// <param name="Samples">How many there are, but for those that the source itself sets apart.</param>
/// <param name="Apart">How many the source sets apart for validation.</param>
/// <param name="Columns">The columns that are used, where the source is a table.</param>
/// <param name="Notes">What was decided while reading.</param>
public sealed record DataDescription(Schema Schema, int Samples, int Apart, IReadOnlyList<DataColumn> Columns, IReadOnlyList<string> Notes)
{
    /// <summary>Names of the classes, where the first target is one.</summary>
    public IReadOnlyList<string> ClassNames => Schema.Target.Names;
}
