using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// What the plan of an lbfgs training has beside that of others (Nocedal and Wright 2006, algorithms 7.4 and 7.5): the steps remembered, and entries that find
/// a direction, look at a point along it, and go there. The newest step comes first; those not yet made have ρ = 0, which takes them out of all formulas.
/// </summary>
public sealed class Lbfgs
{
    // As elsewhere: less curvature than this is taken for rounding.
    private const double LeastCurvature = 1e-10;

    private readonly ParameterRow _row;
    private readonly int _history;

    internal Lbfgs(PlanBuilder plan, ParameterRow row, string name, int history)
    {
        (_row, _history) = (row, history);
        Slot Row(string what) => plan.Slot("optimizer", $"lbfgs.{what}.{name}", row.Slot.Shape, DType.F32);
        Slot Number(string what) => plan.Slot("control", $"lbfgs.{what}.{name}", Shape.Scalar, DType.F32);
        Slot Rows(string what) => plan.Slot("optimizer", $"lbfgs.{what}.{name}", new Shape(history).Concat(row.Slot.Shape), DType.F32);
        (Steps, Changes) = (Rows("steps"), Rows("changes"));
        Curvatures = plan.Slot("optimizer", $"lbfgs.curvatures.{name}", new Shape(history), DType.F32);
        (Direction, Trial) = (Row("direction"), Row("trial"));
        (Length, Loss, Slope, Size) = (Number("length"), Number("loss"), Number("slope"), Number("size"));
    }

    /// <summary>s, the steps taken, [history, P].</summary>
    public Slot Steps { get; }

    /// <summary>y, how the gradient changed with each, [history, P].</summary>
    public Slot Changes { get; }

    /// <summary>ρ = 1 ÷ s·y of each, [history]; 0 where there is none.</summary>
    public Slot Curvatures { get; }

    /// <summary>The direction of the search, [P].</summary>
    public Slot Direction { get; }

    /// <summary>The gradient at the point looked at, [P].</summary>
    public Slot Trial { get; }

    /// <summary>How far along the direction to look or go; written by the host.</summary>
    public Slot Length { get; }

    /// <summary>The loss at the weights or at the point looked at.</summary>
    public Slot Loss { get; }

    /// <summary>The derivative of the loss along the direction, there.</summary>
    public Slot Slope { get; }

    /// <summary>Σ|g| at the weights.</summary>
    public Slot Size { get; }

    /// <summary>What must be kept to go on later.</summary>
    public IEnumerable<Slot> States => [Steps, Changes, Curvatures];

    /// <summary>From the gradient at the weights to the direction: minus the gradient times the inverse Hessian as far as the steps tell it.</summary>
    internal Graph FindDirection()
    {
        var g = new GraphBuilder { Label = "lbfgs" };
        Node gradient = g.Read(_row.Gradients!), q = gradient;
        Node[] s = Rows(g, Steps), y = Rows(g, Changes), rho = [.. Enumerable.Range(0, _history).Select(i => g.Slice(g.Read(Curvatures), 0, i, 1))];
        var a = new Node[_history];
        for (int i = 0; i < _history; i++)
        {
            a[i] = g.Mul(rho[i], Dot(g, s[i], q));
            q = g.Sub(q, g.Mul(a[i], y[i]));
        }

        // The scale of the newest step, s·y ÷ y·y.
        Node scale = g.Select(g.Less(g.Constant(0), rho[0]), g.Div(g.Constant(1), g.Mul(rho[0], Dot(g, y[0], y[0]))), g.Constant(1));
        Node r = g.Mul(q, scale);
        for (int i = _history - 1; i >= 0; i--) r = g.Add(r, g.Mul(g.Sub(a[i], g.Mul(rho[i], Dot(g, y[i], r))), s[i]));
        Node direction = g.Neg(r);
        g.Assign(Direction, direction);
        g.Assign(Slope, g.Reshape(Dot(g, gradient, direction), Shape.Scalar));
        g.Assign(Size, g.Reshape(g.Sum(g.Abs(gradient), new Shape(0)), Shape.Scalar));
        return g.Build();
    }

    /// <summary>The point at <see cref="Length"/> along the direction.</summary>
    internal Node Point(GraphBuilder g) => g.Add(g.Read(_row.Slot), g.Mul(g.Read(Direction), g.Read(Length)));

    /// <summary>Writes what was found at the point.</summary>
    internal void Found(GraphBuilder g, Node loss, Node gradient)
    {
        g.Assign(Loss, loss);
        g.Assign(Trial, gradient);
        g.Assign(Slope, g.Reshape(Dot(g, gradient, g.Read(Direction)), Shape.Scalar));
    }

    /// <summary>Goes to the point looked at last, and remembers the step unless the loss does not curve upwards along it.</summary>
    internal Graph Go()
    {
        var g = new GraphBuilder { Label = "lbfgs" };
        Node step = g.Mul(g.Read(Direction), g.Read(Length)), change = g.Sub(g.Read(Trial), g.Read(_row.Gradients!));
        Node product = Dot(g, step, change), good = g.Less(g.Constant(LeastCurvature), product);
        g.Assign(_row.Slot, g.Add(g.Read(_row.Slot), step));
        Remember(g, Steps, g.Reshape(step, new Shape(1).Concat(step.Shape)), good);
        Remember(g, Changes, g.Reshape(change, new Shape(1).Concat(change.Shape)), good);
        Remember(g, Curvatures, g.Div(g.Constant(1), product), good);
        return g.Build();
    }

    private void Remember(GraphBuilder g, Slot slot, Node newest, Node good)
    {
        Node old = g.Read(slot);
        Node moved = _history == 1 ? newest : g.Concat(0, newest, g.Slice(old, 0, 0, _history - 1));
        g.Assign(slot, g.Select(good, moved, old));
    }

    private Node[] Rows(GraphBuilder g, Slot slot) =>
        [.. Enumerable.Range(0, _history).Select(i => g.Reshape(g.Slice(g.Read(slot), 0, i, 1), _row.Slot.Shape))];

    private static Node Dot(GraphBuilder g, Node a, Node b) => g.Sum(g.Mul(a, b), new Shape(0));
}
