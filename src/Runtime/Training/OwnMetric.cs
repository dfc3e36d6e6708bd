using Nn.Graphs;

namespace Nn.Training;

/// <summary>A metric that a script defines: a formula over the samples of a batch, as a loss is one, whose mean over samples and places is reported.</summary>
/// <param name="Name">Under which it is reported, behind <c>val_</c> that of the validation part. The smaller, the better.</param>
/// <param name="Formula">From the fields of a batch to one number, or several.</param>
public sealed record OwnMetric(string Name, Func<BuildScope, SampleNodes, Node> Formula);
