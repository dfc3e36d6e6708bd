using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Networks;

/// <summary>
/// A network for programs: a script, or a checkpoint with the script in it, that is trained and asked from C#.
/// <code>
/// using var net = Network.Load("xor.nn");
/// net.Train();
/// float[] y = net.Predict(0, 1);
/// net.Save("xor.safetensors");
/// </code>
/// Mistakes of scripts, files and devices are an <see cref="NnException"/> with a message for people. Several threads may use an instance:
/// they are answered one after the other, and while a training runs between two of its steps, with the weights of the step just done. Of two trainings the
/// second waits for the first.
/// Only what lies beneath <see cref="Session"/> is for the training's thread alone.
/// </summary>
public sealed class Network : IDisposable
{
    private readonly SourceText _source;
    private readonly BindOptions _bind;
    private readonly NetworkOptions _options;
    private readonly string? _path;
    private readonly Lazy<IBackend> _backend;
    private readonly Dictionary<int, Inference> _inferences = [];

    // Who holds the first trains; who has a turn uses the device. A training gives its turn away between its steps.
    private readonly object _training = new();
    private readonly DeviceTurns _turns = new();
    private bool _runs;
    private readonly Safetensors? _checkpoint;
    private Project _project;
    private TrainingSession? _session;
    private Trainer? _trainer;
    private long _taken = -1;

    private Network(SourceText source, NetworkOptions options, BindOptions bind, Safetensors? checkpoint = null, string? path = null)
    {
        (_source, _options, _checkpoint, _path) = (source, options, checkpoint, path);
        _backend = new Lazy<IBackend>(() => DeviceChoice.Open(options.Device is { } asked ? DeviceRequest.Parse(asked) : DeviceRequest.Default));
        if (checkpoint is not null) bind = bind with { Training = Checkpoint.Training(checkpoint, path!) };
        Schema? known = checkpoint is null ? null : Checkpoint.Form(checkpoint, path!);
        // A script without a data block was trained on samples of a program.
        _bind = bind with { Data = options.Data is null && known is null ? null : new DataSpec { Name = "data", Source = DataSource.Memory, Path = "" } };
        // A trained model is asked without its data; they are loaded when it is trained or evaluated.
        _project = known is null || options.Data is not null
            ? Project.Bind(_source, _bind, LoadData)
            : Project.Bind(_source, _bind, known);
        Schema = known ?? _project.Training().Data.Schema;
    }

    /// <summary>Called after each epoch of <see cref="Train(CancellationToken)"/>, on its thread; other threads are answered meanwhile.</summary>
    public event Action<EpochResult>? EpochEnded;

    /// <summary>Called a few times a second while training, on its thread.</summary>
    public event Action<TrainingProgress>? Progress;

    /// <summary>What the script trains.</summary>
    public TrainingDefinition Definition => _project.Definition;

    /// <summary>What the fields of a sample are: shapes, types, names of classes and features.</summary>
    public Schema Schema { get; }

    /// <summary>Names of the classes of the target that the first output is held against, in the order of its numbers; empty where that is no class.</summary>
    public IReadOnlyList<string> ClassNames => Codec.ClassNames;

    // The models are new objects once the data are there.
    private PredictionCodec Codec => new(_source.Name, Definition, Schema);

    /// <summary>The device it runs on.</summary>
    public IBackend Device => _backend.Value;

    /// <summary>Epochs done.</summary>
    public int Epoch => _turns.Do(() => Session.Epoch);

    /// <summary>Trained numbers in all models.</summary>
    public long ParameterCount => Definition.Models.SelectMany(m => m.Parameters).Distinct().Where(p => p.Trained).Sum(p => p.Shape.Count);

    /// <summary>The training beneath: slots, plan, data. It is made, with its data, when it is first needed.</summary>
    // A training's own handlers come here between steps, too.
    public TrainingSession Session => _turns.Do(() => _session ?? Begin());

    /// <summary>
    /// The numbers that may change while it trains, as they are now: learning rates and others of the optimizers, with what the script states and who set them.
    /// </summary>
    public IReadOnlyList<TrainingNumber> Numbers => Session.Numbers;

    /// <summary>Opens a script.</summary>
    /// <param name="file">The script; its data files are looked up beside it, then in the folders of <c>NN_DATA</c>.</param>
    /// <param name="options">Device, seed, data and more.</param>
    /// <exception cref="NnException">The script has mistakes or no <c>train</c> block, or its data cannot be read.</exception>
    public static Network Load(string file, NetworkOptions? options = null) => Make(Project.Read(file), options ?? new());

