namespace Nn.Dsl;

/// <summary>What the options of layers, optimizers and settings mean.</summary>
public static class OptionReference
{
    // By what they belong to and name; those that mean the same everywhere by name alone.
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["units"] = "features of the output",
        ["bias"] = "whether a learned number is added to each feature",
        ["init"] = "how weights start: he, glorot(normal), normal(0.02), zeros, …",
        ["activation"] = "a function of each value after the layer",
        ["shape"] = "extents of the output, with as many elements as before",
        ["rate"] = "share that is dropped, from 0 to below 1",
        ["deviation"] = "standard deviation of the noise",
        ["eps"] = "keeps the divisor away from zero",
        ["batchnorm.momentum"] = "share of each batch in the running statistics",
        ["pieces"] = "linear functions of which each unit takes the largest",
        ["channels"] = "filters, each of which makes one channel of the output",
        ["conv.window"] = "height x width of the filters; one number for both, or for a sequence",
        ["conv_transpose.window"] = "height x width of the filters; one number for both, or for a sequence",
        ["maxpool.window"] = "height x width of the region of which the largest value is taken; none with global",
        ["avgpool.window"] = "height x width of the region of which the mean is taken; none with global",
        ["conv.stride"] = "pixels from one place of the window to the next",
        ["conv_transpose.stride"] = "how many times larger the output is",
        ["maxpool.stride"] = "pixels from one place of the window to the next; the window itself where none is given",
        ["avgpool.stride"] = "pixels from one place of the window to the next; the window itself where none is given",
        ["padding"] = "zeros round the edges: same, valid, a number of pixels, 1x0 (rows x columns) or 0x0x1x1 (top x left x bottom x right)",
        ["conv.padding"] = "zeros round the edges: same, valid, causal (sequences), a number of pixels, 1x0 (rows x columns; of a sequence before x after) or 0x0x1x1 (top x left x bottom x right)",
        ["dilation"] = "pixels from one weight of the filter to the next",
        ["conv.groups"] = "parts into which channels are divided; each sees its own part only. As many as channels: depthwise",
        ["conv_transpose.groups"] = "parts into which channels are divided; each sees its own part only",
        ["groupnorm.groups"] = "groups of channels that are normalised together",
        ["global"] = "the window is the whole image or sequence, which then is gone",
        ["upsample.factor"] = "how many times larger the output is",
        ["mode"] = "nearest: pixels are repeated; bilinear: they are interpolated",
        ["embed.width"] = "features of the vector of each symbol",
        ["embed.symbols"] = "number of different symbols; the data say it",
        ["length"] = "longest sequence",
        ["heads"] = "parts of the features, each with an attention of its own",
        ["causal"] = "no place sees a later one",
        ["dropout"] = "share that is dropped while training",
        ["hidden"] = "width of the layer between, in multiples of the features",
        ["last"] = "gives the last state, not the sequence of all",
        ["bidirectional"] = "a second pass from the end to the beginning; its features stand beside those of the first",
        ["clusters"] = "number of centroids",
        ["components"] = "number of principal components",

        ["lr"] = "learning rate: the length of a step; a -> b sweeps it over the training",
        ["sgd.momentum"] = "share of the last step that is kept",
        ["nesterov"] = "1: the gradient is taken as if at the place to which momentum leads",
        ["decay"] = "weight decay: pulls weights towards zero",
        ["rho"] = "share of the moving average that is kept",
        ["alpha"] = "share of the moving average of squared gradients that is kept",
        ["elu.alpha"] = "value towards which it falls for negative x is -alpha",
        ["beta1"] = "share of the moving average of gradients that is kept",
        ["beta2"] = "share of the moving average of squared gradients that is kept",
        ["psi"] = "how fast the momentum schedule rises",
        ["metropolis.step"] = "deviation of a random move",
        ["temperature"] = "how readily a worse place is accepted; falling, it is simulated annealing",
        ["history"] = "steps from which the curvature is known",
        ["slope"] = "slope for negative x",
        ["delta"] = "distance at which squares turn into straight lines",
        ["smoothing"] = "share of the target spread evenly over the classes",
        ["gamma"] = "how little samples count that are right already",
        ["margin"] = "distance that is enough",

