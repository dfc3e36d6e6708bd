using Nn.Training.Search;

namespace Nn.Repl.Options;

/// <summary>What an earlier search found for a script.</summary>
internal static class FoundValues
{
    /// <summary>Where the results of a script's search are: <c>iris.nn</c> has <c>iris.search.jsonl</c>.</summary>
    public static string ResultsOf(string script) => Path.ChangeExtension(script, ".search.jsonl");

    /// <summary>The best values found for a script, in the file beside it or in another.</summary>
    /// <exception cref="NnException">Nothing was searched, or no trial came to an end.</exception>
    public static IReadOnlyDictionary<string, string> BestOf(string script, string? file = null)
    {
        file ??= ResultsOf(script);
        if (!File.Exists(file)) throw new NnException(ExitCode.BadFile, $"--best: there is no {file}; search first: nn search {script}");
        return SearchResults.Load(file).Best ?? throw new NnException(ExitCode.BadFile, $"--best: no trial in {file} came to an end");
    }
}
