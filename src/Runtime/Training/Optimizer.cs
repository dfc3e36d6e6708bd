using Nn.Graphs;

namespace Nn.Training;

/// <summary>A tensor that an optimizer keeps for every weight, and its first value.</summary>
public sealed record OptimizerState(string Name, double Initial);

/// <summary>What an optimizer's update is made from; all of one long row, or scalars.</summary>
/// <param name="Scope">Where nodes are made.</param>
/// <param name="Row">Where each tensor lies in the row.</param>
/// <param name="Weight">All weights, [P].</param>
/// <param name="Gradient">Their gradients, [P]; null for an optimizer that takes none.</param>
/// <param name="Time">The step, 1 in the first, an f32 scalar.</param>
/// <param name="Rate">The learning rate of this step, an f32 scalar.</param>
/// <param name="States">The optimizer's own tensors by name, each [P].</param>
/// <param name="Loss">The loss of this step's batch, a scalar, with other weights [P]; whatever is random in it is drawn alike.</param>
public sealed record OptimizerInputs(
    BuildScope Scope, ParameterRow Row, Node Weight, Node? Gradient, Node Time, Node Rate, IReadOnlyDictionary<string, Node> States, Func<Node, Node> Loss);

/// <summary>The next weights and states.</summary>
public sealed record OptimizerOutputs(Node Weight, IReadOnlyDictionary<string, Node> States);

/// <summary>An update rule as formulas.</summary>
/// <param name="Name">As in the script.</param>
/// <param name="Rate">The learning rate before any schedule.</param>
/// <param name="States">What it keeps for every weight.</param>
/// <param name="Numbers">Its other numbers (betas, decay), which may change while training.</param>
/// <param name="Update">Builds the next weights and states.</param>
/// <param name="UsesGradient">Whether the loss is differentiated for it.</param>
public sealed record Optimizer(
    string Name, Hyperparameter Rate, IReadOnlyList<OptimizerState> States, IReadOnlyList<Hyperparameter> Numbers,
    Func<OptimizerInputs, OptimizerOutputs> Update, bool UsesGradient = true)
{
    /// <summary>Whether it has a learning rate for a schedule to change.</summary>
    public bool HasRate { get; init; } = true;

    /// <summary>Whether it asks for the loss of the batch at other weights.</summary>
    public bool AsksForLoss { get; init; }

    /// <summary>
    /// For lbfgs, how many steps it remembers; it has no formulas, and the host searches along each direction. 0 for all others.
    /// </summary>
    public int History { get; init; }

    /// <summary>Its numbers that are swept, without the rate, which goes by the schedule.</summary>
    public IEnumerable<Hyperparameter> Swept => Numbers.Where(n => n.End is not null);
}
