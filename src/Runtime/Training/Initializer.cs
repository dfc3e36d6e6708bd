namespace Nn.Training;

/// <summary>How a parameter's first values are drawn.</summary>
public enum InitializerKind
{
    /// <summary>Every element is <see cref="Initializer.A"/>.</summary>
    Constant,

    /// <summary>Normal with mean A and standard deviation B.</summary>
    Normal,

    /// <summary>Uniform in [A, B).</summary>
    Uniform,

    /// <summary>Glorot and Bengio 2010: uniform ±√(6 ÷ (fan in + fan out)), or normal of the same variance.</summary>
    Glorot,

    /// <summary>He et al. 2015: uniform ±√(6 ÷ fan in), or normal with variance 2 ÷ fan in.</summary>
    He,

    /// <summary>LeCun et al. 1998: uniform ±√(3 ÷ fan in), or normal with variance 1 ÷ fan in.</summary>
    Lecun,

    /// <summary>Rows or columns orthonormal (Saxe et al. 2014), times A.</summary>
    Orthogonal,

    /// <summary>Samples of the training data far from each other (Arthur and Vassilvitskii 2007: k-means++), one a row.</summary>
    KMeansPlusPlus,

    /// <summary>The mean of the training data.</summary>
    DataMean,

    /// <summary>The directions in which the training data vary most, one a column, of length 1; the largest element of each is positive.</summary>
    PrincipalComponents,

    /// <summary>A weight for each class of <see cref="Initializer.Field"/>: <see cref="ClassWeights.Balanced"/> of the training data.</summary>
    BalancedClasses,

    /// <summary>Numbers as written: <see cref="Initializer.Values"/>, row by row.</summary>
    Listed,
}

/// <summary>
/// An initializer with its numbers; <paramref name="Gaussian"/> chooses the normal form of glorot, he and lecun.
/// </summary>
public sealed record Initializer(InitializerKind Kind, double A = 0, double B = 0, bool Gaussian = false)
{
    /// <summary>Whether it takes the training data.</summary>
    public bool FromData => Kind is InitializerKind.KMeansPlusPlus or InitializerKind.DataMean or InitializerKind.PrincipalComponents
        or InitializerKind.BalancedClasses;

    /// <summary>The numbers of <see cref="InitializerKind.Listed"/>, as many as the parameter has.</summary>
    public IReadOnlyList<double> Values { get; init; } = [];

    /// <summary>The target that it is about, of <see cref="InitializerKind.BalancedClasses"/>.</summary>
    public string? Field { get; init; }

    /// <summary>All zeros.</summary>
    public static Initializer Zeros { get; } = new(InitializerKind.Constant);

    /// <summary>All ones.</summary>
    public static Initializer Ones { get; } = new(InitializerKind.Constant, 1);

    /// <summary>Glorot, uniform: the default for parameters of two axes and more.</summary>
    public static Initializer Glorot { get; } = new(InitializerKind.Glorot);
}
