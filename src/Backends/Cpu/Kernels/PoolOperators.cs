using System.Numerics;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>What a pool makes of the elements of a window, taken in row-major order.</summary>
internal interface IPoolOperator
{
    /// <summary>The result so far and one more element.</summary>
    static abstract Vector<float> Combine(Vector<float> sofar, Vector<float> next);

    /// <summary>The result for a window of that many elements, padding included.</summary>
    static abstract Vector<float> Finish(Vector<float> all, float area);
}

/// <summary>The largest element; padding never wins.</summary>
internal readonly struct MaxOperator : IPoolOperator
{
    public static Vector<float> Combine(Vector<float> sofar, Vector<float> next) =>
        Vector.ConditionalSelect(Vector.GreaterThan(next, sofar), next, sofar);

    public static Vector<float> Finish(Vector<float> all, float area) => all;
}

/// <summary>The mean; padding counts as zeros.</summary>
internal readonly struct AverageOperator : IPoolOperator
{
    public static Vector<float> Combine(Vector<float> sofar, Vector<float> next) => sofar + next;

    public static Vector<float> Finish(Vector<float> all, float area) => all / new Vector<float>(area);
}
