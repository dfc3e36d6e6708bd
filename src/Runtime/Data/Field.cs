namespace Nn.Data;

/// <summary>A named part of every sample: an image, a row of numbers, a class.</summary>
/// <param name="Name">By which scripts, losses and programs know it.</param>
/// <param name="Form">What its stored bytes mean.</param>
public sealed record Field(string Name, FieldForm Form);
