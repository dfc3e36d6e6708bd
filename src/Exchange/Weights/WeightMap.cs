using System.Text.RegularExpressions;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Exchange.Weights;

/// <summary>A stored tensor with its new values.</summary>
/// <param name="Ours">The tensor.</param>
/// <param name="Theirs">Those of the file that it is made from.</param>
/// <param name="How">What was done to them, in words; empty where nothing was.</param>
/// <param name="Values">In the layout of this program.</param>
public sealed record WeightMatch(Parameter Ours, IReadOnlyList<ForeignTensor> Theirs, string How, float[] Values);

/// <summary>What a file gives to a script's models.</summary>
/// <param name="Matches">One for each stored tensor, in the order of the layers.</param>
/// <param name="Unused">Names in the file that nothing was made from.</param>
/// <param name="Convention">The layout that the file has.</param>
public sealed record WeightImport(IReadOnlyList<WeightMatch> Matches, IReadOnlyList<string> Unused, WeightConvention Convention);

/// <summary>
/// Finds for each stored tensor of a script the tensor of a file that belongs there: by the pairs that the user gives, by equal names, then layer by layer
/// where shapes and the order of numbered names leave one way only.
/// </summary>
public sealed partial class WeightMap
{
    // What a tensor may be called elsewhere.
    private static readonly Dictionary<string, string[]> Synonyms = new()
    {
        ["weight"] = ["weight", "kernel"],
        ["bias"] = ["bias"],
        ["scale"] = ["weight", "gamma", "scale"],
        ["shift"] = ["bias", "beta", "shift"],
        ["running_mean"] = ["running_mean", "moving_mean"],
        ["running_variance"] = ["running_var", "moving_variance", "running_variance"],
    };

    private static readonly string[] Ignored = ["num_batches_tracked"];

    private readonly IReadOnlyList<WeightPlace> _places;
    private readonly IReadOnlyList<ForeignTensor> _tensors, _unread;
    private readonly WeightConvention _convention;
    private readonly Dictionary<WeightPlace, WeightMatch> _found = [];
    private readonly HashSet<ForeignTensor> _used = [];

    private WeightMap(IReadOnlyList<WeightPlace> places, IReadOnlyList<ForeignTensor> tensors, WeightConvention convention) =>
        (_places, _tensors, _unread, _convention) =
            (
                places, [.. tensors.Where(t => t.Unread is null && (!AttentionWeights.IsMask(t) || places.Any(p => p.Parameter.Name == t.Name)))],
                [.. tensors.Where(t => t.Unread is not null)], convention);

    /// <summary>Maps a file to the stored tensors of models.</summary>
    /// <param name="models">The models, in the script's order.</param>
    /// <param name="tensors">The file's.</param>
    /// <param name="pairs">Names of the file and of the script that belong together: tensors, or whole layers.</param>
    /// <exception cref="NnException">A tensor has no counterpart, or more than one could be it.</exception>
    public static WeightImport Match(IEnumerable<Model> models, IReadOnlyList<ForeignTensor> tensors, IReadOnlyList<(string Theirs, string Ours)> pairs)
    {
        IReadOnlyList<WeightPlace> places = WeightPlace.Of(models);
        // A file of this program has its names; all others are taken for PyTorch's unless their shapes say otherwise.
        bool own = places.All(p => tensors.Any(t => t.Name == p.Parameter.Name && t.Shape == p.Parameter.Shape));
        if (own) return new WeightMap(places, tensors, WeightConvention.ChannelsLast).Run(pairs);
        try
        {
            return new WeightMap(places, tensors, WeightConvention.ChannelsFirst).Run(pairs);
        }
        catch (NnException first)
        {
            try
            {
                return new WeightMap(places, tensors, WeightConvention.ChannelsLast).Run(pairs);
            }
            catch (NnException)
            {
                throw first;
            }
        }
    }

