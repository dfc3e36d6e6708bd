using System.Text.Json;
using Nn.Files;

namespace Nn.Exchange.Weights;

/// <summary>
/// Weights that are spread over several safetensors files, as large models are published: an index says which tensor is in which of the files beside it.
/// </summary>
internal static class SafetensorsIndex
{
    /// <summary>How the name of an index ends.</summary>
    public const string Ending = ".safetensors.index.json";

    /// <summary>The parts, each of which has only the tensors that the index says it has.</summary>
    /// <exception cref="NnException">The index is damaged, a part is missing or damaged, or a tensor is not where it should be.</exception>
    public static IEnumerable<Safetensors> Load(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (IGrouping<string, string> part in Map(path).GroupBy(t => t.Value, t => t.Key))
        {
            Safetensors file = Safetensors.Load(Path.Combine(folder, part.Key));
            HashSet<string> named = [.. part];
            if (named.FirstOrDefault(t => !file.Tensors.ContainsKey(t) && !file.Unread.ContainsKey(t)) is { } missing)
                throw Damaged(path, $"'{missing}' is not in {part.Key}");
            foreach (string other in file.Tensors.Keys.Except(named).ToArray()) file.Tensors.Remove(other);
            foreach (string other in file.Unread.Keys.Except(named).ToArray()) file.Unread.Remove(other);
            yield return file;
        }
    }

    // A name of a file with a folder in it could lead anywhere.
    private static Dictionary<string, string> Map(string path)
    {
        try
        {
            using JsonDocument index = JsonDocument.Parse(InputFile.Bytes(path));
            var parts = new Dictionary<string, string>();
            foreach (JsonProperty tensor in index.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                string file = tensor.Value.GetString() ?? "";
                if (Path.GetFileName(file) != file || !file.EndsWith(".safetensors", StringComparison.Ordinal))
                    throw Damaged(path, $"'{file}' is no safetensors file beside it");
                parts[tensor.Name] = file;
            }

            return parts.Count > 0 ? parts : throw Damaged(path, "it names no tensor");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Damaged(path, "a JSON object with a weight_map is wanted, which says for each tensor in which file it is");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read {path}: {(e is FileNotFoundException ? "there is no such file" : e.Message)}", e);
        }
    }

    private static NnException Damaged(string path, string why) => new(ExitCode.BadFile, $"{path} is no index of safetensors files: {why}");
}
