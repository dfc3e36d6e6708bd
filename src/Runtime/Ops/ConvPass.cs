namespace Nn.Ops;

/// <summary>Which of the three products of a convolution is computed.</summary>
public enum ConvPass
{
    /// <summary>Output from input and weights.</summary>
    Forward,

    /// <summary>Gradient of the input from the output's gradient and the weights.</summary>
    InputGradient,

    /// <summary>Gradient of the weights from input and the output's gradient.</summary>
    WeightGradient,
}
