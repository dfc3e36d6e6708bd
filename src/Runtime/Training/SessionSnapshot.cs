using Nn.Graphs;

namespace Nn.Training;

/// <summary>A copy of everything that training changes, to go back to.</summary>
internal sealed class SessionSnapshot(TrainingSession session)
{
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
}
