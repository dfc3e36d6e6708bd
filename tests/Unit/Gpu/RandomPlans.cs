using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Planning;

namespace Nn.Tests.Unit.Gpu;

/// <summary>Plans of random graphs on a GPU backend, with the reference to compare with.</summary>
internal static class RandomPlans
{
    /// <summary>Random values for every input.</summary>
    public static void Fill(IProgram program, IReadOnlyList<Slot> inputs, int seed)
    {
        foreach (Slot input in inputs)
        {
            var random = new Random(seed * 31 + input.Name.Sum(c => c));
            float[] values = [.. Enumerable.Range(0, (int)input.Shape.Count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
            program.Write(input, MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    /// <summary>A slot's bytes.</summary>
    public static byte[] Bytes(IProgram program, Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        program.Read(slot, bytes);
        return bytes;
    }

    /// <summary>Runs the graph of a seed twice, as what the first run leaves behind is what the second starts from, and compares all slots.</summary>
    /// <param name="backend">The backend under test.</param>
    /// <param name="seed">Seed of graph and values.</param>
    /// <param name="poison">Fills what does not outlive a run.</param>
    public static void AgreesWithTheReference(IBackend backend, int seed, Action<IProgram> poison)
    {
        (Plan plan, IReadOnlyList<Slot> inputs) = RandomGraph.Make(seed);
        using IProgram expected = new ReferenceBackend().Load(plan), actual = backend.Load(plan);
        Fill(expected, inputs, seed);
        Fill(actual, inputs, seed);
        expected.Run(plan.Entry("step"), 2);
        poison(actual);
        actual.Run(plan.Entry("step"), 1);
        poison(actual);
        actual.Run(plan.Entry("step"), 1);
        foreach (Slot slot in plan.Slots)
        {
            float[] a = MemoryMarshal.Cast<byte, float>(Bytes(expected, slot)).ToArray(), b = MemoryMarshal.Cast<byte, float>(Bytes(actual, slot)).ToArray();
            for (int i = 0; i < a.Length; i++)
            {
                Assert.True(
                    Math.Abs(a[i] - b[i]) <= 1e-3f * (1 + Math.Abs(a[i])) || (float.IsNaN(a[i]) && float.IsNaN(b[i])),
                    $"seed {seed}, {slot}, element {i}: {a[i]} by the graph, {b[i]} on {backend.Name}");
            }
        }
    }
}
