using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>
/// A mistake found while binding; ends the line it is in. Named constructors, one a kind of mistake.
/// </summary>
internal sealed class BindError(TextSpan span, string message, string? help = null) : Exception(message)
{
    public TextSpan Span { get; } = span;

    public string? Help { get; } = help;

    /// <summary>Whether it only follows from another mistake, which is told in its stead.</summary>
    public bool Follows { get; init; }

    /// <summary>Whether there is an argument too many: a decimal comma makes two of one, and says more than what help there is.</summary>
    public bool IsOfSurplus { get; private init; }

    /// <summary>The same mistake shown elsewhere: where a function of the prelude was called.</summary>
    public BindError At(TextSpan place) => new(place, Message, Help);

    private static string? DidYouMean(string name, IEnumerable<string> candidates) => Suggest.Help(name, candidates);

    internal static string List(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length <= 1 ? string.Concat(all) : string.Join(", ", all[..^1]) + " or " + all[^1];
    }

    internal static string Both(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length <= 1 ? string.Concat(all) : string.Join(", ", all[..^1]) + " and " + all[^1];
    }

    // Names.

    public static BindError UnknownName(NameExpr name, IEnumerable<string> known) =>
        new(name.Span, $"there is no '{name.Name}' here", DidYouMean(name.Name, known) ?? $"define it: let {name.Name} = …");

    /// <param name="name">The word <c>classes</c>.</param>
    /// <param name="column">The column of a table that the target comes from.</param>
    /// <param name="numbers">Of how many numbers a target is.</param>
    public static BindError NoClasses(NameExpr name, string? column, long numbers) => new(
        name.Span, $"the data have no classes: their target is {(numbers == 1 ? "a number" : $"{numbers} numbers")}",
        column is not null ? $"if these numbers stand for classes, write in data: types {column}: word"
        : numbers == 1 ? "end the model with as many numbers as the target has: dense 1"
        : $"end the model with as many; where one of them is 1 for the class and the others 0: dense {numbers}, softmax");

    public static BindError NormedOverOne(TextSpan batch, string layer) => new(
        batch, $"{layer} normalises over the samples of a batch: of one sample it makes 0, and nothing before it learns",
        "write a larger batch, or layernorm, which takes each sample by itself");

    public static BindError UnknownLayer(NameExpr name, IEnumerable<string> known) =>
        new(name.Span, $"there is no layer or activation '{name.Name}'",
            DidYouMean(name.Name, known) ?? "the language has no such layer; a script defines its own with layer, block or fn");

    public static BindError UnknownFunction(NameExpr name, IEnumerable<string> known) =>
        new(name.Span, $"there is no function '{name.Name}'", DidYouMean(name.Name, known) ?? $"define it: fn {name.Name}(x) = …");

    public static BindError UnknownOptimizer(NameExpr name, IEnumerable<string> known) =>
        new(name.Span, $"there is no optimizer '{name.Name}'", DidYouMean(name.Name, known) ?? $"there are {List(known)}");

    public static BindError UnknownModel(NameExpr name, IEnumerable<string> known) =>
        new(name.Span, $"there is no model '{name.Name}'",
            DidYouMean(name.Name, known) ?? (known.Any() ? $"there is {List(known)}" : "define it: model net { … }"));

    public static BindError UnknownData(NameExpr name, IEnumerable<string> known) =>
        new(name.Span, $"there is no data '{name.Name}'",
            DidYouMean(name.Name, known) ?? (known.Any() ? $"there is {List(known)}" : "define it: data points { builtin moons }"));

    public static BindError UnknownSetting(NameExpr name, string where, IEnumerable<string> known) =>
        new(name.Span, $"{where} has no setting '{name.Name}'", DidYouMean(name.Name, known) ?? $"there are {List(known)}");

    public static BindError UnknownOption(TextSpan span, string option, string of, IEnumerable<string> known) =>
        new(span, $"{of} has no option '{option}'", DidYouMean(option, known) ?? (known.Any() ? $"it has {List(known)}" : $"{of} has no options"));

    public static BindError UnknownChoice(TextSpan span, string what, string choice, IEnumerable<string> known) =>
        new(span, $"there is no {what} '{choice}'", DidYouMean(choice, known) ?? $"there are {List(known)}");

    public static BindError DefinedTwice(NameExpr name, string kind) =>
        new(name.Span, $"{kind} '{name.Name}' is defined twice", "give one of them another name");

    public static BindError Recursion(TextSpan span, string name) =>
        new(span, $"{name} is defined in terms of itself", "a definition may use only others");

    // Arguments.

