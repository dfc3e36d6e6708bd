using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>Builds a graph from named inputs and runs it on the reference, the CPU and the GPU devices that there are.</summary>
internal sealed class GraphRunner
{
    private readonly PlanBuilder _plan = new();
    private readonly List<(Slot Slot, byte[] Bytes)> _inputs = [];
    private readonly List<Slot> _outputs = [];

    public GraphBuilder Graph { get; } = new();

    /// <summary>All definitions of the prelude.</summary>
    public static Definitions Prelude()
    {
        var d = new Definitions { Names = NameReader.Read(new Script(new SourceText("", ""), [])).Table };
        foreach (DefinitionStatement s in PreludeScript.Statements.Cast<DefinitionStatement>())
        {
            if (s.Kind == "fn") d.Functions[s.Name.Name] = (s, true);
            else d.Optimizers[s.Name.Name] = (s, true);
        }

        return d;
    }

    /// <summary>What a formula comes to.</summary>
    /// <param name="formula">Of the language.</param>
    /// <param name="values">The values of its names.</param>
    public Node Evaluate(string formula, params (string Name, Value Value)[] values)
    {
        Script script = ScriptParser.Parse(new SourceText("test", $"fn formula({string.Join(", ", values.Select(v => v.Name))}) = {formula}"));
        Definitions definitions = Prelude();
        definitions.Names = NameReader.Read(script).Table;
        definitions.Functions["formula"] = ((DefinitionStatement)script.Statements[0], false);
        var env = new Env(null, definitions) { Build = Scope() };
        return ((TensorValue)Evaluator.CallFunction(definitions.Function("formula")!, [.. values.Select(v => v.Value)], [], default, env)).Node;
    }

    public Node Input(Shape shape, float[] values) => Input(shape, DType.F32, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public Node Input(Shape shape, int[] values) => Input(shape, DType.I32, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>A slot that keeps its content from run to run.</summary>
    public Slot Kept(string name, float[] values)
    {
        Slot s = _plan.Slot("kept", name, new Shape(values.Length), DType.F32);
        _inputs.Add((s, MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
        return s;
    }

    /// <summary>Weights of so many elements each, as one row.</summary>
    public ParameterRow Row(params int[] sizes)
    {
        Parameter[] parameters = [.. sizes.Select((n, i) => new Parameter($"w{i}", new Shape(n), ParameterKind.Weight, Initializer.Zeros, 1, 1))];
        var row = new ParameterRow(_plan, "w", parameters, gradients: true);
        _inputs.Add((row.NeedSegments(), MemoryMarshal.AsBytes(row.SegmentNumbers().AsSpan()).ToArray()));
        return row;
    }

    public void Output(Node value)
    {
        Slot s = _plan.Slot("out", $"out{_outputs.Count}", value.Shape, value.Type);
        _outputs.Add(s);
        Graph.Assign(s, value);
    }

    /// <summary>Runs once on each backend and hands over the outputs.</summary>
    public void Run(Action<string, float[][]> check)
    {
        _plan.Entry("run", Graph.Build());
        Plan plan = _plan.Build();
        OnEachBackend(plan, (backend, program) =>
        {
            program.Run(plan.Entry("run"), 1);
            check(backend, [.. _outputs.Select(o => Read(program, o))]);
        });
    }

    /// <summary>Runs several times on each backend, with other inputs each time, and hands over one kept slot after each.</summary>
    public void RunSteps(int steps, Slot kept, Func<int, (Slot Slot, float[] Values)[]> inputs, Action<string, int, float[]> check)
    {
        _plan.Entry("run", Graph.Build());
        Plan plan = _plan.Build();
        OnEachBackend(plan, (backend, program) =>
        {
            for (int k = 0; k < steps; k++)
            {
                foreach ((Slot slot, float[] values) in inputs(k)) program.Write(slot, MemoryMarshal.AsBytes(values.AsSpan()));
                program.Run(plan.Entry("run"), 1);
                check(backend, k, Read(program, kept));
            }
        });
    }

    private void OnEachBackend(Plan plan, Action<string, IProgram> run)
    {
        using var cpu = new CpuBackend(2);
        foreach (IBackend backend in new IBackend[] { new ReferenceBackend(), cpu }.Concat(GpuDevices.Present))
        {
            using IProgram program = backend.Load(plan);
            foreach ((Slot slot, byte[] bytes) in _inputs) program.Write(slot, bytes);
            run(backend.Name, program);
        }
    }

    private Node Input(Shape shape, DType type, byte[] bytes)
    {
        Slot s = _plan.Slot("in", $"in{_inputs.Count}", shape, type);
        _inputs.Add((s, bytes));
        return Graph.Read(s);
    }

    private static float[] Read(IProgram program, Slot slot)
    {
        var values = new float[slot.Shape.Count];
        program.Read(slot, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>A scope around the graph, for functions of the language, and for layers where the values of parameters are given.</summary>
    public BuildScope Scope(IReadOnlyDictionary<Parameter, Node>? parameters = null) => new RunnerScope(Graph, parameters);

    private sealed class RunnerScope(GraphBuilder graph, IReadOnlyDictionary<Parameter, Node>? parameters) : BuildScope
    {
        public override GraphBuilder Graph => graph;

        public override bool Training => true;

        public override Node Seed => graph.Constant(0, DType.I32);

        public override Node Step => graph.Constant(0, DType.I32);

        public override Node Read(Parameter parameter) => parameters?[parameter] ?? throw new InvalidOperationException(parameter.Name);

        public override void Update(Parameter parameter, Node value) => throw new InvalidOperationException(parameter.Name);

        public override Node Number(Hyperparameter number) => graph.Constant(number.Value);
    }
}
