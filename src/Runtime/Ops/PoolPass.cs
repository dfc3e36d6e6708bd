namespace Nn.Ops;

/// <summary>What a pooling step computes.</summary>
public enum PoolPass
{
    /// <summary>Largest of each window.</summary>
    Max,

    /// <summary>Gradient of the image: each output gradient goes to the first largest element of its window.</summary>
    MaxGradient,

    /// <summary>Mean of each window, padding counted as zeros.</summary>
    Average,

    /// <summary>Gradient of the image: each output gradient is shared equally over its window.</summary>
    AverageGradient,
}
