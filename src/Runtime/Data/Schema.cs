using System.Text.Json;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// What a sample is: fields by name, those that a model is given and those that it is to give. All that a model must know of its data to be used without them;
/// kept in checkpoints.
/// </summary>
/// <param name="Inputs">What is known of a sample when something is to be predicted; none where nothing is looked at.</param>
/// <param name="Targets">What is wanted; none where samples are drawn.</param>
public sealed record Schema(IReadOnlyList<Field> Inputs, IReadOnlyList<Field> Targets)
{
    /// <summary>The name of the input where there is one.</summary>
    public const string X = "x";

    /// <summary>The name of the target where there is one.</summary>
    public const string Y = "y";

    /// <summary>Samples of one input, <c>x</c>, and one target, <c>y</c>.</summary>
    public Schema(FieldForm input, FieldForm target) : this([new Field(X, input)], [new Field(Y, target)])
    {
    }

    /// <summary>What the stored bytes of the first input mean; <see cref="FieldForm.None"/> where there is none.</summary>
    public FieldForm Input => Inputs.Count > 0 ? Inputs[0].Form : FieldForm.None;

    /// <summary>What the stored bytes of the first target mean; <see cref="FieldForm.None"/> where there is none.</summary>
    public FieldForm Target => Targets.Count > 0 ? Targets[0].Form : FieldForm.None;

    /// <summary>All fields, inputs first.</summary>
    public IEnumerable<Field> Fields => Inputs.Concat(Targets);

    /// <summary>Places of the longest sequences whose length has that name.</summary>
    public int Longest(string length) => Fields.First(f => f.Form.Length == length).Form.Shape[0];

    /// <summary>A shape with the longest length of each field in place of its name.</summary>
    public Shape Longest(Shape shape) => shape.Bound(Longest);

    /// <summary>Whether models see the same of both: all is the same but the numbers by which inputs are scaled.</summary>
    public bool HasFormOf(Schema other) => Same(Inputs, other.Inputs) && Same(Targets, other.Targets);

    private static bool Same(IReadOnlyList<Field> a, IReadOnlyList<Field> b) =>
        a.Count == b.Count && a.Zip(b).All(p => p.First.Name == p.Second.Name && p.First.Form.IsStoredAs(p.Second.Form));

    /// <summary>As JSON, for checkpoints.</summary>
    internal string Text => JsonSerializer.Serialize(new { inputs = Inputs.Select(Written), targets = Targets.Select(Written) });

    /// <summary>From JSON.</summary>
    /// <exception cref="FormatException">It is not what <see cref="Text"/> writes, or what earlier versions wrote.</exception>
    internal static Schema Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (!root.TryGetProperty("inputs", out JsonElement inputs)) return ParseEarlier(root);
            var schema = new Schema([.. inputs.EnumerateArray().Select(ReadField)], [.. root.GetProperty("targets").EnumerateArray().Select(ReadField)]);
            if (schema.Inputs.Count == 0 && schema.Targets.Count > 0) throw new FormatException("it has targets and no input");
            return schema.Fields.CountBy(f => f.Name).All(n => n.Value == 1) ? schema : throw new FormatException("two fields have one name");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static Dictionary<string, object?> Written(Field f)
    {
        var field = new Dictionary<string, object?>
        {
            ["name"] = f.Name,
            ["shape"] = f.Form.Shape.Select(WrittenAxis),
            ["stored"] = f.Form.Stored.Name(),
            ["symbols"] = f.Form.Symbols,
            ["names"] = f.Form.Names,
            ["means"] = f.Form.Means,
        };
        if (f.Form.Unlabelled) field["unlabelled"] = true;
        if (f.Form.Rate is { } rate) field["rate"] = rate;
        if (f.Form.Unit is { } unit) field["text"] = unit.ToString().ToLowerInvariant();
        return field;
    }

    private static Field ReadField(JsonElement e) => new(
        e.GetProperty("name").GetString() is { Length: > 0 } name ? name : throw new FormatException("a field has no name"),
        new FieldForm(Axes(e, "shape"), Type(e, "stored"))
        {
            Symbols = Number(e, "symbols"),
            Names = Words(e, "names"),
            Means = Means(e),
            Rate = Number(e, "rate") is not { } rate ? null : rate > 0 ? rate : throw new FormatException("a rate is not positive"),
            Unit = !e.TryGetProperty("text", out JsonElement text) ? null
                : Enum.TryParse(text.GetString(), ignoreCase: true, out TextUnit unit) && Enum.IsDefined(unit) ? unit
                : throw new FormatException($"text is '{text.GetString()}'"),
            Unlabelled = e.TryGetProperty("unlabelled", out JsonElement unlabelled) && unlabelled.ValueKind == JsonValueKind.True,
        });

    // Checkpoints of earlier versions have none.
    private static float[] Means(JsonElement e)
    {
        if (!e.TryGetProperty("means", out JsonElement means)) return [];
        float[] values = [.. means.EnumerateArray().Select(v => v.GetSingle())];
        if (!values.All(float.IsFinite)) throw new FormatException("a mean is no number");
        int names = e.GetProperty("names").GetArrayLength();
        return values.Length == 0 || values.Length == names ? values : throw new FormatException($"there are {values.Length} means for {names} features");
    }

    // One input and one target, whose names were not kept, nor how inputs were stored.
    private static Schema ParseEarlier(JsonElement root) => new(
        new FieldForm(Axes(root, "input"), Type(root, "input_type")) { Symbols = Number(root, "symbols"), Names = Words(root, "features") },
        new FieldForm(Axes(root, "target"), Type(root, "target_type")) { Symbols = Number(root, "classes"), Names = Words(root, "class_names") });

    // A length that differs from sequence to sequence, as its name with the longest; other axes as their numbers.
    private static object WrittenAxis(Dim axis) => axis.IsLength ? new Dictionary<string, int> { [axis.Names.First()] = axis } : axis.Extent;

    private static Shape Axes(JsonElement e, string name)
    {
        int Size(JsonElement a) => a.GetInt32() is var n and >= 0 ? n : throw new FormatException($"{name} has a negative size");
        Dim Axis(JsonElement a) => a.ValueKind != JsonValueKind.Object ? Size(a)
            : a.EnumerateObject().ToArray() is [{ Name.Length: > 0 } length] ? Dim.Named(length.Name).Bound(_ => Size(length.Value))
            : throw new FormatException($"{name} has a length without a name");
        return new Shape([.. e.GetProperty(name).EnumerateArray().Select(Axis)]);
    }

    private static DType Type(JsonElement e, string name) => e.GetProperty(name).GetString() switch
    {
        "f32" => DType.F32,
        "i32" => DType.I32,
        "u8" => DType.U8,
        var other => throw new FormatException($"{name} is '{other}'"),
    };

    private static int? Number(JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement n) && n.ValueKind == JsonValueKind.Number ? n.GetInt32() : null;

    private static string[] Words(JsonElement e, string name) => [.. e.GetProperty(name).EnumerateArray().Select(n => n.GetString()!)];
}
