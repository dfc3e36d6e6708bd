namespace Nn.Dsl;

/// <summary>Where <c>data</c> blocks say things.</summary>
public static class DataPlaces
{
    /// <summary>Where the source is named; the block's own name where none is.</summary>
    /// <param name="data">The block.</param>
    public static TextSpan SourcePlace(this DataStatement data) =>
        data.Settings.FirstOrDefault(i => DataSourceBinder.Names.Contains(i.Head.Name)) is not { } source ? data.Name.Span
            : source.Arguments is [{ } path, ..] ? path.Value.Span
            : source.Span;
}