    public static BindError TooManyArguments(TextSpan span, string of, int most) =>
        new(span, $"{of} takes {(most == 0 ? "no" : $"at most {most}")} argument{(most == 1 ? "" : "s")}") { IsOfSurplus = true };

    public static BindError MissingArgument(TextSpan span, string of, string argument, string? example = null) =>
        new(span, $"{of} needs {argument}", example is null ? null : $"for example: {example}");

    public static BindError GivenTwice(TextSpan span, string of, string argument, string? help = null) =>
        new(span, $"{of}: '{argument}' is given twice", help) { IsOfSurplus = true };

    public static BindError NoField(NameExpr name, IReadOnlyList<string> known) =>
        new(name.Span, $"the data have no field '{name.Name}'", DidYouMean(name.Name, known) ?? $"there {(known.Count == 1 ? "is" : "are")} {Both(known)}");

    public static BindError UnexpectedArgument(TextSpan span, string of, string given, string? help) =>
        new(span, $"{of} cannot use {given} here", help) { IsOfSurplus = true };

    public static BindError NotWhileTraining(TextSpan span) =>
        new(span, "'training' has no value here: it is 1 in each step of a training and 0 in prediction",
            "use it where values are calculated: in a fn, a layer or a loss");

    public static BindError NotANumber(TextSpan span, string what, string given) =>
        new(span, $"{what} must be a number, not {given}");

    public static BindError NotWhole(TextSpan span, string what, double value, WholeRange range) =>
        new(span, $"{what} must be {range.Wanted(value)}, not {value:R}");

    public static BindError Negative(TextSpan span, string what, double value) => new(span, $"{what} must not be negative: {value:R}");

    public static BindError DivisionByZero(TextSpan span) => new(span, "this divides by zero");

    public static BindError OutOfRange(TextSpan span, string what, double value, string range) =>
        new(span, $"{what} must be {range}, not {value:R}");

    public static BindError NotAShape(TextSpan span, string what, string given) =>
        new(span, $"{what} must be a shape such as 3x3, not {given}");

    public static BindError NotADuration(TextSpan span, string given) =>
        new(span, $"{given} is no duration", double.TryParse(given, out _) ? $"write: {given} epochs or {given} steps" : "write: 3 epochs or 100 steps");

    public static BindError NotValues(TextSpan span, string name, string given) =>
        new(span, $"{name} is searched among several values, not {given} alone", "write a list [4, 8], a range 0..1 or log(1e-4..1e-1)");

    public static BindError NotAFunction(TextSpan span, string given) =>
        new(span, $"{given} is no function", "an activation is named like relu, or defined: fn act(x) = …");

    public static BindError NoValue(TextSpan span, string name) =>
        new(span, $"{name} has no value", "the last line of a definition must be an expression");

    public static BindError NotAssigned(TextSpan span, IReadOnlyList<string> carried) =>
        new(
            span, $"the loop carries {string.Join(" and ", carried)}, and does not say what they become",
            $"give each its next value in a line: {carried[0]} = …");

    public static BindError KeptInLoop(TextSpan span, string state) =>
        new(
            span, $"'{state}' is a state of the layer, which one place of a sequence cannot change for the next",
            $"carry it: scan {state} = … over time {{ … }}");

    public static BindError NotATensor(TextSpan span, string what, string given) =>
        new(span, $"{what} works on values, not on {given}");

    public static BindError NumberTooBig(TextSpan span, string what) =>
        new(span, $"{what} is too large: the tensor would have more than 2147483647 elements");

    // Shapes.

    public static BindError ShapesDiffer(TextSpan span, string what, Shape a, Shape b, string? help) =>
        new(span, $"{what}: the shapes are {Sample(a)} and {Sample(b)}", help);

    public static BindError Misfit(TextSpan span, string message) => new(span, message);

    public static BindError WantsImage(TextSpan span, string layer, Shape given) => new(
        span, $"{layer} wants images of height x width x channels or sequences of length x channels, but the value before it is {Sample(given)}",
        given.Rank <= 2 ? "leave out the flatten before it, or reshape: reshape 28x28x1" : "reshape it: reshape 28x28x1");

    public static BindError SequenceWindow(TextSpan span, string layer, string option, Shape sequence, Shape given) => new(
        span, $"{layer}: the {option} over a sequence of {Sample(sequence)} (length x channels) must be a number, not {given}",
        $"write one number; for images give the channels too: input {Sample(sequence)}x1");

    public static BindError NoSides(TextSpan span, string layer, string given, bool sequence) => new(
        span, $"{layer}: the padding {(sequence ? "of a sequence" : "of an image")} cannot be {given}",
        sequence ? "write a number, or zeros before x after: padding: 2x0"
            : "write a number, rows x columns: padding: 1x0, or top x left x bottom x right: padding: 0x0x1x1");