    /// <summary>Opens a script that the program holds as a text.</summary>
    /// <inheritdoc cref="Load"/>
    public static Network Parse(string script, NetworkOptions? options = null) => Make(new SourceText("script.nn", script), options ?? new());

    /// <summary>
    /// Opens a checkpoint: the model as it was saved, with its script. It is asked at once, without the data that it was trained on; training goes on where it
    /// was.
    /// </summary>
    /// <exception cref="NnException">The file is damaged or no checkpoint.</exception>
    public static Network Open(string checkpoint, NetworkOptions? options = null)
    {
        options ??= new();
        Safetensors file = Safetensors.Load(checkpoint);
        var source = new SourceText(checkpoint, Checkpoint.Script(file, checkpoint));
        Dictionary<string, string> set = Checkpoint.Values(file);
        foreach ((string name, string value) in options.Set) set[name] = value;
        return new Network(source, options, new BindOptions(set, options.Seed ?? Checkpoint.Seed(file, checkpoint), options.Epochs), file, checkpoint);
    }

    /// <summary>Trains to the end that the script sets, an early stop, or a request to stop, after which it can go on.</summary>
    /// <exception cref="NnException">The loss is no longer a number; the model is as it was after the last good epoch.</exception>
    public TrainingEnd Train(CancellationToken stop = default) => Run(null, stop);

    /// <summary>Trains so many epochs more, whatever the script says; schedules keep their length.</summary>
    /// <inheritdoc cref="Train(CancellationToken)"/>
    public TrainingEnd Train(int epochs, CancellationToken stop = default) => Run(epochs, stop);

    /// <summary>Loss and metrics of the validation part by name, such as <c>val_loss</c>; empty where there is none.</summary>
    public IReadOnlyDictionary<string, double> Evaluate() => _turns.Do(() => Session.Evaluate());

    /// <summary>
    /// Sets a number from the next step on, of a training under way on another thread, too: a schedule goes on from a rate that is set, a sweep ends.
    /// </summary>
    /// <param name="name"><c>lr</c> for the learning rate of every update, <c>critic.lr</c> for that of one, or another number such as <c>beta1</c>.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">There is no such number, or the value is none.</exception>
    public void Set(string name, double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException($"{name} cannot be {value}", nameof(value));
        if (!_turns.Do(() => Session.Numbers.Set(name, value)))
            throw new ArgumentException($"there is no number '{name}'; there are {string.Join(", ", Numbers.Select(n => n.Name))}", nameof(name));
    }

    /// <summary>
    /// The outputs for one sample, or for several one after the other. Features of a table are numbers as in the file, words as one-hot columns; pixels are 0
    /// to 1;
    /// symbols are their numbers. Where sequences differ in length, one may be given alone, shorter than the longest that was trained on, and gets outputs for
    /// its own places; several have padding at their end, −1 among symbols and NaN among numbers, to the longest.
    /// </summary>
    /// <exception cref="ArgumentException">The numbers do not make whole samples, one is not finite, one is no symbol where symbols are wanted, or a sequence
    /// is too short for a window of the model.</exception>
    // Of numbers that stand in brackets, as in Predict([0, 1]), bytes would be chosen.
    [OverloadResolutionPriority(1)]
    public float[] Predict(params ReadOnlySpan<float> inputs) => Predicted(Codec.Store(inputs))[0];

    /// <summary>As <see cref="Predict(ReadOnlySpan{float})"/> for pixels from 0 to 255, or for symbols that are bytes.</summary>
    /// <inheritdoc cref="Predict(ReadOnlySpan{float})"/>
    public float[] Predict(ReadOnlySpan<byte> pixels) => Predicted(Codec.StoreBytes(pixels))[0];

    /// <summary>
    /// Each output, by its name, for one sample or several one after the other: of a model of several inputs or outputs.
    /// </summary>
    /// <param name="inputs">The numbers of each input field that the model takes, as for <see cref="Predict(ReadOnlySpan{float})"/>; as many samples of
    /// each.</param>
    /// <exception cref="ArgumentException">A field is missing or not known, they are not as many samples of each, or what
    /// <see cref="Predict(ReadOnlySpan{float})"/> refuses.</exception>
    public IReadOnlyDictionary<string, float[]> Predict(IReadOnlyDictionary<string, float[]> inputs)
    {
        PredictionCodec codec = Codec;
        return codec.Named(Predicted(codec.Store(inputs)));
    }

