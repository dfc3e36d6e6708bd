using System.Security.Cryptography;
using Nn.Files;
using Nn.Networks.Prediction;
using Nn.Serving.Metrics;

namespace Nn.Serving.Models;

/// <summary>A model as its file was at some time. It stays until the last request that came to it is answered.</summary>
internal sealed class LoadedModel
{
    private readonly Predictor _predictor;
    private readonly Batcher _batcher;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One is for the name under which it stands.
    private int _leases = 1;

    private LoadedModel(string name, string version, Predictor predictor, Batcher batcher)
    {
        (Name, Version, _predictor, _batcher) = (name, version, predictor, batcher);
        Inputs = [.. predictor.Inputs.Select(taken => new InputForm(predictor.Schema.Inputs.Single(f => f.Name == taken.Name), taken))];
        Outputs = OutputForm.Of(predictor.Definition);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Which file it is: the beginning of the SHA-256 of its bytes.</summary>
    public string Version { get; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<InputForm> Inputs { get; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OutputForm> Outputs { get; }

    /// <summary>What its script trained.</summary>
    public string Training => _predictor.Definition.Name;

    /// <summary>The device that it runs on.</summary>
    public string Device => _predictor.DeviceName;

    /// <summary>Samples that wait.</summary>
    public int Waiting => _batcher.Waiting;

    /// <summary>Opens a checkpoint, and predicts once.</summary>
    /// <exception cref="NnException">It is damaged, no checkpoint, or cannot be asked so.</exception>
    public static LoadedModel Open(ModelFile file, ServingOptions options, ModelMetrics metrics)
    {
        string version = VersionOf(file.Path);
        Predictor predictor = Predictor.Open(file.Path, new NetworkOptions { Device = options.Device.ToString() });
        Batcher? batcher = null;
        try
        {
            batcher = new Batcher(predictor, options, metrics);
            batcher.WarmUp();
            return new LoadedModel(file.Name, version, predictor, batcher);
        }
        catch
        {
            batcher?.Dispose();
            predictor.Dispose();
            throw;
        }
    }

    /// <summary>Keeps it for a request; false where it is gone.</summary>
    public bool TryKeep()
    {
        int leases = Volatile.Read(ref _leases), seen;
        while (leases > 0)
        {
            if ((seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases)) == leases) return true;
            leases = seen;
        }

        return false;
    }

    /// <summary>A request, or the name, needs it no more; after the last of them it is closed.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) > 0) return;
        // Not on a thread of its own batcher, whose end is waited for.
        ThreadPool.UnsafeQueueUserWorkItem(
            static m =>
            {
                m._batcher.Dispose();
                m._predictor.Dispose();
                m._closed.TrySetResult();
            },
            this,
            preferLocal: false);
    }

    /// <summary>Ends when it is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Predicts.</summary>
    /// <param name="inputs">Whole samples of each of <see cref="Inputs"/>.</param>
    /// <param name="samples">How many.</param>
    /// <param name="gone">Cancelled when nobody wants the answer any more.</param>
    /// <returns>The numbers of each output.</returns>
    /// <exception cref="RequestException">Too many wait, or have waited too long.</exception>
    public async ValueTask<float[][]> Predict(byte[][] inputs, int samples, CancellationToken gone)
    {
        var outputs = new float[Outputs.Count][];
        var rooms = new Memory<float>[outputs.Length];
        for (int o = 0; o < outputs.Length; o++) rooms[o] = outputs[o] = new float[samples * _predictor.OutputWidths[o]];
        var given = new ReadOnlyMemory<byte>[inputs.Length];
        for (int i = 0; i < given.Length; i++) given[i] = inputs[i];
        await _batcher.Predict(new PendingPrediction(given, samples, rooms, gone));
        return outputs;
    }

    private static string VersionOf(string path)
    {
        const int Digits = 12;
        try
        {
            using FileStream stream = InputFile.Open(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream))[..Digits];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read {path}: {e.Message}", e);
        }
    }
}
