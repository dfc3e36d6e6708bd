using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// A training's whole state as one safetensors file: parameters by name, optimizer state, sums of the epoch under way, and in the metadata
/// everything else needed to go on as if nothing had happened. Where the parameters are those of the best epoch but training would go on from later ones, these
/// are stored as <c>last/…</c>; where
/// they are those of the last one, the best are <c>best/…</c>.
/// </summary>
public static class Checkpoint
{
    private const string Format = "nn-checkpoint-1";
    private const string Set = "set.";
    private const string Best = "best/";
    private const string Last = "last/";
    private const string InForce = "in_force", BestInForce = "best";
    private const string TrainingKey = "training", CarriedKey = "carried";

    /// <summary>The state of a session.</summary>
    /// <param name="session">The session, between two steps.</param>
    /// <param name="trainer">Early stopping and the like.</param>
    /// <param name="script">The script's text.</param>
    /// <param name="set">Values that stood in place of the script's lets.</param>
    /// <param name="weights">Which weights evaluation and prediction are to take; resuming goes on from the last ones in any case.</param>
    public static Safetensors Capture(
        TrainingSession session, TrainerState trainer, string script, IReadOnlyDictionary<string, string>? set = null,
        KeptWeights weights = KeptWeights.InForce)
    {
        var file = new Safetensors();
        foreach (Slot slot in session.StateSlots) file.Tensors[slot.Name] = new StoredTensor(slot.Shape, slot.Type, Bytes(session, slot));
        Weights(file, session, trainer, weights);
        string Number(double v) => v.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["format"] = Format;
        file.Metadata["script"] = script;
        file.Metadata["seed"] = session.Definition.Seed.ToString(CultureInfo.InvariantCulture);
        file.Metadata["epoch"] = session.Epoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["step_in_epoch"] = session.StepInEpoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["steps_per_epoch"] = session.Plan.StepsPerEpoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["rate_factors"] = string.Join(' ', session.Numbers.Rates.Select(n => Number(n.Factor)));
        session.Numbers.Keep(file.Metadata);
        file.Metadata["best"] = Number(trainer.Best);
        file.Metadata["best_epoch"] = trainer.BestEpoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["waited"] = trainer.Waited.ToString(CultureInfo.InvariantCulture);
        // Within an epoch that may have to begin anew, its beginning too.
        if (session.Definition.OnDivergence is not null && session.StepInEpoch > 0) trainer.LastFinite?.Save(file);
        if (trainer.Retries > 0) file.Metadata["retries"] = trainer.Retries.ToString(CultureInfo.InvariantCulture);
        (double Best, int Waited)[] plateaus =
            [.. session.Definition.Steps.Select((_, i) => i < trainer.Plateaus.Count ? trainer.Plateaus[i] : (double.NaN, 0))];
        file.Metadata["plateau_best"] = string.Join(' ', plateaus.Select(p => Number(p.Best)));
        file.Metadata["plateau_waited"] = string.Join(' ', plateaus.Select(p => p.Waited.ToString(CultureInfo.InvariantCulture)));
        foreach ((string name, string value) in set ?? new Dictionary<string, string>()) file.Metadata[Set + name] = value;
        file.Metadata["data"] = session.Data.Schema.Text;
        DataFingerprint.Of(session.Data).Write(file.Metadata);
        if (session.Definition.Count > 1)
        {
            file.Metadata[TrainingKey] = session.Definition.Number.ToString(CultureInfo.InvariantCulture);
            file.Metadata[CarriedKey] = string.Join('\n', session.Carried.Keys.Order(StringComparer.Ordinal));
            foreach ((string name, StoredTensor tensor) in session.Carried) file.Tensors[name] = tensor;
        }

        if (session.Data.Vocabulary is { } vocabulary) file.Metadata["vocabulary"] = vocabulary.Text;
        return file;
    }