    /// <summary>
    /// The first output for a row of a table: <c>new { island = "Biscoe", mass = 3700 }</c>, a record, or a dictionary by column. Cells are numbers or words;
    /// those that are null, NaN or not there
    /// are gaps, and filled as in training.
    /// </summary>
    /// <param name="row">A dictionary of <c>object?</c> by column, or an object with a public property for each column, whose name may differ in case and
    /// underscores.</param>
    /// <exception cref="ArgumentException">A column or a word is not known, the nearest of which is told, or the model takes no rows of a table.</exception>
    [OverloadResolutionPriority(-1)]
    public float[] Predict(object row) => Predicted(Codec.StoreRow(row))[0];

    private IReadOnlyList<float[]> Predicted(byte[][] inputs)
    {
        PredictionCodec codec = Codec;
        int samples = codec.Samples(inputs), batch = PredictionCodec.Batch(samples);
        float[][] outputs = codec.Room(samples);
        // All samples of a call are asked of the same weights.
        return _turns.Do(() =>
        {
            Inference inference = Inferring(codec.Model, batch);
            for (int s = 0; s < samples; s += batch) codec.Ask(inputs, outputs, s, inference);
            return codec.WithoutPadding(outputs, inputs);
        });
    }

    /// <summary>The name of the likeliest class of one sample.</summary>
    /// <exception cref="NnException">The target is no class.</exception>
    public string Classify(params ReadOnlySpan<float> inputs) => Codec.Class(Predict(inputs));

    /// <summary>The name of the likeliest class of a row of a table, given as for <see cref="Predict(object)"/>.</summary>
    /// <inheritdoc cref="Classify(ReadOnlySpan{float})"/>
    [OverloadResolutionPriority(-1)]
    public string Classify(object row) => Codec.Class(Predict(row));

    /// <summary>What a model that writes a text for a text, such as a translation, writes for this one.</summary>
    /// <exception cref="ArgumentException">The model does not write a text for a text.</exception>
    /// <exception cref="NnException">The text is empty or longer than the longest that the model was trained on.</exception>
    public string Write(string text) => Codec.Text(Predicted(Codec.StoreText(text))[0]);

    /// <summary>
    /// The model as it is now, for many threads at once: later training does not change it. Whoever takes it disposes of it.
    /// </summary>
    /// <exception cref="NnException">There is nothing to predict.</exception>
    public Predictor ToPredictor()
    {
        Safetensors state = _turns.Do(State);
        return new Predictor(Codec, Scaled(state), state, _path ?? _source.Name, _options.Asked);
    }

    /// <summary>
    /// Goes on with a text, character by character, where the model was trained on text. The prompt is not repeated.
    /// </summary>
    /// <param name="prompt">The text to go on from; empty: a new line.</param>
    /// <param name="length">Characters to write.</param>
    /// <param name="temperature">0 always takes the likeliest character, 1 draws as the model says.</param>
    /// <param name="among">Draws among the so many likeliest characters only.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="topP">Draws among the fewest likeliest characters that have this share of the probability together, from 0 to 1; null: all.</param>
    /// <exception cref="NnException">The model gives no probability for each character, or does not know one of the prompt's.</exception>
    public IEnumerable<string> Generate(string prompt, int length, double temperature = 1, int? among = null, uint seed = 0, double? topP = null)
    {
        Vocabulary? vocabulary = _checkpoint is null ? Session.Data.Vocabulary : Checkpoint.Vocabulary(_checkpoint, _path!);
        if (vocabulary is null || Definition.Predictor is not { } model || !TextGenerator.Fits(model, Schema.Input.Shape[0], vocabulary.Size))
            throw new NnException(ExitCode.Usage, $"{_source.Name} gives no probability for each character of a text, so it cannot go on with one");
        int[] start = vocabulary.Beginning(prompt);
        return Symbols();

        IEnumerable<string> Symbols()
        {
            var generator = new TextGenerator(Next, Schema.Input.Shape[0], start, seed) { Temperature = temperature, Among = among, TopP = topP };
            for (int i = 0; i < length; i++) yield return vocabulary.Symbol(generator.Next());
        }

        float[] Next(int[] window) => _turns.Do(() => Inferring(Definition.Predictor!, 1).Run(MemoryMarshal.AsBytes(window.AsSpan())));
    }

