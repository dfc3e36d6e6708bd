using Nn.Backends;

namespace Nn.Training.Search;

/// <summary>Runs the trials of a search one after the other.</summary>
/// <param name="definition">What is searched.</param>
/// <param name="backend">Where trials are trained.</param>
/// <param name="setup">Binds the script with a trial's values by name.</param>
/// <param name="before">Trials of an earlier run, to go on from.</param>
public sealed class SearchRun(SearchDefinition definition, IBackend backend, Func<IReadOnlyDictionary<string, string>, TrialSetup> setup,
    IEnumerable<Trial> before)
{
    private readonly List<Trial> _trials = [.. before];

    /// <summary>The trials that are over, in order.</summary>
    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>The best of those that finished; null where none did.</summary>
    public Trial? Best => definition.Best(_trials);

    /// <summary>Called before each trial with its number, from 1, and its values.</summary>
    public Action<int, IReadOnlyList<string>>? OnStart { get; set; }

    /// <summary>Called after each epoch.</summary>
    public Action<TrialProgress>? OnEpoch { get; set; }

    /// <summary>Called after each trial.</summary>
    public Action<Trial>? OnTrial { get; set; }

    /// <summary>Runs trials until there are enough or all combinations are tried; false if it was interrupted, which abandons the trial under way.</summary>
    public bool Run(CancellationToken stop)
    {
        using var runner = new TrialRunner(backend, definition.Metric) { OnEpoch = OnEpoch };
        while (Proposals.Next(definition, _trials) is { } values)
        {
            if (stop.IsCancellationRequested) return false;
            OnStart?.Invoke(_trials.Count + 1, values);
            int epochs = 0;
            TrialSetup Setup()
            {
                TrialSetup s = setup(definition.Named(values));
                epochs = s.Training.Epochs;
                return s;
            }

            if (definition.Pruning == Pruning.Median) runner.Hopeless = curves => MedianRule.Hopeless(definition, _trials, curves, epochs);
            if (runner.Run(_trials.Count + 1, values, Setup, stop) is not { } trial) return false;
            _trials.Add(trial);
            OnTrial?.Invoke(trial);
        }

        return true;
    }
}
