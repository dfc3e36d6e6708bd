using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>Updates the weights of a step in its entry: gradient, clipping, the optimizer's formulas, and in which steps that happens.</summary>
/// <param name="definition">The updates.</param>
/// <param name="slots">Where weights and states are.</param>
/// <param name="stepsPerEpoch">By which epochs are counted.</param>
/// <param name="forms">Which steps do what.</param>
internal sealed class WeightUpdates(TrainingDefinition definition, TrainingSlots slots, int stepsPerEpoch, StepForms forms)
{
    /// <summary>The weights that stand still in steps of a form.</summary>
    public HashSet<Parameter> Still(StepForm form) =>
        [.. definition.Steps.SelectMany(s => s.Parts).Where(p => forms.IsStill(p, form)).SelectMany(p => p.Model.Parameters)];

    /// <summary>Updates the weights of one step of the training, or adds its gradient to those of the steps before.</summary>
    public void Apply(TrainingScope scope, UpdateStep u)
    {
        GraphBuilder g = scope.Graph;
        int i = u.Number;
        TrainingStep step = definition.Steps[i];
        ParameterRow row = slots.Rows[i];
        Node weights = g.Read(row.Slot);
        Node? gradient = row.Gradients is null ? null : Gradient(scope, u);
        if (slots.Lbfgs is { } lbfgs)
        {
            g.Assign(lbfgs.Loss, u.Loss);
            return;
        }

        if (!u.Form.Updates) return;
        g.Label = step.Optimizer.Name;
        (Node count, Node? due) = (Updates(scope), Due(g, scope.Step, step));
        if (step.After is { } after) count = g.Sub(count, g.Constant(Steps(after), DType.I32));
        (Node rate, Node? learns) = (u.Rate, null);
        if (slots.PartNumbers[i] is not null)
        {
            rate = g.Mul(rate, ByPart(scope, i, p => scope.Number(p.Factor), g.Constant(1)));
            // Moving averages of an optimizer begin where a part begins to learn.
            if (step.Parts.Any(p => p.Freeze is not null))
                count = g.Sub(count, ByPart(scope, i, p => g.Constant(forms.UpdatesBefore(p), DType.I32), g.Constant(0, DType.I32)));
            if (step.Parts.Any(p => forms.IsStill(p, u.Form)))
                learns = ByPart(scope, i, p => g.Constant(forms.IsStill(p, u.Form) ? 0 : 1), g.Constant(1));
        }

        Node time = g.Add(g.Floor(g.Mul(g.Cast(count, DType.F32), g.Constant(1.0 / step.Every))), g.Constant(1));
        Dictionary<string, Node> states = step.Optimizer.States.Select((s, k) => (s.Name, Node: g.Read(slots.States[i][k])))
            .ToDictionary(s => s.Name, s => s.Node);
        Node Loss(Node at) => at == weights ? u.Loss : u.Elsewhere(Row(g, at, row));
        OptimizerOutputs next = step.Optimizer.Update(new OptimizerInputs(scope, row, weights, gradient, time, rate, states, Loss));
        Node Guarded(Node old, Node updated)
        {
            if (learns is not null) updated = g.Select(learns, updated, old);
            return due is null ? updated : g.Select(due, updated, old);
        }

        for (int k = 0; k < step.Optimizer.States.Count; k++)
        {
            string name = step.Optimizer.States[k].Name;
            g.Assign(slots.States[i][k], Guarded(states[name], Row(g, next.States[name], row)));
        }

        scope.Replace(row, Guarded(weights, Row(g, next.Weight, row)));
    }

    /// <summary>Counts an update, where not each step is one, and moves the averages of weights towards them.</summary>
    public void Count(TrainingScope scope)
    {
        GraphBuilder g = scope.Graph;
        if (definition.Average is { } decay)
        {
            g.Label = "average";
            Node t = g.Cast(Updates(scope), DType.F32);
            // At first what was drawn at random is soon forgotten.
            Node kept = g.Min(g.Constant(decay), g.Div(g.Add(t, g.Constant(1)), g.Add(t, g.Constant(10))));
            Node Moved(Slot average, Node now) => g.Add(g.Mul(g.Read(average), kept), g.Mul(now, g.Sub(g.Constant(1), kept)));
            for (int i = 0; i < slots.AverageRows.Count; i++) g.Assign(slots.AverageRows[i], Moved(slots.AverageRows[i], scope.Row(slots.Rows[i])));
            foreach ((Parameter p, Slot average) in slots.Averages.Where(a => !a.Key.Trained)) g.Assign(average, Moved(average, scope.Read(p)));
        }

        if (slots.Updates is { } updates) g.Assign(updates, g.Add(g.Read(updates), g.Constant(1, DType.I32)));
    }

    // Updates before this one.
    private Node Updates(TrainingScope scope) => slots.Updates is { } updates ? scope.Graph.Read(updates) : scope.Step;

    // For each weight of a row a value of the part that it belongs to.
    private Node ByPart(TrainingScope scope, int i, Func<TrainedPart, Node> value, Node otherwise)
    {
        GraphBuilder g = scope.Graph;
        Node numbers = g.Read(slots.PartNumbers[i]!), each = g.BroadcastTo(otherwise, numbers.Shape);
        IReadOnlyList<TrainedPart> parts = definition.Steps[i].Parts;
        for (int k = 0; k < parts.Count; k++) each = g.Select(g.Equal(numbers, g.Constant(k, DType.I32)), value(parts[k]), each);
        return each;
    }

    private Node Gradient(TrainingScope scope, UpdateStep u)
    {
        GraphBuilder g = scope.Graph;
        int i = u.Number;
        ParameterRow row = slots.Rows[i];
        Parameter[] learning = [.. row.Parameters.Where(p => !scope.Still.Contains(p))];
        IReadOnlyList<Node> found = Autodiff.Gradients(g, u.Loss, [.. learning.Select(scope.Read)], scope.Updated);
        g.Label = definition.Steps[i].Optimizer.Name;
        Node Of(Parameter p) => Array.IndexOf(learning, p) is >= 0 and var k ? found[k] : g.BroadcastTo(g.Constant(0), p.Shape);
        Node packed = g.Pack(row.Layout, [.. row.Parameters.Select(Of)]);
        g.Assign(row.Gradients!, packed);
        if (slots.Accumulated.Count > 0) packed = Accumulated(g, u, packed);
        return definition.Steps[i].Clip?.Apply(g, packed) ?? packed;
    }

    // The mean of the gradients since weights changed, each by its samples; the sum begins anew where weights change.
    private Node Accumulated(GraphBuilder g, UpdateStep u, Node gradient)
    {
        (Slot sum, Slot samples) = slots.Accumulated[u.Number];
        Node all = g.Add(g.Read(sum), g.Mul(gradient, u.Samples)), count = g.Add(g.Read(samples), u.Samples);
        g.Assign(sum, u.Form.Updates ? g.BroadcastTo(g.Constant(0), all.Shape) : all);
        g.Assign(samples, u.Form.Updates ? g.Constant(0) : count);
        return g.Div(all, g.Max(count, g.Constant(1e-30)));
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

    private int Steps(Duration d) => d.WholeSteps(stepsPerEpoch);

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
