using Nn.Graphs;

namespace Nn.Training;

/// <summary>A model within a trained one whose weights stand still at first, or learn at a rate of their own.</summary>
/// <param name="Model">The part.</param>
/// <param name="Freeze">How long its weights stand still from the beginning; null: they do not.</param>
/// <param name="Factor">By which the learning rate is multiplied for its weights.</param>
public sealed record TrainedPart(Model Model, Duration? Freeze, Hyperparameter Factor)
{
    /// <summary>Whether two parts differ in their factors only, which may change while training.</summary>
    internal bool HasFormOf(TrainedPart other) =>
        Model.Name == other.Model.Name && Freeze == other.Freeze && Factor.Name == other.Factor.Name;
}
