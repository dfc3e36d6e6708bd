using System.Text.Json;
using Nn.Data;
using Nn.Dsl;
using Nn.Training.Search;

namespace Nn.Networks.Search;

/// <summary>Binds a script again and again with other values. Data that stay the same are loaded once.</summary>
/// <param name="file">The script's file, beside which its data lie.</param>
/// <param name="options">What stands in place of what the script says.</param>
/// <param name="source">The script.</param>
/// <param name="folds">Folds to cut the training part into; 0: the data are used as they are.</param>
public sealed class TrialBinder(string file, BindOptions options, SourceText source, int folds)
{
    private readonly Dictionary<string, IReadOnlyList<LoadedData>> _loaded = [];
    private IReadOnlySet<string>? _numbers;

    /// <summary>What the values come to.</summary>
    /// <exception cref="NnException">The script has mistakes with them, or the data cannot be had.</exception>
    public TrialSetup Bind(IReadOnlyDictionary<string, string> values)
    {
        var set = new Dictionary<string, string>(options.Set);
        foreach ((string name, string value) in values) set[name] = value;
        IReadOnlyList<LoadedData> data = [];
        BoundScript script = Binder.Bind(source, options with { Set = set }, spec => (data = Load(spec))[0].Schema);
        if (script.Training is not { } training)
            throw new NnException(ExitCode.Script, $"{source.Name} has no train block; write: train {{ loss mse; optimizer adam }}");
        if (training.Count > 1)
            throw new NnException(ExitCode.Script, $"{source.Name} has {training.Count} trainings; a search and cross-validation are for scripts with one");
        _numbers ??= ScriptForm.Numbers(script.Script);
        string form = string.Join('\n',
            set.Where(v => !_numbers.Contains(v.Key)).OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key} = {v.Value}"));
        return new TrialSetup(training, data, form);
    }

    private IReadOnlyList<LoadedData> Load(DataSpec spec)
    {
        // Two specifications that read the same are the same.
        string key = JsonSerializer.Serialize(spec);
        if (_loaded.TryGetValue(key, out IReadOnlyList<LoadedData>? data)) return data;
        IReadOnlyList<string> directories = DataLoader.Directories(file);
        // Where the data themselves are searched, only the last ones are kept: memory is for training.
        _loaded.Clear();
        return _loaded[key] = folds == 0 ? [DataLoader.Load(spec, directories)] : DataLoader.LoadFolds(spec, directories, folds);
    }
}
