using Nn.Ops;

namespace Nn.Training.Search;

/// <summary>
/// Chooses the values of the next trial, as a function of the definition and the trials before: a search that goes on tries what it would have tried.
/// </summary>
internal static class Proposals
{
    private const uint Stream = 0x72616e64;
    private const int Attempts = 1000;

    /// <summary>The values of the next trial; null where every combination has been tried.</summary>
    public static IReadOnlyList<string>? Next(SearchDefinition definition, IReadOnlyList<Trial> before)
    {
        if (before.Count >= definition.Planned) return null;
        return definition.Method switch
        {
            SearchMethod.Grid => Grid(definition.Axes, before.Count),
            SearchMethod.Random => Random(definition, before),
            _ => BayesianProposals.Next(definition, before),
        };
    }

    /// <summary>Values chosen at random; none that was tried before, if they can be counted.</summary>
    public static IReadOnlyList<string> Random(SearchDefinition definition, IReadOnlyList<Trial> before)
    {
        string[] Draw(uint attempt) =>
            [.. definition.Axes.Select((a, i) => a.At(CounterRandom.Uniform(definition.Seed, Stream + (uint)i, (uint)before.Count, attempt)))];
        if (definition.Combinations is null) return Draw(0);
        HashSet<string> tried = [.. before.Select(t => Key(t.Values))];
        for (uint attempt = 0; attempt < Attempts; attempt++)
        {
            if (Draw(attempt) is var values && !tried.Contains(Key(values))) return values;
        }

        // Nearly all of a small space has been tried: the first combination that is left.
        return Enumerable.Range(0, before.Count + 1).Select(n => Grid(definition.Axes, n)).First(v => !tried.Contains(Key(v)));
    }

    /// <summary>What makes two combinations the same.</summary>
    public static string Key(IReadOnlyList<string> values) => string.Join('\n', values);

    private static string[] Grid(IReadOnlyList<SearchAxis> axes, int number)
    {
        var values = new string[axes.Count];
        for (int i = axes.Count - 1; i >= 0; i--)
        {
            int count = axes[i].Count!.Value;
            values[i] = axes[i].Value(number % count);
            number /= count;
        }

        return values;
    }
}
