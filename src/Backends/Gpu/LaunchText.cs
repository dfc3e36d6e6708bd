using System.Text;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Launches of a plan as text: what a GPU runs, step by step.</summary>
public static class LaunchText
{
    /// <summary>All entries on a device of these limits.</summary>
    /// <exception cref="NotSupportedException">A step cannot run there; the message says why.</exception>
    public static string Write(Plan plan, string device, GpuLimits limits)
    {
        var s = new StringBuilder();
        foreach (Entry entry in plan.Entries) Write(s, entry, device, LaunchPlanner.Plan(entry, limits));
        return s.ToString();
    }

    private static void Write(StringBuilder s, Entry entry, string device, LaunchPlan plan)
    {
        s.Append(
            $"\n{entry.Name} on {device}: {plan.Launches.Count} {(plan.Launches.Count == 1 ? "launch" : "launches")}, "
                + $"{plan.Launches.Count(l => l.Waits)} waiting for earlier ones, {plan.Scratch.Bytes:N0} bytes of scratch\n");
        ILookup<PlanStep, Launch> launches = plan.Launches.ToLookup(l => l.Step);
        for (int i = 0; i < entry.Steps.Count; i++)
        {
            // The iterations of a loop are alike.
            var loop = entry.Steps[i] as ScanStep;
            foreach (Launch l in entry.Steps[i].Kernels.Take(loop?.Body.Count ?? 1).SelectMany(k => launches[k]))
            {
                string times = loop is null ? "" : $", {loop.Iterations} times";
                s.Append($"  {i + 1,3} {l.Kernel.Name,-44} {Size(l.Groups)} groups of {Size(l.Kernel.GroupSize)}{times}{(l.Waits ? ", waits" : "")}\n");
            }
        }
    }

    private static string Size((int X, int Y, int Z) size) => size switch
    {
        (_, 1, 1) => $"{size.X}",
        (_, _, 1) => $"{size.X}×{size.Y}",
        _ => $"{size.X}×{size.Y}×{size.Z}",
    };
}
