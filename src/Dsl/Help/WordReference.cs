namespace Nn.Dsl;

/// <summary>A word of the language that names no value: a keyword, a setting, or what a setting may be.</summary>
/// <param name="Where">Where it stands: <c>statement</c>, <c>model</c>, <c>data</c>, <c>train</c>, <c>step</c>, or the setting that it is a value of.</param>
/// <param name="Name">As written.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Example">A line of a script; empty where the name is all.</param>
/// <param name="Options">Each with its default, or null where it must be given; those that may be left out have an empty one.</param>
public sealed record WordEntry(string Where, string Name, string Summary, string Example, params IReadOnlyList<(string Name, string? Default)> Options);

/// <summary>What the words of the language mean; names of values are in <see cref="LanguageReference"/>.</summary>
public static class WordReference
{
    private static readonly Dictionary<(string Where, string Name), WordEntry> Table = new WordEntry[]
    {
        new("statement", "let", "names a value; `--set NAME=…` gives it another one, `search` tries several", "let lr = 1e-3"),
        new("statement", "fn", "a differentiable function: an activation, a loss, or a piece of an expression", "fn swish(x, beta = 1) = x * sigmoid(beta * x)"),
        new("statement", "layer", "a layer from formulas, with trained (`param`) and kept (`state`) values; `it` is the value before it", "layer scale { w = param [it.features], init: ones; it * w }"),
        new("statement", "block", "a piece of a model with parameters; each use makes weights of its own", "block unit(n) { dense n, relu; dropout 0.1 }"),
        new("statement", "optimizer", "an update rule: `w` a weight, `g` its gradient, `t` the number of the step, `lr` the rate", "optimizer plain(lr = 0.1) { w -= lr * g }"),
        new("statement", "model", "a network: layers, each on the value before it; the last value is the output. Inputs in brackets have names: model net(left, right)", "model net { dense 16, relu; dense classes, softmax }"),
        new("statement", "data", "where samples come from, and how they are split and scaled", "data points { builtin moons; split 80/20 }"),
        new("statement", "train", "what is trained, on which data, how", "train net on points { loss cross_entropy; optimizer adam }"),
        new("statement", "search", "tries values of `let`s and says which are best (`nn search FILE`)", "search random, trials: 20 { lr in log(1e-4..1e-1) }",
            ("method", null), ("trials", "20"), ("folds", "0"), ("minimize", "val_loss"), ("maximize", ""), ("prune", "median")),

        new("model", "input", "states the shape of a sample; without it the data do", "input 28x28x1"),
        new("model", "residual", "adds its body to the value before it: it + body(it)", "residual { layernorm; dense 64, relu }"),
        new("model", "add", "runs its bodies on the value before it and adds what they give; or adds named values", "add { conv 16, 1x1 } { conv 16, 3x3, same }"),
        new("model", "concat", "as add, but puts the features side by side", "concat { conv 8, 1x1 } { conv 8, 3x3, same }"),
        new("model", "from", "goes on from a named value", "from encoded"),
        new("model", "outputs", "says what a model of several answers gives: named values before it; a loss takes them as `out.price`", "outputs price, kind"),
        new("model", "repeat", "runs its body so many times, each with weights of its own; `as i` counts from 0", "repeat 3 as i { conv 16 * 2^i, 3x3, same, relu }"),

        new("data", "builtin", "samples that the program makes", "builtin moons, samples: 500, noise: 0.1", ("samples", ""), ("noise", ""), ("seed", "0"), ("classes", "")),
        new("data", "csv", "a table with a head line: words become one-hot, gaps are filled, numbers are standardised", "csv \"iris.csv\""),
        new("data", "idx", "a folder with the four files of MNIST and its kin, plain or gzip", "idx \"mnist\""),
        new("data", "images", "a folder of images, PNG or JPEG, for each class", "images \"flowers\", rgb, size: 64x64", ("colours", "as they are"), ("size", "as they are")),
        new("data", "text", "windows of characters; the target is the character after each", "text \"tinyshakespeare.txt\", context: 64", ("context", null)),
        new("data", "npz", "two arrays of NumPy, samples first", "npz \"data.npz\", inputs: x, target: y", ("inputs", "x"), ("target", "y"), ("symbols", "false")),
        new("data", "field", "an input by its name, where there are several: columns of a table, an image for each row of it, or an array", "field photo, image: file, folder: \"photos\"",
            ("columns", ""), ("image", ""), ("folder", ""), ("size", "as they are"), ("colours", "as they are"), ("array", ""), ("symbols", "false")),
        new("data", "target", "the column that is to be predicted; several are fields of their own names", "target species", ("columns", "")),
        new("data", "inputs", "the columns that are given; without it all others", "inputs [age, fare, deck]"),
        new("data", "types", "reads columns as numbers or as words, whatever they look like", "types age: number, deck: word"),
        new("data", "window", "a time series: so many rows that follow each other make a sample", "window 12, horizon: 1", ("horizon", "1")),
        new("data", "split", "shares of training and validation (and test)", "split 80/20, stratify: species", ("stratify", ""), ("shuffle", "true"), ("seed", "0")),
        new("data", "normalize", "brings inputs to a common scale, by the training part's statistics; tables are standardised without it", "normalize standard",
            ("range", ""), ("mean", ""), ("std", "")),
        new("data", "augment", "varies the training inputs in each step", "augment shift: 2, rotate: 10, flip", ("shift", "0"), ("rotate", "0"), ("scale", "0"), ("flip", ""), ("noise", "0")),
        new("data", "limit", "uses so many samples only", "limit 1000"),

        new("train", "loss", "what is made small: the name of a loss, or an expression over models, the input `x` and the target `y`; the mean over the batch is taken", "loss cross_entropy + 1e-4 * l2"),
        new("train", "optimizer", "how weights follow from gradients", "optimizer adam(lr: 1e-3)"),
        new("train", "schedule", "how the learning rate changes while training", "schedule cosine(warmup: 1 epoch)", ("warmup", "")),
        new("train", "epochs", "how often every training sample is seen; 1 without it", "epochs 20"),
        new("train", "batch", "samples of a step; 32 without it, `all` for the whole training part", "batch 64"),
        new("train", "metrics", "what is measured beside the loss, on both parts", "metrics accuracy, f1"),
        new("train", "early_stop", "ends the training when a metric no longer improves; the best weights count", "early_stop val_loss, patience: 3", ("patience", "5"), ("min_delta", "0")),
        new("train", "clip", "limits gradients: the length of all together, or each value", "clip norm: 1", ("norm", ""), ("value", "")),
        new("train", "seed", "of first weights, order and noise; 0 without it. The same seed gives the same bits", "seed 42"),
        new("train", "checkpoint", "a file for the best epoch so far, and to go on from the last", "checkpoint \"model.safetensors\""),
        new("train", "step", "one update of one model, where several are trained", "step net { loss mse(net(x), y); optimizer adam }"),
        new("step", "every", "takes part in every n-th step only", "every 5"),
        new("step", "after", "begins later", "after 10 epochs"),
        new("step", "until", "ends earlier", "until 500 steps"),

        new("in", "range", "values to try", "hidden in 4..64, points: 5", ("points", ""), ("step", "")),

        new("formula", "param", "a trained tensor of the layer; each use of the layer has its own", "w = param [it.features, 4], init: he", ("init", "glorot")),
        new("formula", "state", "what is kept from step to step and not trained: a running mean in a layer, a moving average in an optimizer", "state m = 0"),
        new("formula", "training", "1 in each step of a training, 0 in prediction, in evaluation and in a model that no step trains", "noise = if training then normal(1) else 0"),

        new("schedule", "constant", "the optimizer's rate all the time", "schedule constant"),
        new("schedule", "step", "lr · factor^⌊t / every⌋", "schedule step(every: 20 epochs, factor: 0.5)", ("every", null), ("factor", "0.1"), ("warmup", "")),
        new("schedule", "exponential", "lr · factor^epoch", "schedule exponential(0.95)", ("factor", "0.95"), ("warmup", "")),
        new("schedule", "cosine", "half a cosine from lr to min over the training", "schedule cosine(warmup: 1 epoch)", ("min", "0"), ("warmup", "")),
        new("schedule", "linear", "a straight line from lr to its end over the training", "schedule linear(to: 0)", ("to", "0"), ("warmup", "")),
        new("schedule", "one_cycle", "rises from lr / divisor to lr, then falls towards zero", "schedule one_cycle(rise: 0.3)", ("rise", "0.3"), ("divisor", "25"), ("warmup", "")),
        new("schedule", "reduce_on_plateau", "lr · factor when a metric has not improved for some epochs", "schedule reduce_on_plateau(val_loss, patience: 5)",
            ("metric", "val_loss"), ("factor", "0.1"), ("patience", "10"), ("warmup", "")),

        new("metrics", "loss", "what the training makes small", ""),
        new("metrics", "accuracy", "share of samples whose largest output is the right class", ""),
        new("metrics", "precision", "of what was taken for a class, the share that is of it; mean over the classes", ""),
        new("metrics", "recall", "of what is of a class, the share that was taken for it; mean over the classes", ""),
        new("metrics", "f1", "2 · precision · recall / (precision + recall), mean over the classes", ""),
        new("metrics", "auc", "area under the ROC curve: how often a sample of the class gets more than one of another", ""),
        new("metrics", "mae", "mean of |target − output|", ""),
        new("metrics", "rmse", "√ of the mean of (target − output)²", ""),
        new("metrics", "r2", "share of the target's variance that is explained: 1 − Σ(target − output)² / Σ(target − mean)²", ""),
        new("metrics", "perplexity", "e^loss of a cross-entropy: among how many symbols the model wavers", ""),

        new("builtin", "xor", "the four corners of a square; the class is 1 where the coordinates differ", "builtin xor"),
        new("builtin", "linear", "points on either side of a line", "builtin linear, samples: 500"),
        new("builtin", "circles", "points on circles, one inside the other", "builtin circles, noise: 0.05"),
        new("builtin", "pairs", "two drawn digits, `left` and `right`; wanted are their `sum` and which is the `larger`", "builtin pairs, samples: 6000"),
        new("builtin", "moons", "two half moons that reach into each other", "builtin moons, noise: 0.1"),
        new("builtin", "spirals", "arms of a spiral, one a class", "builtin spirals, classes: 2"),
        new("builtin", "blobs", "clouds of points round centres", "builtin blobs, classes: 3"),
        new("builtin", "sine", "one number and its sine", "builtin sine, samples: 2000, noise: 0.05"),
        new("builtin", "digits", "drawn digits, 28x28x1, ten classes", "builtin digits, samples: 12000, seed: 1"),
        new("builtin", "shapes", "drawn figures with a class for each pixel", "builtin shapes"),
        new("builtin", "waves", "series of 128 values; the target of each place is the next one", "builtin waves"),

        new("init", "glorot", "uniform in ±√(6 / (inputs + outputs)), or glorot(normal)", "init: glorot"),
        new("init", "xavier", "as glorot", "init: xavier"),
        new("init", "he", "uniform in ±√(6 / inputs), or he(normal): for relu and its kin", "init: he"),
        new("init", "lecun", "uniform in ±√(3 / inputs), or lecun(normal)", "init: lecun"),
        new("init", "orthogonal", "rows (or columns) that are orthogonal to each other, times a gain", "init: orthogonal"),
        new("init", "zeros", "0", "init: zeros"),
        new("init", "ones", "1", "init: ones"),
        new("init", "constant", "one number", "init: constant(0.1)"),
        new("init", "normal", "normal(deviation) or normal(mean, deviation); in glorot(normal) the kind of the draw", "init: normal(0.02)"),
        new("init", "uniform", "uniform(a) for ±a, or uniform(a, b); in he(uniform) the kind of the draw", "init: uniform(-1, 1)"),
        new("init", "kmeans_plus_plus", "samples of the training part that lie far from each other, one a row", "init: kmeans_plus_plus"),
        new("init", "data_mean", "mean of the training part's inputs", "init: data_mean"),
        new("init", "principal_components", "principal components of the training part, one a column", "init: principal_components"),

        new("search", "grid", "every combination", "search grid { hidden in [4, 8] }"),
        new("search", "random", "values at random", "search random, trials: 20 { lr in log(1e-4..1e-1) }"),
        new("search", "bayes", "after a few trials, those of which a Gaussian process expects the largest improvement", "search bayes, trials: 30 { hidden in 4..64 }"),

        new("prune", "median", "gives up a trial that is worse than the median of the others at the same epoch", "prune: median"),
        new("prune", "none", "lets every trial end", "prune: none"),

        new("padding", "same", "the size stays (divided by the stride): zeros are added round the edges", ""),
        new("padding", "valid", "no padding: the window stays inside, and the size shrinks by the window less one", ""),
        new("padding", "causal", "pads before the sequence only: no place sees a later one", ""),
        new("mode", "nearest", "each pixel is repeated", ""),
        new("mode", "bilinear", "values between are interpolated", ""),
        new("normalize", "standard", "mean 0 and deviation 1: per column of a table, per channel of images", ""),
        new("normalize", "none", "as they are", ""),
        new("types", "number", "a quantity: its size and distances mean something", ""),
        new("types", "word", "one of several names, which becomes one-hot", ""),
        new("images", "grey", "one channel", ""),
        new("images", "rgb", "three channels", ""),
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
    }.ToDictionary(e => (e.Where, e.Name));

    /// <summary>All words.</summary>
    public static IEnumerable<WordEntry> All => Table.Values;

    /// <summary>A word at its place; null where there is none of that name.</summary>
    public static WordEntry? Find(string where, string name) => Table.GetValueOrDefault((where, name)) ?? where switch
    {
        // A step has the settings that it shares with the whole training.
        "step" => Table.GetValueOrDefault(("train", name)),
        "early_stop" or "minimize" or "maximize" or "metric" => Find("metrics", name),
        "metrics" when name.StartsWith("val_", StringComparison.Ordinal) => Find(where, name[4..]) is { } m ? m with { Name = name, Summary = $"{m.Summary}; of the validation part" } : null,
        "metrics" when name.StartsWith("top_", StringComparison.Ordinal) => new WordEntry(where, name, $"share of samples whose class is among the {name[4..]} largest outputs", ""),
        _ => null,
    };

    /// <summary>The words that may stand at a place.</summary>
    public static IEnumerable<WordEntry> In(string where) => Table.Values.Where(e => e.Where == where);
}