    public static BindError CausalImage(TextSpan span, Shape image) => new(
        span, $"causal padding is for sequences of length x channels, not for images of {Sample(image)}", "use padding: same, valid or a number");

    public static BindError WantsNumbers(TextSpan span, string layer) =>
        new(span, $"{layer} calculates with numbers, but gets symbols", "turn them into vectors before it: embed 128");

    public static BindError IgnoresUnlabelled(TextSpan span) => new(
        span, "samples without a label count as 0 in this loss, so that its mean is smaller than that of the others",
        "say what each kind is for: labelled * cross_entropy(net(x), y) + …");

    public static BindError WantsMatrix(TextSpan span, string what, Shape given) =>
        new(span, $"{what} wants rows and columns, but the value here is {Extents(given)}");

    // Of a value that there is for each sample, or once.
    private static string Extents(Shape given) => given.BatchAxis is null ? given.ToString() : $"{Sample(given)} for each sample";

    public static BindError WantsKernel(TextSpan span, Shape image, Shape given) => new(
        span, $"conv(image, kernel) wants a matrix, or rows x columns x {image[-1]} x channels out for this image of {Sample(image)}; "
            + $"the kernel is {Extents(given)}",
        "[[0, 1, 0], [1, -4, 1], [0, 1, 0]] works on every channel alike");

    public static BindError NotNumbers(TextSpan span, string given) =>
        new(span, $"a list of numbers is wanted here, not of {given}", "values that are calculated are joined by concat(a, b)");

    public static BindError RaggedList(TextSpan span) => new(span, "the rows of this list differ in length");

    public static BindError LongList(TextSpan span, int count, int most) =>
        new(span, $"a list in a formula has at most {most} numbers, not {count}", "larger ones are first values: k = state [40, 40], init: [[…]]");

    public static BindError WantsSymbols(TextSpan span, Shape given) =>
        new(span, $"embed wants symbols, but gets numbers ({Sample(given)})", "symbols come from data such as text; numbers go to a dense layer as they are");

    public static BindError WantsSequence(TextSpan span, string layer, Shape given) =>
        new(span, $"{layer} wants a sequence of vectors (time x features), but the value before it is {Sample(given)}",
            "put an embed before it, or: reshape 16x8");

    public static BindError WantsFixedLength(TextSpan span, string layer, Shape given) => new(
        span, $"{layer} wants sequences of one length, but these differ in length ({Sample(given)})",
        "take them together first: avgpool global, lstm 64, last, or mean(it, over: time) in a layer");

    public static BindError SlicesLength(TextSpan span, Shape given) => new(
        span, $"these sequences differ in length ({Sample(given)}), so that they have only their first place in common",
        "it[0..1] is the first place; the last one is what `lstm 64, last` gives");

    public static BindError WindowTooLarge(TextSpan span, string layer, Shape window, Shape image) => new(
        span, $"{layer}: a window of {window} does not fit into {Sample(image)}",
        "use padding (same), a smaller window, or fewer pools before it");

    public static BindError NothingLeft(TextSpan span, string layer, Shape window, int padding, Shape image) => new(
        span, $"{layer}: with a window of {window}, padding {padding} leaves nothing of {Sample(image)}", "use a smaller padding, or same");

    public static BindError AugmentsSeveral(TextSpan span, IEnumerable<string> images, string target) => new(
        span, $"augment moves the images {Both(images)} each in its own way, and the map {target} could follow one only",
        "leave out shift, rotate, scale and flip");

    public static BindError OutputsElsewhere(TextSpan span) =>
        new(span, "'outputs' is the last line of a model", "put it at the end of the model, outside of blocks and branches");

    public static BindError SeveralOutputsInFlow(TextSpan span, string model, IReadOnlyList<string> outputs) => new(
        span, $"{model} gives {Both(outputs)}, and a line of a model goes on with one value", "use models of several outputs in a loss");

    public static BindError MetricOfWhich(TextSpan span, string metric, IEnumerable<string> outputs) =>
        new(span, $"the model gives {Both(outputs)}: nobody can tell which {metric} is meant", $"write: metrics {outputs.First()}.{metric}");

    public static BindError FieldNamedAlready(TextSpan span, string name, string kind) =>
        new(span, $"a field of the data is named '{name}', as is a {kind}: nobody could tell them apart in a loss", "give one of them another name");

