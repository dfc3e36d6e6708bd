namespace Nn.Dsl;

/// <summary>Mistakes about symbols and texts; named constructors, one a kind of mistake.</summary>
internal static class TextErrors
{
    public static BindError OtherSymbols(TextSpan span, string model, int given, int known) => new BindError(
        span, $"the model {model} is used on values of {known} different symbols and of {given}", "each kind of symbols wants a model of its own");

    public static BindError NoStart(TextSpan span) => new BindError(
        span, "shifted begins a sequence with the symbol <start>, which this value does not have", "write in data: tokens characters, start: true, end: true");
}