    /// <summary>Writes the whole state, with the script, as a checkpoint that <see cref="Open"/> and <c>nn --model</c> read.</summary>
    public void Save(string file) => _turns.Do(State).Save(file);

    /// <summary>Waits for a training that another thread runs, and gives everything back.</summary>
    /// <exception cref="InvalidOperationException">A handler of the training asks for it.</exception>
    public void Dispose()
    {
        lock (_training)
        {
            if (_runs) throw new InvalidOperationException("a network cannot be disposed of by a handler of its own training; stop the training first");
            _turns.Close(() =>
            {
                foreach (Inference i in _inferences.Values) i.Dispose();
                _session?.Dispose();
                if (_backend.IsValueCreated) _backend.Value.Dispose();
            });
        }
    }

    private static Network Make(SourceText source, NetworkOptions options) => new(source, options, new BindOptions(options.Set, options.Seed, options.Epochs));

    private LoadedData LoadData(DataSpec spec) => _options.Data is { } samples
        ? DataLoader.Load(Project.For(spec, _checkpoint, _path), samples)
        : spec.Source == DataSource.Memory
        ? throw new NnException(ExitCode.Usage,
            $"{_path} was trained on samples of a program, which are needed now; give them: new NetworkOptions {{ Data = Samples.Of(…) }}")
        : Project.Load(spec, _path ?? _source.Name, _checkpoint, _path);

    private TrainingSession Begin()
    {
        if (Definition.Count > 1 && _checkpoint is null)
            throw new NnException(ExitCode.Usage, $"{_source.Name} has {Definition.Count} trainings, which a network does not run; open what they made");
        if (_project.Data is null) _project = Project.Bind(_source, _bind, LoadData);
        var session = new TrainingSession(Device, Definition, _project.Data!);
        var trainer = new Trainer(session)
        {
            OnEpoch = e => _turns.Aside(() => EpochEnded?.Invoke(e)),
            OnProgress = p => _turns.Aside(() => Progress?.Invoke(p)),
        };
        try
        {
            if (_checkpoint is not null) Checkpoint.Restore(session, trainer.State, _checkpoint, _path!);
        }
        catch
        {
            session.Dispose();
            throw;
        }

        // The models are new objects now.
        foreach (Inference i in _inferences.Values) i.Dispose();
        _inferences.Clear();
        (_session, _trainer) = (session, trainer);
        return session;
    }

    private TrainingEnd Run(int? more, CancellationToken stop)
    {
        lock (_training)
        {
            if (_runs) throw new InvalidOperationException("a handler of a training cannot train the same network; let the training end first");
            return _turns.Do(() =>
            {
                try
                {
                    _runs = true;
                    return Trained(more, stop);
                }
                finally
                {
                    _runs = false;
                    // The best weights may have come back.
                    _taken = -1;
                }
            });
        }
    }

    private TrainingEnd Trained(int? more, CancellationToken stop)
    {
        // What is trained is made when it is first needed.
        int done = Session.Epoch;
        return _trainer!.Run(stop, more is { } epochs ? done + epochs : null);
    }

    private Safetensors State() =>
        _session is null && _checkpoint is not null ? _checkpoint : Checkpoint.Capture(Session, _trainer!.State, _source.Text, _bind.Set);

    private Inference Inferring(Model model, int batch)
    {
        if (_session is null && _checkpoint is null) return Inferring(Begin().Definition.Predictor!, batch);
        if (_session is { } trained && _taken != trained.Step)
        {
            foreach (Inference i in _inferences.Values) i.Take(trained);
            _taken = trained.Step;
        }

        if (_inferences.TryGetValue(batch, out Inference? made)) return made;
        Field[] fields = Scaled(_checkpoint);
        var inference = new Inference(Device, model, Codec.Written is { } written ? [.. fields, written] : fields, batch);
        if (_session is { } session) inference.Take(session);
        else inference.Restore(_checkpoint!, _path!);
        return _inferences[batch] = inference;
    }
    // What the model takes, scaled as in training.
    private Field[] Scaled(Safetensors? file)
    {
        Scaling? Of(string field) =>
            _session is { } s ? s.Data.Schema.Inputs.Single(f => f.Name == field).Form.Scaling : Checkpoint.Scaling(file!, field, _path!);
        return [.. Codec.Fields.Select(f => f with { Form = f.Form with { Scaling = Of(f.Name) } })];
    }
}
