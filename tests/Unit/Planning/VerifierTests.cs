using Nn.Graphs;
using Nn.Ops;
using Nn.Passes;
using Nn.Planning;

namespace Nn.Tests.Unit.Planning;

/// <summary>Each rule of the verifiers, broken once; and that they look at whatever a test plans.</summary>
public class VerifierTests
{
    private static readonly Arena s_data = new("data", persistent: true);
    private static readonly Slot s_in = new("in", new Shape(4), DType.F32, s_data, s_data.Reserve(16)),
        s_out = new("out", new Shape(4), DType.F32, s_data, s_data.Reserve(16));

    [Fact]
    public void Passes_are_checked_in_tests()
    {
        Assert.True(Verification.On);
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => Verification.Demand("a pass", () => ["one thing", "another"]));
        Assert.Equal("a pass made what cannot be: one thing; another", refused.Message);
    }

    [Fact]
    public void A_graph_that_was_built_has_no_mistake() => Assert.Empty(GraphVerifier.Mistakes(Negation().Graph));

    [Fact]
    public void A_node_comes_after_its_operands()
    {
        (Node read, Node neg, _) = Negation();
        Assert.Contains("does not come before it", Assert.Single(GraphVerifier.Mistakes(new Graph([neg, read], []))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_stands_once()
    {
        (Node read, _, _) = Negation();
        Assert.Contains("stands twice", Assert.Single(GraphVerifier.Mistakes(new Graph([read, read], []))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_has_the_shape_and_type_of_its_rule()
    {
        (Node read, _, _) = Negation();
        foreach (Node wrong in new[] { Made(ElementwiseOps.Neg, new Shape(5), DType.F32, read), Made(ElementwiseOps.Neg, new Shape(4), DType.I32, read) })
            Assert.EndsWith("is f32 4 by the rule of neg", Assert.Single(GraphVerifier.Mistakes(new Graph([read, wrong], []))), StringComparison.Ordinal);
        Node sum = Made(ReductionOps.Sum, new Shape(1), DType.F32, new ReduceAttributes(new Shape(3)), read);
        Assert.Contains("sum: 4 has no axis 3", Assert.Single(GraphVerifier.Mistakes(new Graph([read, sum], []))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_has_as_many_operands_as_its_row_says()
    {
        (Node read, _, _) = Negation();
        Node wrong = Made(ElementwiseOps.Add, new Shape(4), DType.F32, read);
        Assert.Contains("has 1 operands, not 2", Assert.Single(GraphVerifier.Mistakes(new Graph([read, wrong], []))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_slot_gets_a_value_of_the_graph_that_fits_it()
    {
        (Node read, Node neg, _) = Negation();
        Assert.Contains(
            "is not part of the graph", Assert.Single(GraphVerifier.Mistakes(new Graph([read], [new Assignment(s_out, neg)]))), StringComparison.Ordinal);
        var small = new Slot("small", new Shape(3), DType.F32, s_data, 0);
        Assert.Contains(
            "small f32 3 cannot hold", Assert.Single(GraphVerifier.Mistakes(new Graph([read, neg], [new Assignment(small, neg)]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_stand_in_the_order_of_what_they_need_and_leave_it_in_memory()
    {
        var b = new GraphBuilder();
        // A product of matrices in between, so that there are three groups.
        var square = new Slot("square", new Shape(2, 2), DType.F32, s_data, 0);
        Node product = b.MatMul(b.Exp(b.Read(square)), b.Read(square));
        b.Assign(square, b.Exp(product));
        Graph graph = b.Build();
        var inline = new InlineNodes(graph, new HashSet<Node>());
        (IReadOnlyList<FusionGroup> groups, IReadOnlySet<Node> materialized) = Fuse.Run(graph, inline, new HashSet<Node>());
        Assert.Equal(3, groups.Count);
        Assert.Empty(GroupVerifier.Mistakes(graph, groups, materialized, inline));
        Assert.Contains(
            GroupVerifier.Mistakes(graph, [.. groups.Reverse()], materialized, inline), m => m.EndsWith("of a later group", StringComparison.Ordinal));
        Assert.Contains(
            GroupVerifier.Mistakes(graph, [.. groups, groups[0]], materialized, inline), m => m.EndsWith("is in two groups", StringComparison.Ordinal));
        string[] kept = [.. GroupVerifier.Mistakes(graph, groups, new HashSet<Node>(), inline)];
        Assert.Contains(kept, m => m.EndsWith("of another group, which keeps it to itself", StringComparison.Ordinal));
        Assert.Contains(kept, m => m.EndsWith("which no group leaves in memory", StringComparison.Ordinal));
    }

    [Fact]
    public void A_program_is_in_order()
    {
        FusedInstruction load = new(FusedOp.Load, DType.F32, Operand: 0), store = new(FusedOp.Store, DType.F32, A: 0, Operand: 1);
        Assert.Empty(ProgramVerifier.Mistakes(Program(load, store)));
        string Only(FusedProgram p) => Assert.Single(ProgramVerifier.Mistakes(p));
        Assert.Equal("instruction 0, Neg, needs 1, which comes later", Only(Program(new(FusedOp.Neg, DType.F32, A: 1), load)));
        Assert.Equal("instruction 2, Load, stands behind what ends the program", Only(Program(load, store, load)));
        Assert.Equal("instruction 0, Load, names operand 7 of 2", Only(Program(load with { Operand = 7 })));
        Assert.Equal("instruction 0, Load, takes operand 1 the wrong way round", Only(Program(load with { Operand = 1 })));
        Assert.Equal("the space 1x1x1x1x1 has not one to four axes", Only(new FusedProgram(new Shape(1, 1, 1, 1, 1), 0, 0, 0, [], [])));
        Assert.Equal("operand 0 has strides 1 in the space 2x3",
            Only(new FusedProgram(new Shape(2, 3), 0, 0, 0, [new(DType.F32, OperandRole.Input, new Shape(1))], [])));
        Assert.Equal("reductions run over axes that the space does not have", Only(new FusedProgram(new Shape(4), 0, 0, 2, [], [])));
    }

    [Fact]
    public void Values_that_live_at_the_same_time_lie_apart()
    {
        TemporaryBuffer Living(int first, int last, long offset)
        {
            var b = new TemporaryBuffer(64) { Offset = offset };
            b.Touch(first);
            b.Touch(last);
            return b;
        }

        Assert.Empty(PlanVerifier.Overlaps([Living(0, 2, 0), Living(1, 3, 64), Living(3, 4, 0)]));
        Assert.StartsWith(
            "two values lie at 32 of the work memory", Assert.Single(PlanVerifier.Overlaps([Living(0, 2, 0), Living(2, 3, 32)])), StringComparison.Ordinal);
        // One that nobody uses has no place.
        Assert.Empty(PlanVerifier.Overlaps([Living(0, 2, 0), new TemporaryBuffer(64)]));
    }

    [Fact]
    public void Slots_lie_within_the_arenas_of_the_plan()
    {
        Assert.Empty(PlanVerifier.Mistakes(new Plan([s_data], [s_in, s_out], [])));
        var beyond = new Slot("beyond", new Shape(4), DType.F32, s_data, s_data.Bytes - 8);
        Assert.Contains("does not lie within", Assert.Single(PlanVerifier.Mistakes(new Plan([s_data], [beyond], []))), StringComparison.Ordinal);
        Assert.Contains("which the plan does not have", Assert.Single(PlanVerifier.Mistakes(new Plan([], [s_in], []))), StringComparison.Ordinal);
        var work = new Arena("work", persistent: false);
        var temporary = new Slot("t", new Shape(4), DType.F32, work, work.Reserve(16));
        Assert.Contains("does not outlive a run", Assert.Single(PlanVerifier.Mistakes(new Plan([work], [temporary], []))), StringComparison.Ordinal);
        string step = Assert.Single(PlanVerifier.Mistakes(Of([s_data], KernelSteps.Copy(s_in, beyond))));
        Assert.StartsWith("run: step 1, copy beyond: beyond f32 4 at byte", step, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_reads_what_one_before_it_has_written()
    {
        var work = new Arena("work", persistent: false);
        var temporary = new Slot("t", new Shape(4), DType.F32, work, work.Reserve(16));
        PlanStep write = KernelSteps.Copy(s_in, temporary), read = KernelSteps.Copy(temporary, s_out);
        Assert.Empty(PlanVerifier.Mistakes(Of([s_data, work], write, read)));
        Assert.EndsWith("reads t f32 4, which no step before it has written", Assert.Single(PlanVerifier.Mistakes(Of([s_data, work], read, write))),
            StringComparison.Ordinal);
        // Half of it is not all.
        var large = new Slot("large", new Shape(64), DType.F32, work, work.Reserve(256));
        PlanStep half = KernelSteps.Copy(s_in, new Slot("half", new Shape(4), DType.F32, work, large.Offset)),
            whole = KernelSteps.Copy(large, new Slot("end", new Shape(64), DType.F32, s_data, 0));
        s_data.Grow(256);
        Assert.EndsWith("reads large f32 64, which no step before it has written", Assert.Single(PlanVerifier.Mistakes(Of([s_data, work], half, whole))),
            StringComparison.Ordinal);
    }

    private static Plan Of(Arena[] arenas, params PlanStep[] steps) => new(arenas, [], [new Entry("run", new Graph([], []), steps)]);

    private static FusedProgram Program(params FusedInstruction[] code) => new(
        new Shape(4), 0, 0, 0, [new(DType.F32, OperandRole.Input, new Shape(1)), new(DType.F32, OperandRole.Output, new Shape(1))], code);

    private static (Node Read, Node Neg, Graph Graph) Negation()
    {
        var b = new GraphBuilder();
        Node read = b.Read(s_in), neg = b.Neg(read);
        b.Assign(s_out, neg);
        return (read, neg, b.Build());
    }

    private static Node Made(Op op, Shape shape, DType type, params Node[] inputs) => Made(op, shape, type, null, inputs);

    private static Node Made(Op op, Shape shape, DType type, object? attributes, params Node[] inputs) => new(9, op, inputs, attributes, shape, type);
}
