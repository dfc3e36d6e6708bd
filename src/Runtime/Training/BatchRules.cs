using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>How many samples a step must have for its layers to mean something.</summary>
public static class BatchRules
{
    private const string Normed = "batchnorm";

    /// <summary>
    /// The first layer that normalises each feature over the samples of a batch alone, its input having no other axis; null where there is none. Of one sample
    /// it makes 0, whatever the sample is, and a running variance of 0, so that nothing before it learns; PyTorch refuses such a batch.
    /// </summary>
    public static string? NormedOverSamples(IEnumerable<Model> models) => models.SelectMany(m => m.Layers)
        .FirstOrDefault(
        l => (l.Kind == Normed || l.Kind.StartsWith(Normed + " ", StringComparison.Ordinal) || l.Kind.StartsWith(Normed + ",", StringComparison.Ordinal))
            && !l.Output.HasLength && l.Output.Count == l.Output[-1])?.Name;

    /// <summary>What the sizes of a training's batches spoil.</summary>
    public static IEnumerable<string> Warnings(TrainingDefinition definition, LoadedData data)
    {
        int samples = data.Training.Samples, batch = definition.Batch == 0 ? samples : Math.Min(definition.Batch, samples);
        if (batch > 1 && samples % batch == 1 && NormedOverSamples(definition.Models) is { } layer)
            yield return $"the last of {samples:N0} samples is a batch of its own, of which {layer} makes 0; write another batch than {batch}";
        if (batch == 1 && definition.Batch != 1 && NormedOverSamples(definition.Models) is { } only)
            yield return $"there is one sample, of which {only} makes 0; nothing before it learns";
    }
}