    /// <summary>Reads pairs: <c>fc1=dense_1, fc2.weight=dense_2.weight</c>, or a file with such, one or more a line, # for remarks.</summary>
    public static IReadOnlyList<(string Theirs, string Ours)> ReadPairs(string text)
    {
        if (!text.Contains('=') || File.Exists(text))
        {
            try
            {
                text = string.Join('\n', System.Text.Encoding.UTF8.GetString(InputFile.Bytes(text)).Split('\n').Select(l => l.Split('#')[0]));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new NnException(
                    ExitCode.BadFile, $"cannot read the map '{text}': {e.Message}; write pairs such as fc1.weight=dense_1.weight, or name a file with them", e);
            }
        }

        return [.. text.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(pair =>
        {
            int at = pair.IndexOf('=');
            return at > 0 && at < pair.Length - 1
                ? (pair[..at].Trim(), pair[(at + 1)..].Trim())
                : throw new NnException(ExitCode.Usage, $"'{pair}' is no pair of names; write their name, =, and the script's: fc1.weight=dense_1.weight");
        })];
    }

    private WeightImport Run(IReadOnlyList<(string Theirs, string Ours)> pairs)
    {
        foreach ((string theirs, string ours) in pairs) Given(theirs, ours);
        foreach (WeightPlace p in Open)
        {
            string name = p.Parameter.Name, bare = name[(name.IndexOf('.') + 1)..];
            if (_tensors.FirstOrDefault(t => !_used.Contains(t) && (t.Name == name || t.Name == bare)) is { } t) Take(p, [t]);
        }

        while (Step())
        {
        }

        if (Open.FirstOrDefault() is { } missing) throw Unmatched(missing);
        IEnumerable<string> unused = _tensors.Where(t => !_used.Contains(t) && !Ignored.Contains(t.Role)).Select(t => t.Name)
            .Concat(_unread.Select(t => $"{t.Name} ({t.Unread})"));
        return new WeightImport([.. _places.Select(p => _found[p])], [.. unused], _convention);
    }

    private IEnumerable<WeightPlace> Open => _places.Where(p => !_found.ContainsKey(p));

    private IEnumerable<IGrouping<string, WeightPlace>> OpenModules => Open.GroupBy(p => p.Module);

    private void Given(string theirs, string ours)
    {
        bool Named(string full) => full == ours || full.EndsWith("." + ours, StringComparison.Ordinal);
        WeightPlace[] tensor = [.. _places.Where(p => Named(p.Parameter.Name))], layer = [.. _places.Where(p => Named(p.Module))];
        if (tensor.Length == 1)
        {
            ForeignTensor t = _tensors.FirstOrDefault(t => t.Name == theirs)
                ?? throw Wrong(_unread.Any(u => u.Name == theirs)
                    ? Types([.. _unread.Where(u => u.Name == theirs)])
                    : $"the file has no '{theirs}'; it has {List(_tensors.Select(x => x.Name))}");
            if (!Take(tensor[0], [t])) throw Wrong($"'{theirs}' is {t.Shape}, which does not become {ours} of {tensor[0].Parameter.Shape}");
        }
        else if (layer.Length > 0 && layer.Select(p => p.Module).Distinct().Count() == 1)
        {
            if (!_tensors.Any(t => t.Name.StartsWith(theirs + ".", StringComparison.Ordinal)))
                throw Wrong($"the file has no layer '{theirs}'; it has {List(_tensors.Select(x => x.Module).Distinct())}");
            if (Sources([.. layer], theirs) is not { } sources)
                throw Wrong($"the tensors of '{theirs}' ({Shapes(_tensors.Where(t => t.Module == theirs))}) do not become those of {ours} ({Shapes(layer)})");
            foreach ((WeightPlace p, ForeignTensor[] from) in sources) Take(p, from);
        }
        else
        {
            string wrong = tensor.Length + layer.Length == 0 ? "the script has no" : "the script has several of the name";
            throw Wrong($"{wrong} '{ours}'; it has {List(_places.Select(p => p.Parameter.Name))}");
        }
    }

