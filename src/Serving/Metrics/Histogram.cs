using System.Globalization;
using System.Text;

namespace Nn.Serving.Metrics;

/// <summary>How often values lie below some bounds, as Prometheus has it.</summary>
/// <param name="bounds">In ascending order.</param>
internal sealed class Histogram(params double[] bounds)
{
    // Of the values up to each bound, and above the last, those that are above the bound before.
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>Takes a value.</summary>
    public void Add(double value)
    {
        int i = 0;
        while (i < bounds.Length && value > bounds[i]) i++;
        Interlocked.Increment(ref _counts[i]);
        double sum = Volatile.Read(ref _sum), seen;
        while ((seen = Interlocked.CompareExchange(ref _sum, sum + value, sum)) != sum) sum = seen;
    }

    /// <summary>Writes its lines.</summary>
    /// <param name="text">Takes them.</param>
    /// <param name="name">The metric's name.</param>
    /// <param name="labels">Its labels, without braces.</param>
    public void Write(StringBuilder text, string name, string labels)
    {
        long all = 0;
        for (int i = 0; i <= bounds.Length; i++)
        {
            all += Volatile.Read(ref _counts[i]);
            string bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {all}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {Volatile.Read(ref _sum)}\n{name}_count{{{labels}}} {all}\n");
    }
}