        ["samples"] = "how many samples are made",
        ["builtin.noise"] = "deviation of the noise on the samples",
        ["builtin.classes"] = "number of classes",
        ["seed"] = "the number from which everything random here follows",
        ["colours"] = "grey (one channel) or rgb (three)",
        ["size"] = "height x width to which images are brought",
        ["columns"] = "the columns that are its features",
        ["image"] = "the column that names a file of an image for each row",
        ["folder"] = "where these files are, seen from the table",
        ["array"] = "the array that it is; that of its own name without it",
        ["context"] = "characters in a window",
        ["inputs"] = "the array of the inputs",
        ["target"] = "the array of the targets",
        ["symbols"] = "true: whole numbers are symbols, for embed",
        ["horizon"] = "how many rows after the last of a window its target is",
        ["stratify"] = "column whose values are shared out evenly over the parts",
        ["shuffle"] = "whether samples are mixed first; if not, the first ones are trained on",
        ["range"] = "smallest and largest value go to the ends: range: -1..1",
        ["mean"] = "is taken off the inputs; with std",
        ["std"] = "by which inputs are divided; with mean",
        ["shift"] = "by up to so many pixels along each axis; below 1 a share of the side",
        ["rotate"] = "by up to so many degrees",
        ["scale"] = "larger or smaller by up to so much: 10%",
        ["flip"] = "every other image is mirrored: horizontal, vertical or both",
        ["augment.noise"] = "deviation of normal noise on what the model sees",

        ["patience"] = "epochs without improvement that are waited for",
        ["min_delta"] = "smaller changes are no improvement",
        ["norm"] = "length that all gradients together may have",
        ["value"] = "size that each gradient may have",
        ["warmup"] = "the rate rises from zero in so many steps or epochs",
        ["every"] = "how long each stage lasts, such as 20 epochs",
        ["factor"] = "by which the rate is multiplied",
        ["min"] = "rate at the end",
        ["to"] = "rate at the end",
        ["rise"] = "share of the training in which the rate rises",
        ["divisor"] = "the rate begins at lr divided by it",
        ["metric"] = "what is watched: val_loss, accuracy, …",

        ["method"] = "grid, random or bayes",
        ["trials"] = "how many combinations are tried; all of a grid without it",
        ["folds"] = "parts of a cross-validation of each trial; 0: none",
        ["minimize"] = "the metric that is to be small",
        ["maximize"] = "the metric that is to be large",
        ["prune"] = "median: gives up trials that are worse than half of the others; none (of a grid the default)",
        ["points"] = "so many values of the range, ends included",
        ["in.step"] = "distance from one value to the next",
        ["over"] = "axes that are reduced: features, all, time, batch; in an optimizer tensor",
    };

    /// <summary>What an option means.</summary>
    /// <param name="of">The layer, function, optimizer or setting.</param>
    /// <param name="option">Its name.</param>
    public static string? Meaning(string of, string option) => Meanings.GetValueOrDefault($"{of}.{option}") ?? Meanings.GetValueOrDefault(option);

    /// <summary>The options of something of the language, with defaults; empty: none. A default of null must be given, an empty one says that it may be left out.</summary>
    /// <param name="of">A layer, function, optimizer, schedule or setting.</param>
    /// <param name="where">The setting or block in which it stands; decides between a schedule and a setting of one name.</param>
    public static IReadOnlyList<(string Name, string? Default)> Of(string of, string where) =>
        WordReference.Find(where, of) is { Options.Count: > 0 } word ? word.Options
        : LanguageReference.Entries.TryGetValue(of, out ReferenceEntry? e) ? e.Options
        : WordReference.All.FirstOrDefault(w => w.Name == of && w.Options.Count > 0)?.Options ?? [];
}
