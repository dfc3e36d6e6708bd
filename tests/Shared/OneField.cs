using Nn.Data;
using Nn.Graphs;
using Xunit;

namespace Nn.Tests;

/// <summary>Samples of one input and one target.</summary>
internal static class OneField
{
    public static Schema Of(Shape input, DType stored, Shape target, DType targetType, int? classes, int? symbols = null) =>
        new(new FieldForm(input, stored) { Symbols = symbols }, new FieldForm(target, targetType) { Symbols = classes });

    /// <summary>Whether models see such samples of data, however these are stored.</summary>
    public static void Check(Schema schema, Shape input, DType type, Shape target, DType targetType, int? classes, int? symbols = null)
    {
        Assert.Equal(["x", "y"], schema.Fields.Select(f => f.Name));
        Assert.Equal((input, type, symbols), (schema.Input.Shape, schema.Input.Type, schema.Input.Symbols));
        Assert.Equal((target, targetType, classes), (schema.Target.Shape, schema.Target.Type, schema.Target.Symbols));
    }
}
