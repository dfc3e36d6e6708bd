using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Networks;

/// <summary>
/// A trained model that many threads may ask at once. On the processor each of several copies of the model works with one thread, as many copies as there are
/// processors and as are needed at the same
/// time, so calls do not wait for each other; the samples of one call are shared out among them, too. A GPU answers one call after the other. Every call gives
/// the same bits, whoever asks beside it.
/// <code>
/// using var predictor = Predictor.Open("iris.safetensors");
/// Parallel.ForEach(rows, row => Console.WriteLine(predictor.Classify(row)));
/// </code>
/// </summary>
public sealed class Predictor : IDisposable
{
    private readonly PredictionCodec _codec;
    private readonly Field[] _fields;
    private readonly Safetensors _file;
    private readonly string _path;
    private readonly Func<IBackend> _open;
    private readonly SemaphoreSlim _idle;
    private readonly ConcurrentBag<Copy> _free = [];
    private readonly ConcurrentBag<Copy> _all = [];
    private volatile bool _disposed;

    internal Predictor(PredictionCodec codec, Field[] fields, Safetensors file, string path, DeviceRequest device)
    {
        (_codec, _fields, _file, _path) = (codec, fields, file, path);
        Checkpoint.CheckNumbers(codec.Model.Parameters, file, path);
        IBackend first = DeviceChoice.Open(device);
        DeviceName = first.Device.Name;
        if (first.Name != "cpu")
        {
            (_open, Copies) = (() => DeviceChoice.Open(device), 1);
            Add(first);
        }
        else
        {
            first.Dispose();
            (_open, Copies) = (() => OpenedDevices.New(new CpuBackend(1)), Environment.ProcessorCount);
            Add(_open());
        }

        _idle = new SemaphoreSlim(Copies);
    }

    /// <summary>What the script trained.</summary>
    public TrainingDefinition Definition => _codec.Definition;

    /// <summary>What the fields of a sample are: shapes, types, names of classes and features.</summary>
    public Schema Schema => _codec.Schema;

    /// <summary>Names of the classes of the target that the first output is held against, in the order of its numbers; empty where that is no class.</summary>
    public IReadOnlyList<string> ClassNames => _codec.ClassNames;

    /// <summary>The device.</summary>
    public string DeviceName { get; }

    /// <summary>How many calls may be answered at the same time; a copy of the model is made when it is first needed.</summary>
    public int Copies { get; }

    /// <summary>Opens a checkpoint, without the data that it was trained on.</summary>
    /// <param name="checkpoint">As <c>nn train --save</c> or <see cref="Network.Save"/> wrote it.</param>
    /// <param name="options">The device, and values of the script's lets.</param>
    /// <exception cref="NnException">The file is damaged or no checkpoint, or there is nothing to predict.</exception>
    public static Predictor Open(string checkpoint, NetworkOptions? options = null)
    {
        options ??= new();
        Safetensors file = Safetensors.Load(checkpoint);
        Dictionary<string, string> set = Checkpoint.Values(file);
        foreach ((string name, string value) in options.Set) set[name] = value;
        var script = new SourceText(checkpoint, Checkpoint.Script(file, checkpoint));
        return OpenWithScript(script, new BindOptions(set, options.Seed, options.Epochs), file, checkpoint, options.Asked);
    }

    /// <summary>A trained model by another text of its script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="options">What stands in place of what it says.</param>
    /// <param name="file">The checkpoint.</param>
    /// <param name="path">Where it came from, for messages.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="NnException">Script and checkpoint do not belong together, or there is nothing to predict.</exception>
    public static Predictor OpenWithScript(SourceText script, BindOptions options, Safetensors file, string path, DeviceRequest device)
    {
        Schema known = Checkpoint.Form(file, path)
            ?? throw new NnException(ExitCode.BadFile, $"{path} was written by an earlier version, and does not say what it was trained on; open it with its data, and save it again");
        // A script without a data block was trained on samples of a program.
        var project = Project.Bind(script, options with { Data = new DataSpec { Name = "data", Source = DataSource.Memory, Path = "" } }, known);
        var codec = new PredictionCodec(script.Name, project.Definition, known);
        Field[] fields = [.. codec.Fields.Select(f => f with { Form = f.Form with { Scaling = Checkpoint.Scaling(file, f.Name, path) } })];
        return new Predictor(codec, fields, file, path, device);
    }

