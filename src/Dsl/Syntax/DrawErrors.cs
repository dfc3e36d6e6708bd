namespace Nn.Dsl;

/// <summary>Mistakes about samples that are drawn, and trainings without data; named constructors, one a kind of mistake.</summary>
internal static class DrawErrors
{
    public static BindError NoDistribution(TextSpan span, string given) => new(
        span, $"'{given}' does not say how points are drawn", "write: uniform(2), normal(2), border(2) or sphere(3); the number is that of coordinates");

    public static BindError NotSampled(TextSpan span, string word) => new(
        span, $"'{word}' is about samples that are there; what is drawn anew in each step has no end", $"leave '{word}' out");

    public static BindError StepsOfSamples(TextSpan span) => new(
        span, "these data have an end, so a training goes through them in epochs", "write how often: epochs 20");

    public static BindError StepsAndEpochs(TextSpan span) => new(
        span, "both the steps and the epochs are stated", "write one of them: steps 4000; an epoch of drawn samples is 100 steps");

    public static BindError NoWholeBatch(TextSpan span) => new(
        span, "samples that are drawn are not all there, so a step cannot take all", "write how many a step takes: batch 256");

    public static BindError NoTarget(TextSpan span, string what) => new(
        span, $"{what} is held against a target, and these data have none", "write a formula of what is drawn: loss laplacian(u(inside), by: inside) ^ 2");

    public static BindError NoPicture(TextSpan span, string model) => new(
        span, $"{model} makes no picture of its weights alone",
        "a picture is what a model gives without looking at its input, of height x width x 1 or 3: layer canvas { w = param [28, 28, 1]; sigmoid(w) }");

    public static BindError NothingGiven(TextSpan span, string model) => new(
        span, $"{model} is given nothing, and looks at its input", $"give it one: {model}(x)");
}
