namespace Nn.Networks.Runs;

/// <summary>
/// What a training leaves behind while it runs: lines, checkpoints, a run folder, pictures. One that fails never costs the training: it is warned of and tried
/// again when its next piece is due, and only the end of the program tells by its exit code.
/// </summary>
/// <param name="warn">Takes a line for the user.</param>
public sealed class TrainingOutputs(Action<string> warn)
{
    private readonly Dictionary<string, Exception> _failing = new(StringComparer.Ordinal);

    /// <summary>Whether the training is over: what fails now is not tried again, and is told by <see cref="Check"/> or <see cref="Told"/>.</summary>
    public bool Over { get; set; }

    /// <summary>Writes a piece of an output.</summary>
    /// <param name="name">The output: a file, or another name that says what it is.</param>
    /// <param name="write">Writes it; tried once.</param>
    /// <returns>Whether it was written.</returns>
    public bool Try(string name, Action write) => Try(name, () =>
    {
        write();
        return true;
    });

    /// <summary>Writes a piece of an output, if there is one now.</summary>
    /// <param name="name">The output: a file, or another name that says what it is.</param>
    /// <param name="write">Writes it, tried once; false where there was nothing to write, which tells nothing of an output that failed.</param>
    /// <returns>Whether nothing failed.</returns>
    public bool Try(string name, Func<bool> write)
    {
        try
        {
            if (write() && _failing.Remove(name) && !Over) warn($"{name} is written again");
            return true;
        }
        catch (Exception e) when (e is NnException { Code: ExitCode.BadFile } or IOException or UnauthorizedAccessException)
        {
            bool first = !_failing.ContainsKey(name);
            _failing[name] = e;
            if (first && !Over) warn($"warning: {Message(name, e)}; the training goes on, and this is tried again after the next epoch");
            return false;
        }
    }

    /// <summary>To be called at the end: what failed when it was last tried makes the end an error.</summary>
    /// <exception cref="NnException">An output is not as it should be.</exception>
    public void Check()
    {
        if (_failing.Count > 0) throw new NnException(ExitCode.BadFile, Messages, _failing.Values.First());
    }

    /// <summary>Another error, which tells of the outputs that failed, too.</summary>
    public NnException Told(NnException e) => _failing.Count == 0 ? e : new NnException(e.Code, $"{e.Message}; {Messages}", e);

    /// <summary>What failed when it was last tried; null where nothing did.</summary>
    public string? Failing => _failing.Count == 0 ? null : Messages;

    private string Messages => string.Join("; ", _failing.Select(f => Message(f.Key, f.Value)));

    private static string Message(string name, Exception e) => e is NnException ? e.Message : $"cannot write {name}: {e.Message}";
}
