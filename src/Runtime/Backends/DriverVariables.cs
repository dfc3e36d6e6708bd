using System.Text.Json;

namespace Nn.Backends;

/// <summary>Variables of the environment that say where drivers of GPUs are found: whoever set one is told when there are none.</summary>
public static class DriverVariables
{
    /// <summary>What the first of these variables that is set, and not empty, leads to: "NAME=VALUE, which does not exist". Null where none is set.</summary>
    public static string? Tell(params IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) return $"{name}={value}{Fault(value)}";
        }

        return null;
    }

    private static string Fault(string value)
    {
        foreach (string path in value.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string named = path == value ? "which" : path;
            // A name without a folder is that of a library, which the system's loader looks for.
            if (!File.Exists(path) && !Directory.Exists(path) && Path.GetDirectoryName(path) is { Length: > 0 }) return $", {named} does not exist";
            if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(path) && !IsJson(path))
                return $", {named} is no JSON that describes a driver";
        }

        return "";
    }

    private static bool IsJson(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(file);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
