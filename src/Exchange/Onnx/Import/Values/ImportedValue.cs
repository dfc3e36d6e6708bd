namespace Nn.Exchange.Onnx;

/// <summary>What a name of the file stands for: numbers that are known, or what layers of the script make of its input.</summary>
internal abstract record ImportedValue;
