using System.Globalization;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>A copy of everything that training changes, to go back to.</summary>
internal sealed class SessionSnapshot(TrainingSession session)
{
    private const string Start = "start/", Place = "start";

    private readonly (Slot Slot, byte[] Bytes)[] _slots = [.. session.StateSlots.Select(s => (s, new byte[s.Bytes]))];
    private readonly double[] _factors = new double[session.Numbers.Rates.Count];
    private int _epoch;
    private int _stepInEpoch;

    /// <summary>Copies the present state over the one kept.</summary>
    public void Take()
    {
        foreach ((Slot slot, byte[] bytes) in _slots) session.Program.Read(slot, bytes);
        for (int u = 0; u < _factors.Length; u++) _factors[u] = session.Numbers.Rates[u].Factor;
        (_epoch, _stepInEpoch) = (session.Epoch, session.StepInEpoch);
    }

    /// <summary>Goes back to the state kept.</summary>
    public void Restore()
    {
        foreach ((Slot slot, byte[] bytes) in _slots) session.Program.Write(slot, bytes);
        for (int u = 0; u < _factors.Length; u++) session.Numbers.Rates[u].Factor = _factors[u];
        (session.Epoch, session.StepInEpoch) = (_epoch, _stepInEpoch);
    }

    /// <summary>Adds the state kept to a file, beside the present one.</summary>
    public void Save(Safetensors file)
    {
        foreach ((Slot slot, byte[] bytes) in _slots) file.Tensors[Start + slot.Name] = new StoredTensor(slot.Shape, slot.Type, [.. bytes]);
        file.Metadata[Place] = string.Join(' ', [$"{_epoch}", $"{_stepInEpoch}", .. _factors.Select(f => f.ToString("R", CultureInfo.InvariantCulture))]);
    }

    /// <summary>What a file has of a state beside the present one; null: nothing.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static SessionSnapshot? Load(TrainingSession session, Safetensors file)
    {
        if (!file.Metadata.TryGetValue(Place, out string? text)) return null;
        var kept = new SessionSnapshot(session);
        string[] numbers = text.Split(' ');
        if (numbers.Length != kept._factors.Length + 2) throw new FormatException($"'{Place}' is '{text}'");
        (kept._epoch, kept._stepInEpoch) = (int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[1], CultureInfo.InvariantCulture));
        for (int u = 0; u < kept._factors.Length; u++)
            kept._factors[u] = double.Parse(numbers[u + 2], NumberStyles.Float, CultureInfo.InvariantCulture);
        foreach ((Slot slot, byte[] bytes) in kept._slots)
        {
            if (!file.Tensors.TryGetValue(Start + slot.Name, out StoredTensor? tensor) || tensor.Bytes.Length != bytes.Length)
                throw new FormatException($"'{Start}{slot.Name}' is missing");
            tensor.Bytes.CopyTo(bytes, 0);
        }

        return kept;
    }
}
