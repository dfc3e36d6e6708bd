using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// A two-dimensional convolution or one of its gradients. Forward: (image, weights) → output; InputGradient: (output gradient, weights) → image gradient;
/// WeightGradient: (image, output gradient) → weight gradient.
/// </summary>
/// <param name="Pass">Which product.</param>
/// <param name="Attributes">Stride, padding, dilation, groups.</param>
/// <param name="Image">N×H×W×C of the image side.</param>
/// <param name="Weights">KH×KW×(C/groups)×F.</param>
/// <param name="Output">N×OH×OW×F of the output side.</param>
public sealed record ConvGeometry(ConvPass Pass, ConvAttributes Attributes, Shape Image, Shape Weights, Shape Output) : KernelGeometry;
