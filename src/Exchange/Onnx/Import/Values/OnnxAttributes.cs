namespace Nn.Exchange.Onnx;

/// <summary>The attributes of an operation by kind.</summary>
internal static class OnnxAttributes
{
    /// <summary>A whole number.</summary>
    public static long Whole(this OnnxNode n, string name, long otherwise) => n.Attributes.GetValueOrDefault(name) as long? ?? otherwise;

    /// <summary>An axis: a whole number, of which no value has more than nine.</summary>
    public static int Place(this OnnxNode n, string name, int otherwise) => (int)Math.Clamp(n.Whole(name, otherwise), -9, 9);

    /// <summary>A number.</summary>
    public static float Single(this OnnxNode n, string name, float otherwise) => n.Attributes.GetValueOrDefault(name) as float? ?? otherwise;

    /// <summary>A text.</summary>
    public static string Word(this OnnxNode n, string name, string otherwise) => n.Attributes.GetValueOrDefault(name) as string ?? otherwise;

    /// <summary>A list of whole numbers, or null.</summary>
    public static long[]? Wholes(this OnnxNode n, string name) => n.Attributes.GetValueOrDefault(name) as long[];

    /// <summary>Whether an operand is given, as it may be left out.</summary>
    public static bool Has(this OnnxNode n, int operand) => operand < n.Inputs.Count && n.Inputs[operand].Length > 0;
}