    // Layers that one module each can be, and groups of layers for which there are just as many modules with numbered names.
    private bool Step()
    {
        string[] free = [.. _tensors.Where(t => !_used.Contains(t)).Select(t => t.Module).Distinct()];
        (WeightPlace[] Layer, string[] Candidates)[] open = [.. OpenModules.Select(m => (m.ToArray(), Candidates([.. m], free)))];
        foreach (var group in open.Where(o => o.Candidates.Length > 0).GroupBy(o => string.Join('\n', o.Candidates)))
        {
            string[] candidates = group.First().Candidates;
            if (group.Count() != candidates.Length || Paired([.. group.Select(o => o.Layer)], candidates) is not { } pairs) continue;
            foreach ((WeightPlace[] layer, string module) in pairs)
            {
                foreach ((WeightPlace p, ForeignTensor[] from) in Sources(layer, module)!) Take(p, from);
            }

            return true;
        }

        return false;
    }

    // The modules that a layer's tensors may come from; tables of symbols and of places are told from each other, and from other products, by their names.
    private string[] Candidates(WeightPlace[] layer, string[] free)
    {
        string kind = layer[0].Layer;
        if (AttentionWeights.Is(kind))
        {
            string[] around = [.. AttentionWeights.Prefixes(_tensors.Where(t => !_used.Contains(t))).Where(f => Sources(layer, f) is not null)];
            return [.. around.Where(a => !around.Any(b => b.Length > a.Length && (a.Length == 0 || b.StartsWith(a + ".", StringComparison.Ordinal))))];
        }

        string[] fitting = [.. free.Where(f => Sources(layer, f) is not null)];
        bool Wanted(string module) => (kind == "positions", kind == "embed") switch
        {
            (true, _) => Places().IsMatch(module),
            (_, true) => Symbols().IsMatch(module) && !Places().IsMatch(module),
            _ => !Symbols().IsMatch(module) && !Places().IsMatch(module),
        };
        return fitting.Length > 1 && fitting.Any(Wanted) ? [.. fitting.Where(Wanted)] : fitting;
    }

    // Names that differ in their numbers alone are in their order; where there are several such names, on both sides in numbers that differ, each is with its
    // like.
    private static IEnumerable<(WeightPlace[] Layer, string Module)>? Paired(WeightPlace[][] layers, string[] candidates)
    {
        var theirs = candidates.GroupBy(c => Number().Replace(c, "0")).OrderBy(g => g.Count()).ToArray();
        if (theirs.Length == 1) return layers.Zip(candidates);
        var ours = layers.GroupBy(l => Number().Replace(l[0].Module, "0")).OrderBy(g => g.Count()).ToArray();
        bool told = ours.Select(g => g.Count()).SequenceEqual(theirs.Select(g => g.Count())) && ours.Select(g => g.Count()).Distinct().Count() == ours.Length;
        return told ? ours.Zip(theirs).SelectMany(p => p.First.Zip(p.Second)) : null;
    }

    // Which tensors of a module each tensor of a layer is made from; null where they do not fit.
    private Dictionary<WeightPlace, ForeignTensor[]>? Sources(WeightPlace[] layer, string module)
    {
        if (AttentionWeights.Is(layer[0].Layer))
        {
            Dictionary<WeightPlace, ForeignTensor[]>? parts = AttentionWeights.Sources(
                layer, module, _tensors.Where(t => !_used.Contains(t) && !Ignored.Contains(t.Role)), _convention);
            return parts is not null && parts.Count == layer.Length && parts.All(p => Convert(p.Key, p.Value) is not null) ? parts : null;
        }

        ForeignTensor[] theirs = [.. _tensors.Where(t => t.Module == module && !_used.Contains(t))];
        var sources = new Dictionary<WeightPlace, ForeignTensor[]>();
        foreach (WeightPlace p in layer)
        {
            string[][] wanted = Recurrent.Roles(p) is { } roles ? [.. roles.Select(r => new[] { r })] : [Synonyms.GetValueOrDefault(p.Role, [p.Role])];
            ForeignTensor[] from = [.. wanted.Select(names => theirs.FirstOrDefault(t => names.Contains(t.Role))).OfType<ForeignTensor>()];
            if (from.Length < wanted.Length || Convert(p, from) is null) return null;
            sources[p] = from;
        }

        return theirs.All(t => Ignored.Contains(t.Role) || sources.Values.Any(s => s.Contains(t))) ? sources : null;
    }

