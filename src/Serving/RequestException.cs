namespace Nn.Serving;

/// <summary>A request that is not answered as it wants: the status, what of it is wrong, and why.</summary>
/// <param name="status">The status of HTTP.</param>
/// <param name="place">What of the request is meant: a column, or a place such as <c>inputs[0].shape</c>; null: the request as a whole.</param>
/// <param name="reason">Why, for people.</param>
internal sealed class RequestException(int status, string? place, string reason) : Exception(reason)
{
    public int Status => status;

    public string? Field => place;

    /// <summary>Which of several records is meant.</summary>
    public int? Record { get; init; }

    /// <summary>After how many seconds it may be tried again.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The methods that there are at the address.</summary>
    public string? Allow { get; init; }

    /// <summary>Something of the request is wrong.</summary>
    public static RequestException Bad(string? place, string reason) => new(400, place, reason);
}