    /// <inheritdoc cref="Network.Predict(ReadOnlySpan{float})"/>
    [OverloadResolutionPriority(1)]
    public float[] Predict(params ReadOnlySpan<float> inputs) => Predicted(_codec.Store(inputs))[0];

    /// <inheritdoc cref="Network.Predict(ReadOnlySpan{byte})"/>
    public float[] Predict(ReadOnlySpan<byte> pixels) => Predicted(_codec.StoreBytes(pixels))[0];

    /// <inheritdoc cref="Network.Predict(IReadOnlyDictionary{string, float[]})"/>
    public IReadOnlyDictionary<string, float[]> Predict(IReadOnlyDictionary<string, float[]> inputs) => _codec.Named(Predicted(_codec.Store(inputs)));

    /// <inheritdoc cref="Network.Predict(object)"/>
    [OverloadResolutionPriority(-1)]
    public float[] Predict(object row) => Predicted(_codec.StoreRow(row))[0];

    /// <summary>Each output for samples as the fields of <see cref="TrainingDefinition.PredictedFrom"/> have them stored, sample after sample.</summary>
    /// <param name="stored">For each field as many whole samples.</param>
    public IReadOnlyList<float[]> PredictStored(IReadOnlyList<byte[]> stored) => Predicted([.. stored]);

    /// <inheritdoc cref="Network.Classify(ReadOnlySpan{float})"/>
    public string Classify(params ReadOnlySpan<float> inputs) => _codec.Class(Predict(inputs));

    /// <inheritdoc cref="Network.Classify(object)"/>
    [OverloadResolutionPriority(-1)]
    public string Classify(object row) => _codec.Class(Predict(row));

    /// <summary>Gives everything back. No call may be under way; later ones are refused.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (Copy copy in _all) copy.Dispose();
        _idle.Dispose();
    }

    private float[][] Predicted(byte[][] stored)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int samples = _codec.Samples(stored), batch = PredictionCodec.Batch(samples), pieces = (samples + batch - 1) / batch;
        float[][] outputs = _codec.Room(samples);
        if (pieces == 1 || Copies == 1)
        {
            for (int p = 0; p < pieces; p++) Piece(p);
            return outputs;
        }

        try
        {
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = Copies }, Piece);
        }
        catch (AggregateException e) when (e.InnerException is NnException first)
        {
            throw first;
        }

        return outputs;

        void Piece(int p)
        {
            _idle.Wait();
            try
            {
                if (!_free.TryTake(out Copy? copy)) copy = Add(_open(), busy: true);
                try
                {
                    _codec.Ask(stored, outputs, p * batch, copy.Inference(batch, MadeFor));
                }
                finally
                {
                    _free.Add(copy);
                }
            }
            finally
            {
                _idle.Release();
            }
        }
    }

    private Inference MadeFor(IBackend backend, int batch)
    {
        var inference = new Inference(backend, _codec.Model, _fields, batch);
        inference.Restore(_file, _path);
        return inference;
    }

    private Copy Add(IBackend backend, bool busy = false)
    {
        var copy = new Copy(backend);
        _all.Add(copy);
        if (!busy) _free.Add(copy);
        return copy;
    }

    // A device of its own, for one thread at a time.
    private sealed class Copy(IBackend backend) : IDisposable
    {
        private readonly Dictionary<int, Inference> _made = [];

        public Inference Inference(int batch, Func<IBackend, int, Inference> make) =>
            _made.TryGetValue(batch, out Inference? made) ? made : _made[batch] = make(backend, batch);

        public void Dispose()
        {
            foreach (Inference i in _made.Values) i.Dispose();
            backend.Dispose();
        }
    }
}
