using System.Text.Json;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>What a trained model must know of its data to be used without them; kept in checkpoints.</summary>
/// <param name="Info">Shapes and types of a sample.</param>
/// <param name="ClassNames">Names of the classes, where the target is one.</param>
/// <param name="FeatureNames">Names of the input features of a table.</param>
public sealed record DataForm(DataInfo Info, IReadOnlyList<string> ClassNames, IReadOnlyList<string> FeatureNames)
{
    /// <summary>The form of these data.</summary>
    public static DataForm Of(LoadedData data) => new(data.Info, data.ClassNames, data.FeatureNames);

    /// <summary>As JSON.</summary>
    internal string Text => JsonSerializer.Serialize(new
    {
        input = Info.Input.ToArray(),
        input_type = Info.InputType.Name(),
        target = Info.Target.ToArray(),
        target_type = Info.TargetType.Name(),
        classes = Info.Classes,
        symbols = Info.Symbols,
        class_names = ClassNames,
        features = FeatureNames,
    });

    /// <summary>From JSON.</summary>
    /// <exception cref="FormatException">It is not what <see cref="Text"/> writes.</exception>
    internal static DataForm Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            Shape Axes(string name) => new([.. root.GetProperty(name).EnumerateArray().Select(a => a.GetInt32() is var n and >= 0 ? n : throw new FormatException($"{name} has a negative size"))]);
            DType Type(string name) => root.GetProperty(name).GetString() switch
            {
                "f32" => DType.F32,
                "i32" => DType.I32,
                var other => throw new FormatException($"{name} is '{other}'"),
            };
            string[] Names(string name) => [.. root.GetProperty(name).EnumerateArray().Select(n => n.GetString()!)];
            int? classes = root.GetProperty("classes") is { ValueKind: JsonValueKind.Number } c ? c.GetInt32() : null;
            // Checkpoints of earlier versions do not say it.
            int? symbols = root.TryGetProperty("symbols", out JsonElement s) && s.ValueKind == JsonValueKind.Number ? s.GetInt32() : null;
            return new DataForm(new DataInfo(Axes("input"), Type("input_type"), Axes("target"), Type("target_type"), classes, symbols), Names("class_names"), Names("features"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }
}
