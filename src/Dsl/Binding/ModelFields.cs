using Nn.Data;

namespace Nn.Dsl;

/// <summary>The fields of the data that a model takes where nothing applies it to others: those of the names of its inputs, or the only one.</summary>
internal static class ModelFields
{
    /// <summary>In the order of its inputs.</summary>
    /// <exception cref="BindError">It takes what the data have not, or one of several inputs.</exception>
    public static IReadOnlyList<Field> Of(ModelBinding model, Schema data, TextSpan place) => model.InputNames is not { } names ? data.Inputs.Count == 1
        ? data.Inputs : throw BindError.SeveralInputs(place, model.Name, [.. data.Inputs.Select(f => f.Name)])
        : names.Count == 1 && data.Inputs.Count == 1 ? data.Inputs
        : [.. names.Select(n => data.Inputs.FirstOrDefault(f => f.Name == n)
            ?? throw BindError.NoField(place, model.Name, n, data.Inputs.Select(f => f.Name)))];
}