    private (float[] Values, string How)? Convert(WeightPlace place, ForeignTensor[] from) =>
        from.Length == 1 && !Recurrent.Splits(place) ? WeightLayout.Fit(from[0], place, _convention)
        : AttentionWeights.Is(place.Layer) ? AttentionWeights.Join(place, from, _convention)
        : Recurrent.Join(place, from);

    private bool Take(WeightPlace place, ForeignTensor[] from)
    {
        if (Convert(place, from) is not { } fit) return false;
        _found[place] = new WeightMatch(place.Parameter, from, fit.How, fit.Values);
        _used.UnionWith(from);
        return true;
    }

    private NnException Unmatched(WeightPlace place)
    {
        ForeignTensor[] left = [.. _tensors.Where(t => !_used.Contains(t) && !Ignored.Contains(t.Role))];
        string[] modules = Candidates([.. Open.Where(p => p.Module == place.Module)], [.. left.Select(t => t.Module).Distinct()]);
        string layer = place.Module[(place.Module.IndexOf('.') + 1)..];
        string pair = modules.Length > 1 ? $"{modules[0]}={layer}" : $"theirs={layer}.{place.Role}";
        string why = modules.Length > 1
            ? $"{List(modules)} could each be {layer}; say which, as {pair} does"
            : left.Length == 0 && _unread.Count > 0 ? $"nothing is left for {place.Parameter.Name} of {place.Parameter.Shape}"
            : $"no tensor of the file fits {place.Parameter.Name} of {place.Parameter.Shape}; left are {(left.Length == 0 ? "none" : Shapes(left))}. "
                + $"Name the pair, as {pair} does, or make the script's model as the file's";
        return Wrong(_unread.Count == 0 ? why : $"{why}. {Types(_unread)}", new Remedy(RemedyKind.PairNames, pair));
    }

    private static string Types(IReadOnlyList<ForeignTensor> unread)
    {
        IEnumerable<string> kinds = unread.GroupBy(t => t.Unread)
            .Select(g => $"{List(g.Select(t => $"'{t.Name}'"))} {(g.Count() == 1 ? "has" : "have")} type {g.Key}");
        return $"{string.Join("; ", kinds)}: that is not read, but {string.Join(", ", Safetensors.Types)} are; "
            + "save quantized weights as floats where they were made";
    }

    private static string Shapes(IEnumerable<ForeignTensor> tensors) => List(tensors.Select(t => $"{t.Name} {t.Shape}"));

    private static string Shapes(IEnumerable<WeightPlace> places) => List(places.Select(p => $"{p.Role} {p.Parameter.Shape}"));

    private static string List(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(12)) + (all.Length > 12 ? $" and {all.Length - 12} more" : "");
    }

    private static NnException Wrong(string why, Remedy? remedy = null) => new(ExitCode.BadFile, $"the weights cannot be mapped: {why}") { Remedy = remedy };

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex("pos|wpe|place", RegexOptions.IgnoreCase)]
    private static partial Regex Places();

    [GeneratedRegex("emb|wte|tok|vocab", RegexOptions.IgnoreCase)]
    private static partial Regex Symbols();
}
