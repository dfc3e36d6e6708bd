using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// A training's whole state as one safetensors file: parameters by name, optimizer state, sums of the epoch under way, and in the metadata
/// everything else needed to go on as if nothing had happened.
/// </summary>
public static class Checkpoint
{
    private const string Format = "nn-checkpoint-1";

    /// <summary>The state of a session.</summary>
    /// <param name="session">The session, between two steps.</param>
    /// <param name="trainer">Early stopping and the like.</param>
    /// <param name="script">The script's text.</param>
    public static Safetensors Capture(TrainingSession session, TrainerState trainer, string script)
    {
        var file = new Safetensors();
        foreach (Slot slot in Slots(session)) file.Tensors[slot.Name] = new StoredTensor(slot.Shape, slot.Type, Bytes(session, slot));
        string Number(double v) => v.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["format"] = Format;
        file.Metadata["script"] = script;
        file.Metadata["seed"] = session.Definition.Seed.ToString(CultureInfo.InvariantCulture);
        file.Metadata["epoch"] = session.Epoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["step_in_epoch"] = session.StepInEpoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["rate_factors"] = string.Join(' ', session.RateFactors.Select(Number));
        file.Metadata["best"] = Number(trainer.Best);
        file.Metadata["best_epoch"] = trainer.BestEpoch.ToString(CultureInfo.InvariantCulture);
        file.Metadata["waited"] = trainer.Waited.ToString(CultureInfo.InvariantCulture);
        file.Metadata["plateau_best"] = Number(trainer.PlateauBest);
        file.Metadata["plateau_waited"] = trainer.PlateauWaited.ToString(CultureInfo.InvariantCulture);
        foreach ((string name, float[] best) in trainer.BestWeights)
            file.Tensors["best/" + name] = new StoredTensor(new Shape(best.Length), DType.F32, MemoryMarshal.AsBytes(best.AsSpan()).ToArray());
        return file;
    }

    /// <summary>Puts a session into a stored state.</summary>
    /// <exception cref="NnException">The file is of another model or training.</exception>
    public static void Restore(TrainingSession session, TrainerState trainer, Safetensors file, string path)
    {
        string Text(string key) => file.Metadata.TryGetValue(key, out string? v) ? v : throw Bad(path, $"it has no '{key}'");
        if (Text("format") != Format) throw Bad(path, $"its format is '{Text("format")}'");
        foreach (Slot slot in Slots(session)) session.Program.Write(slot, Stored(file, slot, path).Bytes);
        try
        {
            double Number(string key) => double.Parse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture);
            session.Epoch = int.Parse(Text("epoch"), CultureInfo.InvariantCulture);
            session.StepInEpoch = int.Parse(Text("step_in_epoch"), CultureInfo.InvariantCulture);
            if (session.Epoch < 0 || session.StepInEpoch < 0 || session.StepInEpoch > session.Plan.StepsPerEpoch) throw Bad(path, "its place in the training does not exist");
            double[] factors = [.. Text("rate_factors").Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture))];
            if (factors.Length != session.RateFactors.Length) throw Bad(path, "it has another number of optimizers");
            factors.CopyTo(session.RateFactors, 0);
            (trainer.Best, trainer.PlateauBest) = (Number("best"), Number("plateau_best"));
            (trainer.BestEpoch, trainer.Waited, trainer.PlateauWaited) = ((int)Number("best_epoch"), (int)Number("waited"), (int)Number("plateau_waited"));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Bad(path, "its numbers are damaged", e);
        }

        trainer.BestWeights.Clear();
        foreach ((string name, StoredTensor t) in file.Tensors.Where(t => t.Key.StartsWith("best/", StringComparison.Ordinal)))
            trainer.BestWeights[name["best/".Length..]] = MemoryMarshal.Cast<byte, float>(t.Bytes).ToArray();
    }

    /// <summary>Takes only the parameters, for evaluation and prediction.</summary>
    public static void RestoreParameters(TrainingSession session, Safetensors file, string path)
    {
        foreach (Slot slot in session.Plan.Slots.Parameters.Values) session.Program.Write(slot, Stored(file, slot, path).Bytes);
    }

    private static StoredTensor Stored(Safetensors file, Slot slot, string path)
    {
        if (!file.Tensors.TryGetValue(slot.Name, out StoredTensor? t)) throw Bad(path, $"it has no '{slot.Name}'; it belongs to another script");
        if (t.Shape != slot.Shape || t.Type != slot.Type)
            throw Bad(path, $"'{slot.Name}' is {t.Type.Name()} {t.Shape} there, {slot.Type.Name()} {slot.Shape} in this script");
        return t;
    }

    // Data and what each epoch writes anew are left out.
    private static IEnumerable<Slot> Slots(TrainingSession session)
    {
        TrainingSlots s = session.Plan.Slots;
        return s.Parameters.Values.Concat(s.States.SelectMany(x => x)).Concat(s.LossSums).Concat(s.MetricSums.Values).Concat(s.Numbers.Values)
            .Concat(new[] { s.Step, s.Seed, s.Scale, s.Shift }.OfType<Slot>());
    }

    private static byte[] Bytes(TrainingSession session, Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        session.Program.Read(slot, bytes);
        return bytes;
    }

    private static NnException Bad(string path, string why, Exception? inner = null) => new(ExitCode.BadFile, $"{path} is no checkpoint for this script: {why}", inner);
}
