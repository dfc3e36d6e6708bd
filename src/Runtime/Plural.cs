using System.Globalization;

namespace Nn;

/// <summary>Counts as people say them.</summary>
public static class Plural
{
    /// <summary><c>1 column</c>, <c>1,200 columns</c>, <c>3 classes</c>.</summary>
    public static string Of(long count, string one) =>
        count == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {one}{(one.EndsWith('s') || one.EndsWith('x') ? "es" : "s")}");
}
