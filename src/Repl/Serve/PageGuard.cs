using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Nn.Repl.Serve;

/// <summary>
/// Who may ask: a browser of this machine that was given the address. A name that was made to point here (DNS rebinding) is seen by the Host header, another
/// site's page by Origin and Sec-Fetch-Site, anybody else by the token.
/// </summary>
internal sealed class PageGuard
{
    /// <summary>The header in which the page's scripts send the token.</summary>
    public const string Header = "X-Nn-Token";

    private string[] _hosts = [];

    /// <summary>Where the page is; nobody is answered before it is known.</summary>
    public int Port
    {
        set => _hosts = [$"127.0.0.1:{value}", $"localhost:{value}"];
    }

    /// <summary>A secret of this run, part of the address.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The address to open.</summary>
    public string Address => $"http://{_hosts[0]}/?token={Token}";

    /// <summary>Why a request is refused; null where it is not.</summary>
    public string? Refuses(HttpRequest request)
    {
        if (request.HttpContext.Connection.RemoteIpAddress is not { } from || !IPAddress.IsLoopback(from)) return "only this machine is answered";
        if (!_hosts.Contains(request.Host.Value, StringComparer.OrdinalIgnoreCase)) return "this address has another name";
        string? origin = request.Headers.Origin;
        if (!string.IsNullOrEmpty(origin) && !_hosts.Any(h => origin.Equals("http://" + h, StringComparison.OrdinalIgnoreCase))) return "another site asks";
        // A link from elsewhere may open the page; nothing else may come from another site.
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && request.Headers["Sec-Fetch-Mode"] != "navigate")
            return "another site asks";
        // The looks of the page are no secret.
        if (request.Path != "/" && HttpMethods.IsGet(request.Method) && PageFiles.Has(request.Path)) return null;
        string token = request.Headers[Header].ToString();
        if (token.Length == 0 && HttpMethods.IsGet(request.Method)) token = request.Query["token"].ToString();
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Token)) ? null
            : "open the address that nn printed, with its token";
    }
}