    private static void Weights(Safetensors file, TrainingSession session, TrainerState trainer, KeptWeights weights)
    {
        bool recalled = trainer.LastWeights.Count > 0;
        if (weights == KeptWeights.Best || (weights == KeptWeights.InForce && recalled)) file.Metadata[InForce] = BestInForce;
        TrainingSlots slots = session.Plan.Slots;
        // Kept apart while those of the best epoch are in force.
        StoredTensor LastOf(Slot slot) => trainer.LastWeights.TryGetValue(slot.Name, out float[]? l) ? Of(l, slot.Shape) : file.Tensors[slot.Name];
        foreach (Slot average in slots.Averages.Values) file.Tensors[average.Name] = LastOf(average);
        foreach ((Parameter p, Slot slot) in slots.Parameters)
        {
            StoredTensor last = LastOf(slot);
            StoredTensor? best = trainer.BestWeights.TryGetValue(slot.Name, out float[]? b) ? Of(b, slot.Shape) : null;
            if (best is not null && (weights == KeptWeights.Best || (weights == KeptWeights.InForce && recalled)))
            {
                (file.Tensors[slot.Name], file.Tensors[Last + slot.Name]) = (best, last);
                continue;
            }

            Slot? average = slots.Averages.GetValueOrDefault(p);
            file.Tensors[slot.Name] = average is null ? last : file.Tensors[average.Name];
            if (average is not null) file.Tensors[Last + slot.Name] = last;
            if (best is not null) file.Tensors[Best + slot.Name] = best with { Shape = new Shape(b!.Length) };
        }
    }

    private static StoredTensor Of(float[] values, Shape shape) => new(shape, DType.F32, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>Which of the script's trainings a checkpoint was saved in, from 0.</summary>
    /// <exception cref="NnException">It is damaged.</exception>
    public static int Training(Safetensors file, string path) => !file.Metadata.TryGetValue(TrainingKey, out string? text) ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw Bad(path, "the number of its training is damaged");

    /// <summary>Puts a session into a stored state.</summary>
    /// <exception cref="NnException">The file is of another model or training.</exception>
    public static void Restore(TrainingSession session, TrainerState trainer, Safetensors file, string path)
    {
        string Text(string key) => file.Metadata.TryGetValue(key, out string? v) ? v : throw Bad(path, $"it has no '{key}'");
        if (Text("format") != Format) throw Bad(path, $"its format is '{Text("format")}'");
        if (Training(file, path) != session.Definition.Number)
            throw Bad(path, $"it was saved in training {Training(file, path) + 1} of its script, this one is training {session.Definition.Number + 1}");
        CheckVocabulary(session, file, path);
        CheckScaling(session.Data.Schema, file, path);
        CheckNumbers(session.Plan.Slots.Parameters.Keys, file, path);
        string[] carried = (file.Metadata.GetValueOrDefault(CarriedKey) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        session.Carried = carried.ToDictionary(c => c, c => file.Tensors.GetValueOrDefault(c) ?? throw Bad(path, $"it has no '{c}'"));
        foreach (Slot slot in session.StateSlots) session.Program.Write(slot, (Stored(file, slot, Last, path) ?? Stored(file, slot, path)).Bytes);
        try
        {
            double Number(string key) => double.Parse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture);
            int Whole(string key) => int.Parse(Text(key), CultureInfo.InvariantCulture);
            uint seed = uint.Parse(Text("seed"), CultureInfo.InvariantCulture);
            if (seed != session.Definition.Seed)
                throw Bad(path, $"it was trained with seed {seed}, this training has {session.Definition.Seed}",
                    remedy: new Remedy(RemedyKind.GoOnWithSeed, $"{seed}"));
            (session.Epoch, session.StepInEpoch) = (Whole("epoch"), Whole("step_in_epoch"));
            int steps = Whole("steps_per_epoch");
            if (session.Epoch < 0 || session.StepInEpoch < 0 || session.StepInEpoch > steps) throw Bad(path, "its place in the training does not exist");
            if (session.StepInEpoch > 0 && steps != session.Plan.StepsPerEpoch)
                throw Bad(path,
                    $"it stopped within an epoch of {steps:N0} steps, here an epoch has {session.Plan.StepsPerEpoch:N0}; use the same data and batch");
            double[] factors = [.. Text("rate_factors").Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture))];
            if (factors.Length != session.Numbers.Rates.Count) throw Bad(path, "it has another number of optimizers");
            for (int u = 0; u < factors.Length; u++) session.Numbers.Rates[u].Factor = factors[u];
            session.Numbers.Restore(file.Metadata);
            (trainer.Best, trainer.BestEpoch, trainer.Waited) = (Number("best"), Whole("best_epoch"), Whole("waited"));
            trainer.LastFinite = session.Definition.OnDivergence is null ? null : SessionSnapshot.Load(session, file);
            trainer.Retries = file.Metadata.ContainsKey("retries") ? Whole("retries") : 0;
            double[] best = [.. Text("plateau_best").Split(' ').Select(b => double.Parse(b, CultureInfo.InvariantCulture))];
            int[] waited = [.. Text("plateau_waited").Split(' ').Select(w => int.Parse(w, CultureInfo.InvariantCulture))];
            trainer.Plateaus.Clear();
            // Files of earlier versions have one of each for all updates.
            trainer.Plateaus.AddRange(session.Definition.Steps.Select((_, i) => (best[Math.Min(i, best.Length - 1)], waited[Math.Min(i, waited.Length - 1)])));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Bad(path, "its numbers are damaged", e);
        }

