using Nn.Backends;
using Nn.Dsl;
using Nn.Training.Search;

namespace Nn.Networks.Search;

/// <summary>
/// A search for values of a script's <c>let</c>s, as its <c>search</c> block says: trial after trial, each a value with what was tried and what came of it.
/// <code>
/// using var search = ScriptSearch.Open("iris.nn", new SearchOptions { Trials = 20 });
/// search.Run();
/// using var net = Network.Load("iris.nn", new NetworkOptions { Set = search.BestValues! });
/// </code>
/// For one thread at a time.
/// </summary>
public sealed class ScriptSearch : IDisposable
{
    private readonly IBackend _backend;
    private readonly SearchFile? _results;
    private readonly SearchRun _run;

    private ScriptSearch(SearchDefinition definition, TrialBinder binder, IBackend backend, SearchFile? results)
    {
        (Definition, _backend, _results) = (definition, backend, results);
        _run = new SearchRun(definition, backend, binder.Bind, results?.Before ?? [])
        {
            OnStart = (number, values) => TrialStarted?.Invoke(number, values),
            OnEpoch = e => EpochEnded?.Invoke(e),
            OnTrial = t =>
            {
                results?.Add(t, definition);
                TrialEnded?.Invoke(t);
            },
        };
    }

    /// <summary>Called before each trial with its number, from 1, and its values.</summary>
    public event Action<int, IReadOnlyList<string>>? TrialStarted;

    /// <summary>Called after each epoch of each fold.</summary>
    public event Action<TrialProgress>? EpochEnded;

    /// <summary>Called after each trial.</summary>
    public event Action<Trial>? TrialEnded;

    /// <summary>What is searched: the axes, the metric, the folds.</summary>
    public SearchDefinition Definition { get; }

    /// <summary>The device's name.</summary>
    public string DeviceName => _backend.Name;

    /// <summary>The trials that are over, in order.</summary>
    public IReadOnlyList<Trial> Trials => _run.Trials;

    /// <summary>The best of those that finished; null where none did.</summary>
    public Trial? Best => _run.Best;

    /// <summary>
    /// The values of <see cref="Best"/> by the name of their <c>let</c>, as for <see cref="NetworkOptions.Set"/>; null where no trial finished.
    /// </summary>
    public IReadOnlyDictionary<string, string>? BestValues => Best is { } best ? ValuesOf(best) : null;

    /// <summary>Opens a script that has a <c>search</c> block.</summary>
    /// <param name="file">The script; its data files are looked up beside it.</param>
    /// <param name="options">Device, trials, a file for the results and more.</param>
    /// <exception cref="NnException">The script has mistakes or no search block, its data cannot be read, or the results are of another search.</exception>
    public static ScriptSearch Open(string file, SearchOptions? options = null)
    {
        options ??= new();
        var bind = new BindOptions(options.Set, options.Seed, options.Epochs);
        Project project = Project.Bind(Project.Read(file), bind, spec => Project.Load(spec, file, model: null));
        return Over(project, file, bind, options.Device is { } device ? DeviceRequest.Parse(device) : DeviceRequest.Default, options);
    }

    /// <summary>A search of a script that is open already.</summary>
    /// <param name="project">The script with its data.</param>
    /// <param name="file">Its file, beside which the data lie.</param>
    /// <param name="bind">What stands in place of what it says.</param>
    /// <param name="device">Where trials are trained.</param>
    /// <param name="options">Trials and results; device, seed, epochs and values are said by the other parameters.</param>
    /// <exception cref="NnException">As <see cref="Open"/>.</exception>
    public static ScriptSearch Over(Project project, string file, BindOptions bind, DeviceRequest device, SearchOptions options)
    {
        SearchDefinition search = project.Script.Search
            ?? throw new NnException(ExitCode.Script,
                $"{project.Source.Name} has no search block; write: search random, trials: 20 {{ lr in log(1e-4..1e-1) }}");
        search = search with { Trials = options.Trials ?? search.Trials };
        if (search.Trials < 1) throw new NnException(ExitCode.Usage, $"a search needs at least 1 trial, not {search.Trials}");
        if (search.Axes.FirstOrDefault(a => bind.Set.ContainsKey(a.Name)) is { } both)
            throw new NnException(ExitCode.Usage, $"the search tries values of {both.Name}, so it cannot be set");
        var binder = new TrialBinder(file, bind, project.Source, search.Folds);
        // As written the script must do; a mistake that comes with a trial's values fails that trial only.
        binder.Bind(new Dictionary<string, string>()).CheckMetric(search.Metric);
        IBackend backend = DeviceChoice.Open(device);
        try
        {
            string identity = LetEdits.Identity(project.Script.Script, search.Axes.Select(a => a.Name), bind);
            SearchFile? results = options.Results is not { } path ? null
                : options.Resume ? SearchFile.Resume(path, identity, search)
                : SearchFile.Create(path, identity, Path.GetFileName(file), search);
            return new ScriptSearch(search, binder, backend, results);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Runs trials until there are enough or all combinations are tried.</summary>
    /// <param name="stop">Abandons the trial under way.</param>
    /// <returns>False if it was interrupted; the next call goes on.</returns>
    /// <exception cref="NnException">The device was lost, or the results cannot be written.</exception>
    public bool Run(CancellationToken stop = default) => _run.Run(stop);

    /// <summary>What a trial tried, by the name of the <c>let</c>.</summary>
    public IReadOnlyDictionary<string, string> ValuesOf(Trial trial) => Definition.Named(trial.Values);

    /// <inheritdoc/>
    public void Dispose()
    {
        _results?.Dispose();
        _backend.Dispose();
    }
}
