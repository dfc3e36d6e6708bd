using Nn.Planning;

namespace Nn.Backends;

/// <summary>What timing the steps of an entry takes.</summary>
public static class StepTimes
{
    /// <summary>The number of the step that each kernel is part of: itself, or the loop whose iteration it is.</summary>
    public static Dictionary<PlanStep, int> Numbers(Entry entry) =>
        entry.Steps.SelectMany((s, i) => s.Kernels.Select(k => (Kernel: k, Number: i))).ToDictionary(k => k.Kernel, k => k.Number);
}