    public static BindError OutputNotThere(NameExpr name, IEnumerable<string> known) => new(
        name.Span, $"no value before this line is named '{name.Name}'",
        Suggest.Nearest(name.Name, known) is { } near ? $"did you mean '{near}'?" : $"name it where it is made: {name.Name} = dense 1");

    public static BindError SeveralTargets(TextSpan span, string loss, string model, IReadOnlyList<string> targets) => new(
        span, $"the data have the targets {Both(targets)}, and {loss} does not say which it compares",
        $"write {loss}({model}(…), {targets[0]}); columns that are one target stand together: target y, columns: [{string.Join(", ", targets)}]");

    public static BindError SeveralInputs(TextSpan span, string model, IReadOnlyList<string> inputs) => new(
        span, $"the data have the inputs {Both(inputs)}, and {model} does not say which it takes",
        $"write: model {model}({string.Join(", ", inputs)}) {{ … }}, or use it in the loss: {model}({inputs[0]})");

    public static BindError BySymbols(TextSpan span, string name) =>
        new(span, $"{name} cannot differentiate by symbols, which are told apart and not calculated with", "differentiate by what embed makes of them");

    public static BindError Independent(TextSpan span, string name) =>
        new(span, $"what {name} differentiates is not computed from the value after 'by', so that its derivative is 0",
            "name the value that it is computed from: grad(net(x), by: x)");

    public static BindError DerivativeOfSeveral(TextSpan span, string name, Shape shape) =>
        new(span, $"{name} is of one number for each sample, not of {Sample(shape)}", "choose one, net(x)[.., 0..1], or add them up: sum(net(x))");

    public static BindError NoOutput(TextSpan span, string model, string name, IEnumerable<string> outputs) => new(
        span, $"{model} has no output '{name}'", Suggest.Nearest(name, outputs) is { } near ? $"did you mean '{near}'?" : $"it has {Both(outputs)}");

    public static BindError NoSymbols(NameExpr field, string size, string what) =>
        new(field.Span, $"{field.Name} has no {size}: it is {what}", "only classes and symbols are counted so");

    public static BindError SeveralOutputs(TextSpan span, string model, IReadOnlyList<string> outputs) => new(
        span, $"{model} has several outputs, and a loss compares one", $"say which: loss mse({model}(…).{outputs[0]}, {outputs[0]})");

    public static BindError NoField(TextSpan span, string model, string input, IEnumerable<string> fields) => new(
        span, $"{model} takes '{input}', which is no input of the data",
        $"the data have {string.Join(", ", fields)}; name the inputs of {model} as these are named, or use it in the loss: {model}(…)");

    public static BindError OutputUnknown(TextSpan span, string model) =>
        new(span, $"the last line of {model} says what it gives, by the names of values before it", "write: outputs price, kind");

    public static BindError InputDiffers(TextSpan span, Shape stated, Shape given) => new(
        span, $"the model states an input of {stated}, the data have {given}", $"write: input {given}");

    public static BindError TargetMismatch(TextSpan span, Shape output, Shape target, int? classes) => new(
        span,
        classes is { } n ? $"the target is one of {n} classes, the model gives {Sample(output)}"
            : $"the target is {Sample(target)}, the model gives {Sample(output)}",
        classes is not null ? "end the model with: dense classes, softmax" : $"end the model with: dense {(target.Rank > 1 ? target[-1] : 1)}");

    public static BindError UnfitForLoss(TextSpan span, string loss, string wanted, string from, string given, string help) =>
        new(span, $"{loss} takes {wanted}, but {from} gives {given}", help);

    public static BindError PerhapsUnfit(TextSpan span, string loss, string from, string wanted, string help) =>
        new(span, $"{loss} takes {wanted}; whether {from} gives such cannot be told", $"if it does not, {help}");

    public static BindError SoftmaxOfOne(TextSpan span, string from, double value, bool oneClass) => new(
        span, $"{from} gives {value:R} whatever it learns: a softmax shares out 1, and there is only one to take it",
        oneClass ? "the data have one class only, so there is nothing to tell apart: add samples of another class"
            : "write: dense 1, sigmoid with loss bce, or: dense classes, softmax");

    public static BindError OneOfManyClasses(TextSpan span, int classes) =>
        new(span, $"the target is one of {classes} classes, and one probability tells two apart", "write: dense classes, softmax with loss cross_entropy");

    public static BindError LossNotScalar(TextSpan span, string given) =>
        new(span, $"the loss comes to {given}", "a loss compares a prediction with a target: loss mse, or loss mse(net(x), y)");

    public static BindError AugmentsNoImage(TextSpan span, Shape input) => new(
        span, $"shift, rotate, scale and flip move the pixels of images, but the shape of an input is {Sample(input)}",
        "noise works on any numbers: augment noise: 0.1");

