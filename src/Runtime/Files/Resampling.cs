namespace Nn.Files;

/// <summary>
/// Sounds at another rate, by a windowed sinc (Smith: "Digital Audio Resampling"): each value is a sum over those around its time, weighted by a sinc that lets
/// pass what both rates can hold, under a Kaiser window over 32 of its zeros to each side. Before the beginning and after the end is silence.
/// </summary>
internal static class Resampling
{
    private const int Zeros = 32;

    // 80 dB below what passes is what does not; the fall between takes a sixth of the band, and ends with it.
    private const double Beta = 7.857, Passing = 0.92;

    /// <summary>The first so many values of a sound at another rate.</summary>
    /// <param name="values">The sound.</param>
    /// <param name="from">Its values a second.</param>
    /// <param name="to">Those that are wanted.</param>
    /// <param name="count">How many.</param>
    public static float[] To(ReadOnlySpan<float> values, int from, int to, int count)
    {
        var result = new float[count];
        if (from == to)
        {
            values[..Math.Min(count, values.Length)].CopyTo(result);
            return result;
        }

        // Of the higher rate a period has more values than zeros of the sinc.
        double narrow = Passing * Math.Min(1, (double)to / from);
        int reach = (int)Math.Ceiling(Zeros / narrow), phases = to / Gcd(from, to);
        var weights = new double[phases][];
        for (int i = 0; i < count; i++)
        {
            // The time of the value in places of the old sound, and what it lies behind one.
            long at = (long)i * from / to;
            if (at - reach >= values.Length) break;
            int phase = (int)((long)i * from / Gcd(from, to) % phases);
            double[] w = weights[phase] ??= Weights((double)phase / phases, narrow, reach);
            double sum = 0;
            for (int k = (int)Math.Max(-reach, -at), end = (int)Math.Min(reach, values.Length - 1 - at); k <= end; k++)
                sum += w[k + reach] * values[(int)at + k];
            result[i] = (float)sum;
        }

        return result;
    }

    /// <summary>How many values a sound has at another rate.</summary>
    public static long CountOf(int values, int from, int to) => Math.Max(1, (long)Math.Round((double)values * to / from));

    // Of the places from −reach to reach, for a value that lies a part of a place behind 0. Together they are 1, so that what does not change stays.
    private static double[] Weights(double behind, double narrow, int reach)
    {
        var weights = new double[2 * reach + 1];
        for (int k = -reach; k <= reach; k++)
        {
            double x = (behind - k) * narrow, edge = x / Zeros;
            if (Math.Abs(edge) >= 1) continue;
            double sinc = x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
            weights[k + reach] = sinc * Bessel(Beta * Math.Sqrt(1 - edge * edge));
        }

        double all = weights.Sum();
        for (int k = 0; k < weights.Length; k++) weights[k] /= all;
        return weights;
    }

    // The modified Bessel function of order 0, by its series.
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > 1e-17 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