        trainer.BestWeights.Clear();
        trainer.LastWeights.Clear();
        bool inForce = file.Metadata.GetValueOrDefault(InForce) == BestInForce;
        foreach ((Parameter p, Slot slot) in session.Plan.Slots.Parameters)
        {
            // Where the file has the last weights apart, its others are the best, or averages.
            bool apart = file.Tensors.ContainsKey(Last + slot.Name) && (inForce || !session.Plan.Slots.Averages.ContainsKey(p));
            StoredTensor? best = apart ? Stored(file, slot, path) : Stored(file, slot, Best, path);
            if (best is not null) trainer.BestWeights[slot.Name] = MemoryMarshal.Cast<byte, float>(best.Bytes).ToArray();
        }
    }

    /// <summary>Takes what a model needs for evaluation and prediction: parameters, and how its inputs were scaled.</summary>
    public static void RestoreParameters(TrainingSession session, Safetensors file, string path)
    {
        CheckVocabulary(session, file, path);
        CheckScaling(session.Data.Schema, file, path);
        TrainingSlots s = session.Plan.Slots;
        CheckNumbers(s.Parameters.Keys, file, path);
        foreach ((Parameter p, Slot slot) in s.Parameters) session.Replace(p, Stored(file, slot, path).Bytes);
        foreach (Slot slot in s.Scalings) session.Program.Write(slot, Stored(file, slot, path).Bytes);
    }

    /// <summary>How the characters of the text were numbered that a model was trained on; null where it was no text.</summary>
    /// <exception cref="NnException">The checkpoint is damaged.</exception>
    public static Vocabulary? Vocabulary(Safetensors file, string path)
    {
        try
        {
            return file.Metadata.TryGetValue("vocabulary", out string? text) ? Data.Vocabulary.Parse(text) : null;
        }
        catch (FormatException e)
        {
            throw Bad(path, $"its vocabulary is damaged: {e.Message}", e);
        }
    }

    /// <summary>What a model must know of the data that it was trained on; null in checkpoints of earlier versions.</summary>
    /// <exception cref="NnException">The checkpoint is damaged.</exception>
    public static Schema? Form(Safetensors file, string path)
    {
        try
        {
            return file.Metadata.TryGetValue("data", out string? text) ? Schema.Parse(text) : null;
        }
        catch (FormatException e)
        {
            throw Bad(path, $"what it says of its data is damaged: {e.Message}", e);
        }
    }

    /// <summary>How a field is scaled; null where it is used as it is.</summary>
    /// <exception cref="NnException">The checkpoint is damaged.</exception>
    public static Scaling? Scaling(Safetensors file, string field, string path)
    {
        if (!file.Tensors.TryGetValue(FieldSlots.ScaleName(field), out StoredTensor? scale)) return null;
        if (scale.Type != DType.F32 || scale.Shape.Count == 0 || !file.Tensors.TryGetValue(FieldSlots.ShiftName(field), out StoredTensor? shift)
            || shift.Type != DType.F32 || shift.Shape != scale.Shape)
            throw Bad(path, "the numbers that scale its inputs are damaged");
        return new Scaling(scale.Shape, MemoryMarshal.Cast<byte, float>(scale.Bytes).ToArray(), MemoryMarshal.Cast<byte, float>(shift.Bytes).ToArray());
    }

    /// <summary>The seed that a checkpoint was trained with.</summary>
    /// <exception cref="NnException">The checkpoint is damaged.</exception>
    public static uint Seed(Safetensors file, string path) =>
        uint.TryParse(file.Metadata.GetValueOrDefault("seed"), NumberStyles.None, CultureInfo.InvariantCulture, out uint seed)
            ? seed
            : throw Bad(path, "it has no seed");

    /// <summary>Makes sure that a model which learned of scaled inputs is not asked about those of the data as they are.</summary>
    /// <param name="schema">The fields of the script's data, with how they are scaled.</param>
    /// <param name="file">The model.</param>
    /// <param name="path">Where it came from, for the message.</param>
    /// <exception cref="NnException">It would be.</exception>
    public static void CheckScaling(Schema schema, Safetensors file, string path)
    {
        if (schema.Inputs.Any(f => f.Form.Scaling is null && file.Tensors.ContainsKey(FieldSlots.ScaleName(f.Name))))
            throw Bad(path, "it was trained on inputs that were scaled, and this script has no `normalize` in its data; put it back");
    }

    // The same numbers must mean the same characters.
    private static void CheckVocabulary(TrainingSession session, Safetensors file, string path)
    {
        if (session.Data.Vocabulary is { } own && Vocabulary(file, path) is { } stored && own.Text != stored.Text)
            throw Bad(path, $"it was trained on a text of {stored.Size} characters, which this text numbers in another way");
    }

    /// <summary>Makes sure that the parameters which a file holds are numbers.</summary>
    /// <exception cref="NnException">Some are NaN. A training goes back before it keeps such weights, so another program made them; whatever is computed with
    /// them is NaN.</exception>
    public static void CheckNumbers(IEnumerable<Parameter> parameters, Safetensors file, string path)
    {
        foreach (Parameter p in parameters)
        {
            if (!file.Tensors.TryGetValue(p.Name, out StoredTensor? tensor) || tensor.Type != DType.F32) continue;
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(tensor.Bytes);
            int wrong = 0;
            foreach (float v in values) wrong += float.IsNaN(v) ? 1 : 0;
            if (wrong == 0) continue;
            throw new NnException(
                ExitCode.BadFile,
                $"{path}: {wrong:N0} of the {values.Length:N0} numbers of '{p.Name}' {(wrong == 1 ? "is" : "are")} NaN, so nothing can be computed with "
                    + "this model; take an earlier checkpoint");
        }
    }

    /// <summary>The script that a checkpoint was trained with.</summary>
    /// <exception cref="NnException">It is no checkpoint.</exception>
    public static string Script(Safetensors file, string path) =>
        file.Metadata.TryGetValue("script", out string? text) && file.Metadata.GetValueOrDefault("format") == Format
            ? text
            : throw new NnException(ExitCode.BadFile, $"{path} is no checkpoint: it holds no script") { Remedy = new Remedy(RemedyKind.SaveTraining, path) };

    /// <summary>The values that stood in place of the script's lets.</summary>
    public static Dictionary<string, string> Values(Safetensors file) =>
        file.Metadata.Where(m => m.Key.StartsWith(Set, StringComparison.Ordinal)).ToDictionary(m => m.Key[Set.Length..], m => m.Value);

    internal static StoredTensor Stored(Safetensors file, Slot slot, string path)
    {
        if (!file.Tensors.TryGetValue(slot.Name, out StoredTensor? t)) throw Bad(path, $"it has no '{slot.Name}'; it belongs to another script");
        if (t.Shape != slot.Shape || t.Type != slot.Type)
            throw Bad(path, $"'{slot.Name}' is {t.Type.Name()} {t.Shape} there, {slot.Type.Name()} {slot.Shape} in this script");
        return t;
    }

    private static StoredTensor? Stored(Safetensors file, Slot slot, string kind, string path)
    {
        if (!file.Tensors.TryGetValue(kind + slot.Name, out StoredTensor? t)) return null;
        if (t.Type != DType.F32 || t.Shape.Count != slot.Shape.Count)
            throw Bad(path, $"'{kind}{slot.Name}' is {t.Type.Name()} {t.Shape}, not f32 {slot.Shape.Count}");
        return t;
    }

    private static byte[] Bytes(TrainingSession session, Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        session.Program.Read(slot, bytes);
        return bytes;
    }

    private static NnException Bad(string path, string why, Exception? inner = null, Remedy? remedy = null) =>
        new(ExitCode.BadFile, $"{path} is no checkpoint for this script: {why}", inner) { Remedy = remedy };
}
