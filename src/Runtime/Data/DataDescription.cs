namespace Nn.Data;

/// <summary>What data are, without the data.</summary>
/// <param name="Info">Shapes and types of a sample.</param>
/// <param name="Samples">How many there are, but for those that the source itself sets apart.</param>
/// <param name="Apart">How many the source sets apart for validation.</param>
/// <param name="ClassNames">Names of the classes, where the target is one.</param>
/// <param name="Columns">The columns that are used, where the source is a table.</param>
/// <param name="Notes">What was decided while reading.</param>
public sealed record DataDescription(DataInfo Info, int Samples, int Apart, IReadOnlyList<string> ClassNames, IReadOnlyList<DataColumn> Columns, IReadOnlyList<string> Notes);
