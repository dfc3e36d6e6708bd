using Nn.Graphs;

namespace Nn.Training;

/// <summary>What an update of weights is made from in an entry.</summary>
/// <param name="Number">Which update of the training.</param>
/// <param name="Form">What the entry does.</param>
/// <param name="Loss">A scalar.</param>
/// <param name="Samples">Of how many samples, or places, the loss is the mean.</param>
/// <param name="Elsewhere">The same loss at other weights.</param>
/// <param name="Rate">The learning rate, a scalar.</param>
internal sealed record UpdateStep(int Number, StepForm Form, Node Loss, Node Samples, Func<Node, Node> Elsewhere, Node Rate);