    public static BindError AugmentsOtherMap(TextSpan span, Shape input, Shape target) => new(
        span,
        $"shift, rotate, scale and flip move the pixels of images of {Sample(input)}, and a target of {Sample(target)} cannot be moved with them",
        "a map of targets has the height and width of its image; noise moves nothing: augment noise: 0.1");

    // Structure.

    /// <param name="span">The name after <c>train</c>.</param>
    /// <param name="model">The model of that name.</param>
    /// <param name="used">The input that the loss gives it.</param>
    /// <param name="input">What the data give.</param>
    /// <param name="otherwise">Whether a training without the name would know what predicts.</param>
    public static BindError PredictsFromOthers(TextSpan span, string model, Shape used, Shape input, bool otherwise) => new(
        span, $"train names {model} as what predicts from the inputs of the data, {input}, but the loss uses it on {used}",
        otherwise ? "leave the name out: what the loss compares with the target predicts then"
            : $"leave the name out, or name a model that takes them: model whole {{ …; {model} }}");

    public static BindError NothingToTrainOn(TextSpan span) =>
        new(span, "this split leaves nothing to train on: its first part is the one that is trained on", "write: split 80/20, or with a test part 70/15/15");

    public static BindError UpdatesAnother(TextSpan span, string model) =>
        new(span, $"this loss does not depend on {model}, which the step updates",
            $"use {model}(…) in it, or name the model that it is about: step NAME {{ … }}");

    public static BindError FreezesAnother(TextSpan span, string model) =>
        new(span, $"{model} has no weights that this training changes", "leave it out: a model that no step updates stays as it is anyway");

    public static BindError FreezesAll(TextSpan span, string model) =>
        new(span, $"with {model} standing still nothing is left to train", "freeze a part: the model that the trained one begins with");

    public static BindError NoOrder(TextSpan span, string function) =>
        new(span, $"the weights of an optimizer have no order that {function} could follow", $"use {function} in a model, a layer or a loss");

    public static BindError OptimizersOnly(TextSpan span, string call) =>
        new(span, $"{call} is for optimizers", "it stands in the formulas of: optimizer NAME { … }");

    public static BindError NeedsWholeBatch(TextSpan span, string optimizer) =>
        new(span, $"{optimizer} needs the whole training part in each step", "write: batch all");

    public static BindError TrainsAlone(TextSpan span, string optimizer) =>
        new(span, $"{optimizer} cannot take turns with other steps", "take another optimizer, such as adam(lr: 1e-3), or train the models one after the other");

    public static BindError DecimalComma(TextSpan span, string whole, string part) => new(
        span, $"{whole},{part} is read as two values, because of its comma",
        $"if it is one number, write {whole}.{part}; if they are two, put a blank between them: {whole}, {part}");

    public static BindError WithoutEffect(TextSpan span, string setting, string optimizer, string why) =>
        new(span, $"{setting} has no effect on {optimizer}, which {why}", $"leave out {setting}, or take another optimizer");

    public static BindError TooMuchWork(TextSpan span, int limit) =>
        new(span, $"written out, this script has more than {limit:N0} layers and calls", "look for a repeat, block or function that uses others many times");

    public static BindError LongChain(TextSpan span, int limit) =>
        new(span, $"this is the end of a chain of more than {limit:N0} lets", "put the value where it is used");

    public static BindError Missing(TextSpan span, string what, string help) => new(span, $"{what} is missing", help);

    public static BindError NoData(TextSpan span) => new(span, "there are no data to train on", "define them: data points { builtin moons }");

    public static BindError EmptyModel(NameExpr name) => new(name.Span, $"model '{name.Name}' has no layers", "write: model net { dense 10, softmax }");

    public static BindError Ambiguous(TextSpan span, string what, IEnumerable<string> names, string help) =>
        new(span, $"which {what}? there are {Both(names)}", help);

    public static BindError BranchCount(TextSpan span, string layer) =>
        new(span, $"{layer} joins two or more branches or values", $"write: {layer} {{ … }} {{ … }}, or {layer} a, b");

    public static BindError NeedsBody(TextSpan span, string layer, string example) => new(span, $"{layer} needs a body", $"write: {example}");

    public static BindError HasNoBody(TextSpan span, string layer) => new(span, $"{layer} has no body in braces");

    /// <summary>A shape as messages tell it: without the batch, which is no matter of the script.</summary>
    internal static string Sample(Shape shape)
    {
        if (shape.BatchAxis == 0) shape = shape.Range(1, shape.Rank);
        return shape.Rank == 0 ? "a single number" : shape.ToString();
    }
}
