using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>Updates the weights of a step in its entry: gradient, clipping, the optimizer's formulas, and in which steps that happens.</summary>
/// <param name="definition">The updates.</param>
/// <param name="slots">Where weights and states are.</param>
/// <param name="stepsPerEpoch">By which epochs are counted.</param>
internal sealed class WeightUpdates(TrainingDefinition definition, TrainingSlots slots, int stepsPerEpoch)
{
    /// <summary>Updates the weights of one step of the training.</summary>
    /// <param name="scope">The entry.</param>
    /// <param name="i">Number of the update.</param>
    /// <param name="loss">A scalar.</param>
    /// <param name="elsewhere">The same loss at other weights.</param>
    /// <param name="rate">The learning rate, a scalar.</param>
    public void Apply(TrainingScope scope, int i, Node loss, Func<Node, Node> elsewhere, Node rate)
    {
        GraphBuilder g = scope.Graph;
        TrainingStep step = definition.Steps[i];
        ParameterRow row = slots.Rows[i];
        Node weights = g.Read(row.Slot);
        Node? gradient = row.Gradients is null ? null : Gradient(scope, i, loss);
        if (slots.Lbfgs is { } lbfgs)
        {
            g.Assign(lbfgs.Loss, loss);
            return;
        }

        g.Label = step.Optimizer.Name;
        (Node count, Node? due) = (scope.Step, Due(g, scope.Step, step));
        if (step.After is { } after) count = g.Sub(count, g.Constant(Steps(after), DType.I32));
        Node time = g.Add(g.Floor(g.Mul(g.Cast(count, DType.F32), g.Constant(1.0 / step.Every))), g.Constant(1));
        Dictionary<string, Node> states = step.Optimizer.States.Select((s, k) => (s.Name, Node: g.Read(slots.States[i][k])))
            .ToDictionary(s => s.Name, s => s.Node);
        Node Loss(Node at) => at == weights ? loss : elsewhere(Row(g, at, row));
        OptimizerOutputs next = step.Optimizer.Update(new OptimizerInputs(scope, row, weights, gradient, time, rate, states, Loss));
        Node Guarded(Node old, Node updated) => due is null ? updated : g.Select(due, updated, old);
        for (int k = 0; k < step.Optimizer.States.Count; k++)
        {
            string name = step.Optimizer.States[k].Name;
            g.Assign(slots.States[i][k], Guarded(states[name], Row(g, next.States[name], row)));
        }

        scope.Replace(row, Guarded(weights, Row(g, next.Weight, row)));
    }

    private Node Gradient(TrainingScope scope, int i, Node loss)
    {
        GraphBuilder g = scope.Graph;
        ParameterRow row = slots.Rows[i];
        IReadOnlyList<Node> gradients = Autodiff.Gradients(g, loss, [.. row.Parameters.Select(scope.Read)], scope.Updated);
        g.Label = definition.Steps[i].Optimizer.Name;
        Node packed = g.Pack(row.Layout, [.. gradients]);
        g.Assign(row.Gradients!, packed);
        return definition.Steps[i].Clip?.Apply(g, packed) ?? packed;
    }

    // 1 in steps in which the update happens; null where it always does.
    private Node? Due(GraphBuilder g, Node count, TrainingStep step)
    {
        Node? due = step.Every == 1 ? null : Nth(g, count, step.Every);
        void And(Node condition) => due = due is null ? condition : g.Mul(due, condition);
        if (step.After is { } after) And(g.LessEqual(g.Constant(Steps(after), DType.I32), count));
        if (step.Until is { } until) And(g.Less(count, g.Constant(Steps(until), DType.I32)));
        return due;
    }

    private int Steps(Duration d) => (int)Math.Min(int.MaxValue, d.Epochs ? Math.Round(d.Count * stepsPerEpoch) : d.Count);

    // 1 in every n-th step: step − n·⌊step ÷ n⌋ = 0, exact up to 2^24 steps, where f32 stops counting.
    private static Node Nth(GraphBuilder g, Node step, int every)
    {
        Node low = g.Cast(g.Sub(step, g.Mul(g.Cast(g.Floor(g.Mul(g.Cast(step, DType.F32), g.Constant(1.0 / every))), DType.I32), g.Constant(every, DType.I32))),
            DType.F32);
        return g.Equal(low, g.Constant(0));
    }

    private static Node Row(GraphBuilder g, Node value, ParameterRow row) =>
        value.Shape == row.Slot.Shape ? value : g.BroadcastTo(value, row.Slot.Shape);
}
