using Microsoft.AspNetCore.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Http;

/// <summary>All addresses of a server, each with its model.</summary>
internal sealed class RouteTable
{
    private const string Name = "{name}", Versions = "/versions/", Protocol = "/v2/models/";

    private readonly Dictionary<string, (Route Route, ServedModel Model)[]> _paths = [];
    private readonly IReadOnlyList<ServedModel> _models;

    /// <summary>Makes it.</summary>
    /// <param name="routes">The rows.</param>
    /// <param name="models">The models; the first is that of paths that name none.</param>
    public RouteTable(IReadOnlyList<Route> routes, IReadOnlyList<ServedModel> models)
    {
        (Routes, _models) = (routes, models);
        foreach (Route r in routes)
        {
            bool each = r.Template.Contains(Name, StringComparison.Ordinal);
            foreach (ServedModel m in each ? models : models.Take(1))
            {
                string path = r.Template.Replace(Name, m.Name, StringComparison.Ordinal);
                _paths[path] = [.. _paths.GetValueOrDefault(path) ?? [], (r, m)];
            }
        }
    }

    /// <summary>The rows.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>The row of a request and its model.</summary>
    /// <exception cref="RequestException">There is no such address, model or version, or it is asked in another way.</exception>
    public (Route Route, ServedModel Model) Find(HttpRequest request)
    {
        string path = request.Path.Value ?? "/";
        if (!_paths.TryGetValue(path, out (Route Route, ServedModel Model)[]? found) && !_paths.TryGetValue(OfCurrent(path), out found)) throw Missing(path);
        foreach ((Route route, ServedModel model) in found)
        {
            if (route.Method == request.Method) return (route, model);
        }

        string allowed = string.Join(", ", found.Select(f => f.Route.Method));
        throw new RequestException(StatusCodes.Status405MethodNotAllowed, null, $"{path} takes {allowed}") { Allow = allowed };
    }

    // /v2/models/NAME/versions/V/… is /v2/models/NAME/…, if that is the version that the model has.
    private string OfCurrent(string path)
    {
        int at = path.IndexOf(Versions, StringComparison.Ordinal);
        if (!path.StartsWith(Protocol, StringComparison.Ordinal) || at < 0) return path;
        string name = path[Protocol.Length..at], rest = path[(at + Versions.Length)..];
        int end = rest.IndexOf('/');
        (string version, rest) = end < 0 ? (rest, "") : (rest[..end], rest[end..]);
        if (_models.FirstOrDefault(m => m.Name == name) is not { } model) return path;
        LoadedModel current = model.Keep();
        string now = current.Version;
        current.Release();
        return version == now ? Protocol + name + rest
            : throw new RequestException(StatusCodes.Status404NotFound, "version", $"{name} has the version {now}, no other");
    }

    private RequestException Missing(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string? name = parts is ["v2", "models", var a, ..] ? a : parts is ["models", var b, ..] ? b : null;
        return new RequestException(
            StatusCodes.Status404NotFound,
            name is null ? null : "name",
            name is null || _models.Any(m => m.Name == name) ? "there is nothing at this address; /openapi.json names those that there are"
                : $"there is no model of that name; there are {string.Join(", ", _models.Select(m => m.Name))}");
    }
}
