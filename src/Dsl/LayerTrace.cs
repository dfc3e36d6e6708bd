using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>The layers that a model is built of, found by building it without running anything.</summary>
public static class LayerTrace
{
    /// <summary>What each layer gives for a batch, in the order of the script; of a model that is used several times, several times.</summary>
    /// <param name="model">A bound model.</param>
    /// <param name="type">Of its inputs.</param>
    public static IReadOnlyList<LayerValue> Of(Model model, DType type)
    {
        var seen = new List<LayerValue>();
        var scope = new ProbeScope { OnLayer = seen.Add };
        scope.Apply(model, scope.Input(new Shape(ProbeScope.Batch).Concat(model.Input), type));
        return seen;
    }
}
