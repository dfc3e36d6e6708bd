namespace Nn.Dsl;

/// <summary>
/// Words that stand for themselves: what begins statements, and what options may be. Those that do something have their rows where they do it.
/// </summary>
internal static class PlainWords
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<WordEntry> All { get; } =
    [
        new("statement", "let", "names a value; who runs the script may give it another one, `search` tries several", "let lr = 1e-3"),
        new("statement", "fn", "a differentiable function: an activation, a loss, or a piece of an expression",
            "fn swish(x, beta = 1) = x * sigmoid(beta * x)"),
        new("statement", "layer", "a layer from formulas, with trained (`param`) and kept (`state`) values; `it` is the value before it",
            "layer scale { w = param [it.features], init: ones; it * w }"),
        new("statement", "block", "a piece of a model with parameters; each use makes weights of its own", "block unit(n) { dense n, relu; dropout 0.1 }"),
        new("statement", "optimizer", "an update rule: `w` a weight, `g` its gradient, `t` the number of the step, `lr` the rate",
            "optimizer plain(lr = 0.1) { w -= lr * g }"),
        new("statement", "model",
            "a network: layers, each on the value before it; the last value is the output. Inputs in brackets have names: model net(left, right)",
            "model net { dense 16, relu; dense classes, softmax }"),
        new("statement", "data", "where samples come from, and how they are split and scaled", "data points { builtin moons; split 80/20 }"),
        new("statement", "train", "what is trained, on which data, how", "train net on points { loss cross_entropy; optimizer adam }"),

        new("formula", "param", "a trained tensor of the layer; each use of the layer has its own", "w = param [it.features, 4], init: he",
            new OptionRow("init", OptionKind.Initializer, "glorot", Meanings.Init)),
        new("formula", "state", "what is kept from step to step and not trained: a running mean in a layer, a moving average in an optimizer", "state m = 0"),
        new("formula", "training", "1 in each step of a training, 0 in prediction, in evaluation and in a model that no step trains",
            "noise = if training then normal(1) else 0"),

        new("formula", "labelled", "in a loss, 1 for samples that have a label and 0 for those without", "known = labelled * cross_entropy(a, y)"),
        new("formula", "scan",
            "a loop that carries values from place to place of a sequence, or over so many steps; the last line says what is carried on, or what a place gives "
                + "where lines assign the carried values; `last` gives what stands at the end, `reverse` begins there",
            "sums = scan s = zeros(8) over time { s + it }"),
        new("formula", "pi", "3.14159…, the ratio of a circle's circumference to its diameter", "wave = sin(pi * it)"),

        new("builtin", "xor", "the four corners of a square; the class is 1 where the coordinates differ", "builtin xor"),
        new("builtin", "linear", "points on either side of a line", "builtin linear, samples: 500"),
        new("builtin", "circles", "points on circles, one inside the other", "builtin circles, noise: 0.05"),
        new("builtin", "pairs", "two drawn digits, `left` and `right`; wanted are their `sum` and which is the `larger`", "builtin pairs, samples: 6000"),
        new("builtin", "sentences", "small sentences about people and places, with a tag for each word", "builtin sentences"),
        new("builtin", "dates", "days as people write them in English and French, `source`, and as year-month-day, `target`", "builtin dates"),
        new("builtin", "moons", "two half moons that reach into each other", "builtin moons, noise: 0.1"),
        new("builtin", "spirals", "arms of a spiral, one a class", "builtin spirals, classes: 2"),
        new("builtin", "blobs", "clouds of points round centres", "builtin blobs, classes: 3"),
        new("builtin", "sine", "one number and its sine", "builtin sine, samples: 2000, noise: 0.05"),
        new("builtin", "digits", "drawn digits, 28x28x1, ten classes", "builtin digits, samples: 12000, seed: 1"),
        new("builtin", "shapes", "drawn figures with a class for each pixel", "builtin shapes"),
        new("builtin", "tones", "sounds: notes of six instruments, which is the class", "builtin tones, rate: 8000, seconds: 1"),
        new("builtin", "melodies", "sounds: two to five notes after each other, on any of six instruments; wanted are their names", "builtin melodies"),
        new("builtin", "waves", "series of 128 values; the target of each place is the next one", "builtin waves"),

        new("padding", "same", "the size stays (divided by the stride): zeros are added round the edges", ""),
        new("padding", "valid", "no padding: the window stays inside, and the size shrinks by the window less one", ""),
        new("padding", "causal", "pads before the sequence only: no place sees a later one", ""),
        new("kind", "learned", "a vector of its own for each place, up to a fixed length", ""),
        new("kind", "sine", "fixed waves of many lengths (Vaswani et al. 2017), for sequences of any length", ""),
        new("mode", "nearest", "each pixel is repeated", ""),
        new("mode", "bilinear", "values between are interpolated", ""),
        new("normalize", "standard", "mean 0 and deviation 1: per column of a table, per channel of images", ""),
        new("normalize", "none", "as they are", ""),
        new("tokens", "characters", "each character is a symbol", ""),
        new("tokens", "words", "each word between blanks is a symbol", ""),
        new("types", "number", "a quantity: its size and distances mean something", ""),
        new("types", "word", "one of several names, which becomes one-hot", ""),
        new("images", "grey", "one channel", ""),
        new("images", "rgb", "three channels", ""),
        new("weights", "balanced", "each class counts as much as every other in the training part: n / (k * n_class) for each of its samples", ""),
        new("augment", "flip", "mirrors every other image", ""),
        new("flip", "horizontal", "left and right", ""),
        new("flip", "vertical", "above and below", ""),
        new("flip", "both", "either way", ""),
        new("batch", "all", "the whole training part in one step", ""),
        new("over", "features", "over the last axis", ""),
        new("over", "all", "over all axes of a sample", ""),
        new("over", "time", "over the places of a sequence", ""),
        new("over", "batch", "over the samples of the batch", ""),
        new("over", "tensor", "in an optimizer: over the tensor that the weight belongs to", ""),
        new("loss", "l1", "Σ|w| over the weights, not biases; l1(dense_1) those of a layer, l1(all) all parameters", "loss mse + 1e-4 * l1"),
        new("loss", "l2", "Σw² over the weights, not biases; l2(dense_1) those of a layer, l2(all) all parameters", "loss mse + 1e-4 * l2"),
    ];

    /// <summary>Those that may stand at a place.</summary>
    /// <param name="where">As in the rows.</param>
    public static string[] In(string where) => [.. All.Where(w => w.Where == where).Select(w => w.Name)];
}
