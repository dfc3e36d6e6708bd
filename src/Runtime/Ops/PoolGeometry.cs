using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// Pooling over N×H×W×C images. Max, Average: (image) → output; MaxGradient: (image, output gradient) → image gradient; AverageGradient: (output gradient) →
/// image gradient.
/// </summary>
/// <param name="Pass">What is computed.</param>
/// <param name="Attributes">Window, stride, padding.</param>
/// <param name="Image">N×H×W×C of the image side.</param>
/// <param name="Pooled">N×OH×OW×C of the pooled side.</param>
public sealed record PoolGeometry(PoolPass Pass, PoolAttributes Attributes, Shape Image, Shape Pooled) : KernelGeometry;
