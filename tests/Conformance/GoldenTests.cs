using System.Text.Json;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>The prelude, convolutions and pools beside PyTorch, on every backend that there is.</summary>
[Collection(GpuDevices.Collection)]
public class GoldenTests
{
    private static readonly string[] BuiltIn = ["sigmoid", "tanh", "softplus"];

    // A helper of the optimizers, covered by theirs; and what PyTorch has not, which MetropolisTests and KMeansTests cover.
    private static readonly string[] Helpers = ["filled", "metropolis_move", "metropolis", "inertia", "nearest"];

    public static TheoryData<string> Activations => Names("activations");

    public static TheoryData<string> Losses => Names("losses");

    public static TheoryData<string> Optimizers => Names("optimizers");

    public static TheoryData<string> Clips => Names("clipping");

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activation(string name)
    {
        JsonElement golden = Golden.Root.GetProperty("activations").GetProperty(name);
        var runner = new GraphRunner();
        GraphBuilder g = runner.Graph;
        Node x = runner.Input(new Shape(3, 4), golden.GetProperty("x").Floats()), w = runner.Input(new Shape(3, 4), golden.GetProperty("w").Floats());
        Node y = Call(runner, name, "", new TensorValue(x));
        Node sum = g.Reshape(g.Sum(g.Mul(y, w), new Shape(0, 1)), Shape.Scalar);
        runner.Output(y);
        runner.Output(Autodiff.Gradients(g, sum, [x])[0]);
        runner.Run((backend, outputs) =>
        {
            Golden.AssertClose(golden.GetProperty("y").Doubles(), outputs[0], 1e-5, $"{name} on {backend}");
            Golden.AssertClose(golden.GetProperty("grad").Doubles(), outputs[1], 1e-4, $"gradient of {name} on {backend}");
        });
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss(string name)
    {
        JsonElement golden = Golden.Root.GetProperty("losses").GetProperty(name);
        string function = name.Split(' ')[0];
        var runner = new GraphRunner();
        GraphBuilder g = runner.Graph;
        int[] dims = golden.GetProperty("shape").Ints();
        Node p = runner.Input(new Shape(dims), golden.GetProperty("p").Floats());
        JsonElement stored = golden.GetProperty("y");
        Value[] arguments;
        if (name is "triplet" or "contrastive")
        {
            float[] all = stored.Floats();
            Node second = runner.Input(new Shape(4, 3), all[..12]);
            Node third = name == "triplet" ? runner.Input(new Shape(4, 3), all[12..]) : runner.Input(new Shape(4, 1), all[12..]);
            arguments = [new TensorValue(p), new TensorValue(second), new TensorValue(third)];
        }
        else
        {
            Node y = golden.GetProperty("classes").GetBoolean()
                ? runner.Input(new Shape(dims[0]), stored.Ints())
                : runner.Input(new Shape(dims), stored.Floats());
            Node prediction = name.EndsWith("sigmoid", StringComparison.Ordinal)
                ? g.Sigmoid(p)
                : name.EndsWith("softmax", StringComparison.Ordinal)
                ? Call(runner, "softmax", "", new TensorValue(p))
                : p;
            arguments = [new TensorValue(prediction), new TensorValue(y)];
        }

        Node each = Call(runner, function, golden.GetProperty("arguments").GetString()!, arguments);
        Node loss = g.Reshape(g.Mean(each, new Shape([.. Enumerable.Range(0, each.Shape.Rank)])), Shape.Scalar);
        runner.Output(loss);
        runner.Output(Autodiff.Gradients(g, loss, [p])[0]);
        runner.Run((backend, outputs) =>
        {
            Golden.AssertClose(golden.GetProperty("value").GetDouble(), outputs[0][0], 1e-5, $"{name} on {backend}");
            Golden.AssertClose(golden.GetProperty("grad").Doubles(), outputs[1], 1e-5, $"gradient of {name} on {backend}");
        });
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Ten_steps_of_an_optimizer(string text)
    {
        JsonElement golden = Golden.Root.GetProperty("optimizers").GetProperty(text);
        Script script = ScriptParser.Parse(new SourceText("test", $"let o = {text}"));
        var call = (CallExpr)((LetStatement)script.Statements[0]).Value;
        Definitions definitions = GraphRunner.Prelude();
        definitions.Names = NameReader.Read(script).Table;
        Optimizer optimizer =
            OptimizerBinder.Bind(definitions.Optimizers[call.Function.Name].Definition, true, call.Function, call.Arguments, new Env(null, definitions), null);

        var runner = new GraphRunner();
        GraphBuilder g = runner.Graph;
        ParameterRow row = runner.Row(4, 2);
        float[] first = Spread(row, golden.GetProperty("w").Floats());
        Slot w = runner.Kept("w", first), gradient = runner.Kept("g", new float[first.Length]), time = runner.Kept("t", new float[1]);
        Dictionary<string, Slot> states =
            optimizer.States.ToDictionary(s => s.Name, s => runner.Kept("state." + s.Name, [.. Enumerable.Repeat((float)s.Initial, first.Length)]));
        Node t = g.Reshape(g.Read(time), Shape.Scalar);
        OptimizerOutputs next = optimizer.Update(new OptimizerInputs(
            runner.Scope(), row, g.Read(w), g.Read(gradient), t, g.Constant(optimizer.Rate.Value), states.ToDictionary(s => s.Key, s => g.Read(s.Value)),
            _ => throw new InvalidOperationException("these optimizers take gradients")));
        g.Assign(w, next.Weight);
        foreach ((string name, Slot slot) in states)
            g.Assign(slot, next.States[name].Shape == slot.Shape ? next.States[name] : g.BroadcastTo(next.States[name], slot.Shape));
        JsonElement[] steps = [.. golden.GetProperty("steps").EnumerateArray()], gradients = [.. golden.GetProperty("g").EnumerateArray()];
        runner.RunSteps(
            10, w, k => [(gradient, Spread(row, gradients[k].Floats())), (time, [k + 1])],
            (backend, k, weights) => Golden.AssertClose(steps[k].Doubles(), Gathered(row, weights), 2e-5, $"{text}, step {k + 1} on {backend}"));
    }

    [Theory]
    [MemberData(nameof(Clips))]
    public void Clipped_gradients(string text)
    {
        JsonElement golden = Golden.Root.GetProperty("clipping").GetProperty(text);
        double bound = double.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        var runner = new GraphRunner();
        ParameterRow row = runner.Row(4, 2);
        Node g = runner.Input(row.Slot.Shape, Spread(row, golden.GetProperty("g").Floats()));
        runner.Output((text.StartsWith("norm", StringComparison.Ordinal) ? new Clip(Norm: bound) : new Clip(Value: bound)).Apply(runner.Graph, g));
        runner.Run(
            (backend, outputs) => Golden.AssertClose(golden.GetProperty("clipped").Doubles(), Gathered(row, outputs[0]), 1e-6, $"clip {text} on {backend}"));
    }

    // Each parameter's elements at its place of the row.
    private static float[] Spread(ParameterRow row, float[] values)
    {
        var all = new float[row.Slot.Shape.Count];
        int at = 0;
        for (int i = 0; i < row.Parameters.Count; at += (int)row.Parameters[i++].Shape.Count)
            values.AsSpan(at, (int)row.Parameters[i].Shape.Count).CopyTo(all.AsSpan(row.Offsets[i]));
        return all;
    }

    private static float[] Gathered(ParameterRow row, float[] all) =>
        [.. row.Parameters.SelectMany((p, i) => all.AsSpan(row.Offsets[i], (int)p.Shape.Count).ToArray())];

    [Fact]
    public void Convolutions()
    {
        foreach (JsonElement golden in Golden.Root.GetProperty("convolutions").EnumerateArray())
        {
            int Number(string name) => golden.GetProperty(name).GetInt32();
            var runner = new GraphRunner();
            GraphBuilder g = runner.Graph;
            Shape image = new(golden.GetProperty("image").Ints()), weights = new(golden.GetProperty("weights").Ints());
            Node x = runner.Input(image, Golden.Hashed((int)image.Count, 31, -1, 1)), k = runner.Input(weights, Golden.Hashed((int)weights.Count, 32, -1, 1));
            int pad = Number("pad"), stride = Number("stride"), dilation = Number("dilation");
            Node y = g.Conv(x, k, new ConvAttributes(stride, stride, pad, pad, pad, pad, dilation, dilation, Number("groups")));
            Node r = runner.Input(y.Shape, Golden.Hashed((int)y.Shape.Count, 33, -1, 1));
            IReadOnlyList<Node> gradients = Autodiff.Gradients(g, g.Reshape(g.Sum(g.Mul(y, r), new Shape(0, 1, 2, 3)), Shape.Scalar), [x, k]);
            runner.Output(y);
            runner.Output(gradients[0]);
            runner.Output(gradients[1]);
            runner.Run((backend, outputs) =>
            {
                string what = $"conv {image} * {weights} on {backend}";
                Golden.AssertClose(golden.GetProperty("y").Doubles(), outputs[0], 1e-5, what);
                Golden.AssertClose(golden.GetProperty("dx").Doubles(), outputs[1], 1e-5, what + ", image gradient");
                Golden.AssertClose(golden.GetProperty("dw").Doubles(), outputs[2], 1e-5, what + ", weight gradient");
            });
        }
    }

    [Fact]
    public void Pools()
    {
        foreach (JsonElement golden in Golden.Root.GetProperty("pools").EnumerateArray())
        {
            int Number(string name) => golden.GetProperty(name).GetInt32();
            var runner = new GraphRunner();
            GraphBuilder g = runner.Graph;
            Shape image = new(golden.GetProperty("image").Ints());
            Node x = runner.Input(image, Golden.Hashed((int)image.Count, 41, -1, 1));
            int pad = Number("pad"), stride = Number("stride"), window = Number("window");
            var a = new PoolAttributes(window, window, stride, stride, pad, pad, pad, pad);
            Node y = golden.GetProperty("kind").GetString() == "max" ? g.MaxPool(x, a) : g.AveragePool(x, a);
            Node r = runner.Input(y.Shape, Golden.Hashed((int)y.Shape.Count, 42, -1, 1));
            runner.Output(y);
            runner.Output(Autodiff.Gradients(g, g.Reshape(g.Sum(g.Mul(y, r), new Shape(0, 1, 2, 3)), Shape.Scalar), [x])[0]);
            runner.Run((backend, outputs) =>
            {
                string what = $"{golden.GetProperty("kind")} pool {image} on {backend}";
                Golden.AssertClose(golden.GetProperty("y").Doubles(), outputs[0], 1e-6, what);
                Golden.AssertClose(golden.GetProperty("dx").Doubles(), outputs[1], 1e-6, what + ", gradient");
            });
        }
    }

    [Fact]
    public void Every_definition_of_the_prelude_has_numbers()
    {
        HashSet<string> covered = [.. new[] { "activations", "losses", "optimizers" }.SelectMany(Section).Select(n => n.Split(' ', '(')[0])];
        string[] missing = [.. PreludeScript.Statements.Select(s => s.Name.Name).Concat(BuiltIn).Where(n => !covered.Contains(n) && !Helpers.Contains(n))];
        Assert.Empty(missing);
    }

    private static IEnumerable<string> Section(string name) => Golden.Root.GetProperty(name).EnumerateObject().Select(p => p.Name);

    private static TheoryData<string> Names(string section) => [.. Section(section)];

    private static Node Call(GraphRunner runner, string name, string options, params Value[] arguments)
    {
        string[] names = [.. arguments.Select((_, i) => $"a{i}")];
        return runner.Evaluate($"{name}({string.Join(", ", names)}{(options.Length > 0 ? ", " + options : "")})", [.. names.Zip(arguments)]);
    }
}
