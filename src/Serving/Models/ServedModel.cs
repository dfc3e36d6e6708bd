using Nn.Serving.Metrics;

namespace Nn.Serving.Models;

/// <summary>A model under its name: what its file holds now, and what it held before for as long as requests need it.</summary>
internal sealed class ServedModel
{
    private readonly ModelFile _file;
    private readonly ServingOptions _options;
    private LoadedModel _current;
    private FileStamp _stamp;

    /// <summary>Opens it.</summary>
    /// <exception cref="NnException">The file cannot be served.</exception>
    public ServedModel(ModelFile file, ServingOptions options)
    {
        (_file, _options) = (file, options);
        Metrics = new ModelMetrics(file.Name);
        _stamp = FileStamp.Of(file.Path);
        _current = LoadedModel.Open(file, options, Metrics);
        Metrics.Loaded(good: true);
    }

    // By which a change of a file is seen.
    private readonly record struct FileStamp(DateTime Written, long Length)
    {
        public static FileStamp Of(string path)
        {
            try
            {
                var file = new FileInfo(path);
                // A link has times and length of its own.
                if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
                return new FileStamp(file.LastWriteTimeUtc, file.Length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return default;
            }
        }
    }

    /// <summary>Its name.</summary>
    public string Name => _file.Name;

    /// <summary>What is counted of it.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>Samples that wait.</summary>
    public int Waiting => Volatile.Read(ref _current).Waiting;

    /// <summary>The model as it is now, kept until it is <see cref="LoadedModel.Release"/>d.</summary>
    public LoadedModel Keep()
    {
        while (true)
        {
            LoadedModel current = Volatile.Read(ref _current);
            if (current.TryKeep()) return current;
        }
    }

    /// <summary>Takes up the file if it has changed; what cannot be opened is told of once, and changes nothing.</summary>
    public void Look()
    {
        FileStamp now = FileStamp.Of(_file.Path);
        // A file that is gone is about to be replaced, or was taken away: the model goes on.
        if (now == _stamp || now == default) return;
        try
        {
            LoadedModel next = LoadedModel.Open(_file, _options, Metrics);
            LoadedModel before = _current;
            Volatile.Write(ref _current, next);
            before.Release();
            Metrics.Loaded(good: true);
            _options.Log?.Invoke($"{Name}: {_file.Path} has changed and is taken up, version {next.Version}");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Metrics.Loaded(good: false);
            _options.Log?.Invoke(
                $"warning: {Name}: {_file.Path} has changed and cannot be taken up; version {_current.Version} goes on: {Failure.Of(e).Reason}");
        }

        // Who wrote on meanwhile has changed it again.
        _stamp = now;
    }

    /// <summary>Closes it once its requests are answered.</summary>
    public Task Close()
    {
        _current.Release();
        return _current.Closed;
    }
}
