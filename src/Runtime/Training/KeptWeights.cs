namespace Nn.Training;

/// <summary>
/// Which weights of a training a checkpoint gives to evaluation and prediction; those of the other kind, where both are known, lie beside them.
/// </summary>
public enum KeptWeights
{
    /// <summary>Those in force.</summary>
    InForce,

    /// <summary>Those of the best epoch so far, where it is known.</summary>
    Best,

    /// <summary>Those that training goes on from.</summary>
    Last,
}
