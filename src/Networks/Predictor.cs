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
    /// <summary>The most samples that a copy of the model works on at once.</summary>
    public const int SamplesAtOnce = 64;

    // The fewer samples, the less is calculated in vain. What is made for a number of samples takes a driver a while to compile, a processor next to nothing.
    private static readonly int[] OnProcessor = [1, 4, 16, SamplesAtOnce], OnGpu = [1, SamplesAtOnce];

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
        (_codec, _fields, _file, _path) = (codec, codec.Written is { } written ? [.. fields, written] : fields, file, path);
        OutputWidths = [.. codec.Room(1).Select(o => o.Length)];
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
            Func<IBackend, IBackend> opened = OpenedDevices.Later;
            (_open, Copies) = (() => opened(new CpuBackend(1)), Environment.ProcessorCount);
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

    /// <summary>The inputs of the model in its order, as <see cref="PredictInto"/> takes them: numbers as f32, pixels 0 to 1, or symbols as i32.</summary>
    public IReadOnlyList<Field> Inputs => _codec.Fields;

    /// <summary>How many numbers of each output a sample gives.</summary>
    public IReadOnlyList<int> OutputWidths { get; }

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
            ?? throw new NnException(ExitCode.BadFile,
                $"{path} was written by an earlier version, and does not say what it was trained on; open it with its data, and save it again");
        // A script without a data block was trained on samples of a program.
        var project = Project.Bind(script, options with { Data = new DataSpec { Name = "data", Source = DataSource.Memory, Path = "" } }, known);
        var codec = new PredictionCodec(script.Name, project.Definition, known);
        Field[] fields = [.. codec.Fields.Select(f => f with { Form = f.Form with { Scaling = Checkpoint.Scaling(file, f.Name, path) } })];
        return new Predictor(codec, fields, file, path, device);
    }

    /// <inheritdoc cref="Network.Predict(ReadOnlySpan{float})"/>
    [OverloadResolutionPriority(1)]
    public float[] Predict(params ReadOnlySpan<float> inputs) => Answers(_codec.Store(inputs))[0];

    /// <inheritdoc cref="Network.Predict(ReadOnlySpan{byte})"/>
    public float[] Predict(ReadOnlySpan<byte> pixels) => Answers(_codec.StoreBytes(pixels))[0];

    /// <inheritdoc cref="Network.Predict(IReadOnlyDictionary{string, float[]})"/>
    public IReadOnlyDictionary<string, float[]> Predict(IReadOnlyDictionary<string, float[]> inputs) => _codec.Named(Answers(_codec.Store(inputs)));

    /// <inheritdoc cref="Network.Predict(object)"/>
    [OverloadResolutionPriority(-1)]
    public float[] Predict(object row) => Predicted(_codec.StoreRow(row))[0];

    /// <summary>Each output for samples as the fields of <see cref="TrainingDefinition.PredictedFrom"/> have them stored, sample after sample.</summary>
    /// <param name="stored">For each field as many whole samples.</param>
    /// <exception cref="NnException">A sequence is too short for the model.</exception>
    public IReadOnlyList<float[]> PredictStored(IReadOnlyList<byte[]> stored)
    {
        byte[][] given = [.. stored.Select((bytes, i) => _codec.Presented(i, bytes))];
        return _codec.TooShort(given) is { } why ? throw new NnException(ExitCode.Usage, why) : Predicted(given);
    }

    /// <summary>
    /// Outputs for some samples, written where the caller wants them; for callers that ask very often, since it takes no memory of its own for up to
    /// <see cref="SamplesAtOnce"/> samples.
    /// </summary>
    /// <param name="inputs">For each of <see cref="Inputs"/> as many whole samples, the bytes of their numbers or symbols.</param>
    /// <param name="outputs">For each output room for <see cref="OutputWidths"/> numbers a sample.</param>
    /// <exception cref="ArgumentException">They are not as many samples of each, or there is not as much room, or a sequence is too short for the
    /// model.</exception>
    public void PredictInto(IReadOnlyList<ReadOnlyMemory<byte>> inputs, IReadOnlyList<Memory<float>> outputs)
    {
        int samples = inputs.Count == Inputs.Count ? inputs[0].Length / Inputs[0].Form.Bytes : 0;
        for (int i = 0; i < inputs.Count && samples > 0; i++) samples = inputs[i].Length == (long)samples * Inputs[i].Form.Bytes ? samples : 0;
        if (samples == 0) throw new ArgumentException("give as many whole samples of each input, at least one", nameof(inputs));
        bool fits = outputs.Count == OutputWidths.Count;
        for (int o = 0; o < outputs.Count && fits; o++) fits = outputs[o].Length == (long)samples * OutputWidths[o];
        if (!fits)
            throw new ArgumentException($"give room for {string.Join(" and ", OutputWidths)} numbers of each of {Plural.Of(samples, "sample")}",
                nameof(outputs));
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_codec.Fields.Any(f => f.Form.Length is not null) && _codec.TooShort([.. inputs.Select(i => i.ToArray())]) is { } why)
            throw new ArgumentException(why, nameof(inputs));
        Ask(inputs, samples, outputs);
    }

    /// <summary>
    /// Makes copies of the model and has each predict a sample or several, so that no later call waits for memory or kernels: all of <see cref="Copies"/>, or
    /// of a large model the first.
    /// </summary>
    public void Prepare()
    {
        const long Large = 64 << 20;
        long weights = _codec.Model.Parameters.Sum(p => p.Shape.Count * sizeof(float));
        var prepared = new List<Copy>();
        int taken = 0;
        try
        {
            do
            {
                _idle.Wait();
                taken++;
                if (!_free.TryTake(out Copy? copy)) copy = Add(_open(), busy: true);
                prepared.Add(copy);
                foreach (int samples in OnProcessor)
                {
                    copy.Inference(MadeFor).Run(
                        [.. _fields.Select(i => new ReadOnlyMemory<byte>(new byte[samples * i.Form.Bytes]))],
                        samples,
                        [.. OutputWidths.Select(w => new float[samples * w].AsMemory())]);
                }
            }
            while (prepared.Count < Copies && weights <= Large);
        }
        finally
        {
            foreach (Copy copy in prepared) _free.Add(copy);
            _idle.Release(taken);
        }
    }

    /// <inheritdoc cref="Network.Classify(ReadOnlySpan{float})"/>
    public string Classify(params ReadOnlySpan<float> inputs) => _codec.Class(Predict(inputs));

    /// <inheritdoc cref="Network.Classify(object)"/>
    [OverloadResolutionPriority(-1)]
    public string Classify(object row) => _codec.Class(Predict(row));

    /// <inheritdoc cref="Network.Write(string)"/>
    public string Write(string text) => _codec.Text(Predicted(_codec.StoreText(text))[0]);

    /// <summary>Gives everything back. No call may be under way; later ones are refused.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (Copy copy in _all) copy.Dispose();
        _idle.Dispose();
    }

    private float[][] Answers(byte[][] stored) => _codec.WithoutPadding(Predicted(stored), stored);

    private float[][] Predicted(byte[][] stored)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int samples = _codec.Samples(stored);
        float[][] outputs = _codec.Room(samples);
        Ask([.. stored.Select(s => (ReadOnlyMemory<byte>)s)], samples, [.. outputs.Select(o => o.AsMemory())]);
        return outputs;
    }

    private void Ask(IReadOnlyList<ReadOnlyMemory<byte>> inputs, int samples, IReadOnlyList<Memory<float>> outputs)
    {
        if (samples <= SamplesAtOnce)
        {
            One(inputs, samples, outputs);
            return;
        }

        int pieces = (samples + SamplesAtOnce - 1) / SamplesAtOnce;
        if (Copies == 1)
        {
            for (int p = 0; p < pieces; p++) Piece(p);
            return;
        }

        try
        {
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = Copies }, Piece);
        }
        catch (AggregateException e) when (e.InnerException is NnException first)
        {
            throw first;
        }

        void Piece(int p)
        {
            int from = p * SamplesAtOnce, now = Math.Min(SamplesAtOnce, samples - from);
            One(
                [.. inputs.Select((x, i) => x.Slice(from * Inputs[i].Form.Bytes, now * Inputs[i].Form.Bytes))],
                now,
                [.. outputs.Select((y, o) => y.Slice(from * OutputWidths[o], now * OutputWidths[o]))]);
        }
    }

    // With a copy that nobody else uses.
    private void One(IReadOnlyList<ReadOnlyMemory<byte>> inputs, int samples, IReadOnlyList<Memory<float>> outputs)
    {
        _idle.Wait();
        try
        {
            if (!_free.TryTake(out Copy? copy)) copy = Add(_open(), busy: true);
            try
            {
                Inference made = copy.Inference(MadeFor);
                if (_codec.Written is { } written)
                {
                    SequenceWriter.Write(written.Form, samples, symbols =>
                    {
                        made.Run([.. inputs, symbols], samples, outputs);
                        return outputs[0];
                    });
                }
                else
                {
                    made.Run(inputs, samples, outputs);
                }
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

    private Inference MadeFor(IBackend backend)
    {
        var inference = new Inference(backend, _codec.Model, _fields, backend.Name == "cpu" ? OnProcessor : OnGpu);
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
        private Inference? _made;

        public Inference Inference(Func<IBackend, Inference> make) => _made ??= make(backend);

        public void Dispose()
        {
            _made?.Dispose();
            backend.Dispose();
        }
    }
}
