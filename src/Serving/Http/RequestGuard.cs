using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Nn.Serving.Http;

/// <summary>
/// Who may ask. A server for this machine alone answers nobody else; a name that was made to point here (DNS rebinding) is seen by the Host header, another
/// site's page by Origin and Sec-Fetch-Site. Where there is a token, a request brings it.
/// </summary>
/// <param name="token">The secret; null: none is needed.</param>
/// <param name="loopback">Whether this machine alone is answered.</param>
internal sealed class RequestGuard(string? token, bool loopback)
{
    private readonly byte[] _token = Encoding.UTF8.GetBytes(token ?? "");
    private string[] _hosts = [];

    /// <summary>Where the server is; nobody is answered before it is known.</summary>
    public int Port
    {
        set => _hosts = [$"127.0.0.1:{value}", $"localhost:{value}", $"[::1]:{value}"];
    }

    /// <summary>A secret that nobody can guess.</summary>
    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Refuses a request that may not be answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="open">Whether what it wants is no secret.</param>
    /// <exception cref="RequestException">It is refused.</exception>
    public void Check(HttpRequest request, bool open)
    {
        if (loopback)
        {
            if (request.HttpContext.Connection.RemoteIpAddress is not { } from || !IPAddress.IsLoopback(from)) throw Refused("only this machine is answered");
            if (!Named(request.Host.Value ?? "")) throw Refused("this address has another name");
        }

        string? origin = request.Headers.Origin;
        if (!string.IsNullOrEmpty(origin)
            && !origin.Equals($"http://{request.Host.Value}", StringComparison.OrdinalIgnoreCase)) throw Refused("the page of another site asks");
        // A link from elsewhere may open the page; nothing else may come from another site.
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && request.Headers["Sec-Fetch-Mode"] != "navigate")
            throw Refused("the page of another site asks");
        if (token is null || open) return;
        const string Bearer = "Bearer ";
        string given = request.Headers.Authorization.ToString();
        given = given.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? given[Bearer.Length..].Trim()
            : HttpMethods.IsGet(request.Method) ? request.Query["token"].ToString() : "";
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _token))
            throw new RequestException(StatusCodes.Status401Unauthorized, "Authorization", "this server wants its token: Authorization: Bearer TOKEN");
    }

    private bool Named(string host)
    {
        foreach (string known in _hosts)
        {
            if (known.Equals(host, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static RequestException Refused(string why) => new(StatusCodes.Status403Forbidden, null, why);
}
