using Nn.Data;

namespace Nn.Repl.Lsp;

/// <summary>How many steps a training takes, as far as the data are known.</summary>
internal static class TrainingSteps
{
    /// <summary>Samples, steps of an epoch and of the whole training; null where they are not known.</summary>
    public static string? Text(Document d)
    {
        if (d.Analysis is not { Training: { } t } || Samples(d) is not { } samples) return null;
        long batch = t.Batch == 0 ? samples : Math.Min(t.Batch, samples), steps = (samples + batch - 1) / batch;
        return $"{samples:N0} samples in batches of {batch:N0}: {steps:N0} step{(steps == 1 ? "" : "s")} an "
            + $"epoch{(t.Epochs > 1 ? $", {steps * t.Epochs:N0} in {t.Epochs:N0} epochs" : "")}";
    }

    // Of the training part.
    private static long? Samples(Document d)
    {
        if (d.Analysis.Data is not { } spec || d.Data is not { } data) return null;
        // Of generators only a few samples are drawn.
        int all = spec.Source == DataSource.Builtin && spec.Samples is { } drawn ? drawn : data.Samples;
        int used = Math.Min(all, spec.Limit ?? all);
        // Groups that are cut by themselves round each on their own.
        return spec.Stratify is not null ? null : spec.Split.Count == 0 ? used : (long)Math.Round(used * spec.Split[0]);
    }
}
