using Nn.Ops;

namespace Nn.Data;

/// <summary>Cuts samples into parts of equal size for cross-validation.</summary>
public static class Folds
{
    private const uint Stream = 0x666f6c64;

    /// <summary>
    /// Folds of the samples: every sample is in one of them, and their sizes differ by at most one. Shuffled, they are a function of the seed, and with
    /// <paramref name="strata"/> the samples of each group are dealt out in turn, so that a group's shares of the folds differ by at most one as well.
    /// Not shuffled, folds are runs of neighbours: what follows in time stays together.
    /// </summary>
    /// <param name="samples">Numbers of the samples.</param>
    /// <param name="folds">How many folds, at most as many as samples.</param>
    /// <param name="strata">The group of each sample number; empty where there are none.</param>
    /// <param name="shuffle">Whether the order is random.</param>
    /// <param name="seed">Of that order.</param>
    public static int[][] Cut(int[] samples, int folds, IReadOnlyList<int> strata, bool shuffle, uint seed)
    {
        if (folds < 2 || folds > samples.Length) throw new ArgumentOutOfRangeException(nameof(folds), folds, $"2 to {samples.Length}");
        if (!shuffle) return [.. Enumerable.Range(0, folds).Select(f => samples[Start(f)..Start(f + 1)])];
        int[] order = [.. samples];
        CounterRandom.Shuffle<int>(order, seed, Stream, 0);
        IEnumerable<int> dealt = strata.Count == 0 ? order : order.GroupBy(i => strata[i]).SelectMany(g => g);
        var parts = Enumerable.Range(0, folds).Select(_ => new List<int>()).ToArray();
        int next = 0;
        foreach (int i in dealt) parts[next++ % folds].Add(i);
        return [.. parts.Select(p => p.ToArray())];

        int Start(int fold) => (int)((long)samples.Length * fold / folds);
    }
}
