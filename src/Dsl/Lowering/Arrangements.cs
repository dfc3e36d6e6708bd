using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Functions of formulas that join, turn, choose and filter values; each is built of ordinary operations.</summary>
internal static class Arrangements
{
    /// <summary>Each with what it is for.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["concat"] = "concat(a, b, …): the features of each beside each other; over: time joins places",
        ["transpose"] = "transpose(x): rows become columns: the last two axes change places",
        ["gather"] = "gather(table, x): the row of a table for each symbol, or whole number from 0, of x",
        ["zeros"] = "zeros(n): n zeros for each sample, as a loop begins with",
        ["ones"] = "ones(n): n ones for each sample",
        ["sort"] = "sort(x): the features from the smallest on (compares each with each: for some hundred features)",
        ["top"] = "top(x, k): the k largest features, from the largest on (compares each with each, as sort)",
        ["shifted"] = "shifted(y): the symbols of y one place later, begun with <start>: what a place of a written sequence may look at",
        ["conv"] = "conv(image, kernel): each pixel's neighbours, weighted; a kernel is a matrix for every channel alike, "
            + "or rows x columns x channels in x channels out; padding: same or valid",
    };

    private static readonly Dictionary<string, string[]> Options = new() { ["concat"] = ["over"], ["conv"] = ["padding"] };

    private static readonly string[] Joined = ["features", "time"];

    /// <summary>The words that the options of a function may be; they are no names of values.</summary>
    public static bool IsWord(string function, string option) => Options.GetValueOrDefault(function)?.Contains(option) == true;

    /// <summary>Calls one of them.</summary>
    public static Value Call(string name, IReadOnlyList<Value> arguments, IReadOnlyDictionary<string, Value> named, TextSpan span, Env env)
    {
        string[] options = Options.GetValueOrDefault(name) ?? [];
        if (named.Keys.FirstOrDefault(k => !options.Contains(k)) is { } unknown) throw BindError.UnknownOption(span, unknown, name, options);
        if (name is "zeros" or "ones") return Constant(name, arguments, span, env);
        if (name is "sort" or "transpose" or "shifted" && arguments.Count == 0 && env.It is not null) arguments = [env.It];
        (int least, int most) = name switch { "sort" or "transpose" or "shifted" => (1, 1), "concat" => (2, int.MaxValue), _ => (2, 2) };
        if (arguments.Count > most) throw BindError.TooManyArguments(span, name, most);
        if (arguments.Count < least) throw BindError.MissingArgument(span, name, least == 1 ? "a value" : "two values", Example(name));
        Node At(int i) => Evaluator.Tensor(arguments[i], span, env, name);
        GraphBuilder g = env.Scope(span).Graph;
        return Evaluator.Make(span, () => name switch
        {
            "concat" => Concat(g, [.. arguments.Select((_, i) => At(i))], Word(named, "over", Joined, span), span),
            "shifted" => Shifted(env.Scope(span), At(0), span),
            "transpose" => Transposed(g, At(0), span),
            "gather" => Gathered(g, At(0), At(1), span),
            "sort" => Sorted(env.Scope(span), At(0), null, span, name),
            "top" => Sorted(env.Scope(span), At(0), arguments[1], span, name),
            _ => Filtered(g, At(0), At(1), Word(named, "padding", ["same", "valid"], span), span),
        });
    }

    private static Node Shifted(BuildScope scope, Node y, TextSpan span)
    {
        GraphBuilder g = scope.Graph;
        int start = scope.FormOf(y) is { } form ? form.Names.TakeWhile(n => n != TextTokens.Start).Count() : int.MaxValue;
        if (y.Shape.Rank != 2 || start >= scope.FormOf(y)?.Names.Count) throw TextErrors.NoStart(span);
        Node first = g.BroadcastTo(g.Constant(start, DType.I32), new Shape(y.Shape[0], (Dim)1));
        return scope.Tell(g.Concat(1, first, g.Slice(y, 1, 0, y.Shape[1] - 1)), scope.FormOf(y));
    }

    private static string Example(string name) => Help[name][..Help[name].IndexOf(')')] + ")";

    private static string Word(IReadOnlyDictionary<string, Value> named, string option, string[] choices, TextSpan span)
    {
        if (!named.TryGetValue(option, out Value? value)) return choices[0];
        string word = (value as TextValue)?.Text ?? value.Written();
        return choices.Contains(word) ? word : throw BindError.UnknownChoice(span, option, word, choices);
    }

    private static Value Constant(string name, IReadOnlyList<Value> arguments, TextSpan span, Env env)
    {
        if (arguments.Count == 0) throw BindError.MissingArgument(span, name, "how many", $"{name}(8)");
        Dim[] extents = [.. arguments.Select(a => a switch
        {
            NumberValue n when WholeRange.Positive.Contains(n.Number) => (Dim)(int)n.Number,
            NumberValue n => throw BindError.NotWhole(span, $"{name}(n)", n.Number, WholeRange.Positive),
            _ => throw BindError.NotANumber(span, $"{name}(n)", a.Describe()),
        })];
        GraphBuilder g = env.Scope(span).Graph;
        return Evaluator.Make(span, () => g.BroadcastTo(g.Constant(name == "ones" ? 1 : 0), new Shape([env.Samples, .. extents])));
    }

    private static Node Concat(GraphBuilder g, Node[] parts, string over, TextSpan span)
    {
        Shape most = parts.MaxBy(p => p.Shape.Rank)!.Shape;
        int axis = over == "time" ? 1 : most.Rank - 1;
        if (axis >= most.Rank || (over == "time" && most.Rank < 3)) throw BindError.WantsSequence(span, "concat(over: time)", most);
        // What has fewer axes, or is the same for all samples, stands beside each of the others.
        Shape joint = parts.Select(p => Aligned(p.Shape, most.Rank).With(axis, 1)).Aggregate((a, b) => Shape.TryBroadcast(a, b, out Shape both) ? both
            : throw BindError.ShapesDiffer(span, "concat joins values whose other sizes agree", parts[0].Shape, parts[^1].Shape, null));
        return g.Concat(axis, [.. parts.Select(p => Spread(g, g.Cast(p, DType.F32), Aligned(p.Shape, most.Rank), joint, axis))]);
    }

    private static Node Spread(GraphBuilder g, Node part, Shape aligned, Shape joint, int axis) =>
        g.BroadcastTo(g.Reshape(part, aligned), joint.With(axis, aligned[axis]));

    private static Shape Aligned(Shape s, int rank)
    {
        Dim[] ones = [.. Enumerable.Repeat((Dim)1, rank - s.Rank)];
        return s.BatchAxis is not null ? s.WithAxesAfterBatch(rank - 1) : new Shape(ones).Concat(s);
    }

    private static Node Transposed(GraphBuilder g, Node x, TextSpan span)
    {
        int rank = x.Shape.Rank;
        if (rank < 2 || (rank == 2 && x.Shape[0].IsBatch)) throw BindError.WantsMatrix(span, "transpose", x.Shape);
        return g.Permute(x, new Shape([.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]));
    }

    private static Node Gathered(GraphBuilder g, Node table, Node index, TextSpan span) => table.Shape.Rank >= 2 && table.Shape.BatchAxis is null
        ? g.Gather(table, g.Cast(index, DType.I32))
        : throw BindError.WantsMatrix(span, "gather: its table", table.Shape);

    // The place of each number among all: how many are smaller, or equal and before it. So equal numbers keep their order, and the gradient of each goes to
    // its own.
    private static Node Sorted(BuildScope scope, Node x, Value? count, TextSpan span, string name)
    {
        GraphBuilder g = scope.Graph;
        if (x.Shape.Rank == 0 || x.Shape[-1].IsBatch) throw BindError.NotATensor(span, name, "one number");
        int n = x.Shape[-1];
        bool largest = count is not null;
        int k = count switch
        {
            null => n,
            NumberValue v when new WholeRange(1, n).Contains(v.Number) => (int)v.Number,
            NumberValue v => throw BindError.NotWhole(span, "top(x, k): k", v.Number, new WholeRange(1, n)),
            _ => throw BindError.NotANumber(span, "top(x, k): k", count.Describe()),
        };
        Shape before = x.Shape.Range(0, x.Shape.Rank - 1);
        Shape pairs = before.Concat(new Shape(n, n));
        Node mine = g.Reshape(x, before.Concat(new Shape(n, 1))), theirs = g.Reshape(x, before.Concat(new Shape(1, n)));
        Node first = largest ? g.Less(mine, theirs) : g.Less(theirs, mine);
        var square = new Shape(n, n);
        Node earlier = g.Less(g.Iota(square, 1), g.Iota(square, 0));
        Node ahead = g.Add(first, g.Mul(g.Equal(mine, theirs), g.Cast(earlier, DType.F32)));
        Node rank = g.Reshape(g.Sum(g.Detach(g.BroadcastTo(ahead, pairs)), new Shape(-1)), before.Concat(new Shape(1, n)));
        // [k, n]: 1 where a number stands at a place of the order.
        Node places = g.Equal(g.Cast(g.Iota(new Shape(k, 1), 0), DType.F32), rank);
        return g.Reshape(g.Sum(g.Mul(places, theirs), new Shape(-1)), before.Concat(new Shape(k)));
    }

    private static Node Filtered(GraphBuilder g, Node image, Node kernel, string padding, TextSpan span)
    {
        Shape s = image.Shape, k = kernel.Shape;
        if (s.Rank is not (3 or 4)) throw BindError.WantsImage(span, "conv", s);
        // A sequence is an image of height 1; a list a kernel of height 1.
        if (s.Rank == 3) (image, k) = (g.Reshape(image, new Shape(s[0], 1, s[1], s[2])), k.Rank is 1 or 3 ? new Shape(1).Concat(k) : k);
        int channels = s[-1];
        if (k.Rank is not (2 or 4) || k.BatchAxis is not null || (k.Rank == 4 && k[2] != channels)) throw BindError.WantsKernel(span, s, kernel.Shape);
        int groups = k.Rank == 2 ? channels : 1;
        // One matrix serves each channel by itself.
        Node weights = k.Rank == 2 ? g.BroadcastTo(g.Reshape(kernel, new Shape(k[0], k[1], 1, 1)), new Shape(k[0], k[1], 1, channels)) : g.Reshape(kernel, k);
        bool same = padding == "same";
        (int height, int width) = (same ? k[0] - 1 : 0, same ? k[1] - 1 : 0);
        Node y = g.Conv(image, weights, new ConvAttributes(1, 1, height / 2, height - height / 2, width / 2, width - width / 2, Groups: groups));
        return s.Rank == 4 ? y : g.Reshape(y, new Shape(y.Shape[0], y.Shape[2], y.Shape[3]));
    }

    /// <summary>A list of numbers, or of lists of them, as a constant of the graph.</summary>
    public static Node Listed(GraphBuilder g, ListValue list, TextSpan span)
    {
        const int Most = 256;
        var numbers = new List<double>();
        Shape shape = ShapeOf(list, numbers, span);
        if (numbers.Count > Most) throw BindError.LongList(span, numbers.Count, Most);
        // Told apart by their places; runs of one number are one case.
        Node at = g.Iota(new Shape(numbers.Count), 0), value = g.Constant(numbers[^1]);
        for (int i = numbers.Count - 2; i >= 0; i--)
        {
            if (numbers[i] != numbers[i + 1]) value = g.Select(g.LessEqual(at, g.Constant(i, DType.I32)), g.Constant(numbers[i]), value);
        }

        return g.Reshape(g.BroadcastTo(value, new Shape(numbers.Count)), shape);
    }

    /// <summary>The extents of a list of numbers, or of lists of equal ones.</summary>
    /// <param name="list">The list.</param>
    /// <param name="numbers">Takes its numbers, row by row.</param>
    /// <param name="span">Its place.</param>
    public static Shape ShapeOf(ListValue list, List<double> numbers, TextSpan span)
    {
        if (list.Items.Count == 0) throw BindError.NotNumbers(span, "an empty list");
        Shape? inner = null;
        foreach (Value item in list.Items)
        {
            if (item is NumberValue n) numbers.Add(n.Number);
            Shape own = item switch
            {
                NumberValue => Shape.Scalar,
                ListValue l => ShapeOf(l, numbers, span),
                TensorValue => throw BindError.NotNumbers(span, "values that are calculated"),
                _ => throw BindError.NotNumbers(span, item.Describe()),
            };
            if (inner is { } other && other != own) throw BindError.RaggedList(span);
            inner = own;
        }

        return new Shape(list.Items.Count).Concat(inner!.Value);
    }
}
