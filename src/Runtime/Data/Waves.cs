using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Series of 128 values, each a sum of three sines of random period (4 to 64 places), amplitude and phase, under noise. The target of each place is the value
/// after it.
/// </summary>
internal static class Waves
{
    /// <summary>Places of a series.</summary>
    public const int Length = 128;

    private const int Sines = 3;

    /// <summary>So many series; noise is the standard deviation of a value.</summary>
    public static RawData Make(int samples, double noise, GeneratorRandom random)
    {
        float[] x = new float[samples * Length], y = new float[samples * Length];
        Span<double> values = stackalloc double[Length + 1];
        for (int i = 0; i < samples; i++)
        {
            values.Clear();
            for (int k = 0; k < Sines; k++)
            {
                double period = 4 * Math.Pow(16, random.Uniform()), amplitude = 0.3 + 0.7 * random.Uniform(), phase = 2 * Math.PI * random.Uniform();
                for (int t = 0; t <= Length; t++) values[t] += amplitude * Math.Sin(2 * Math.PI * t / period + phase);
            }

            for (int t = 0; t <= Length; t++)
            {
                float value = (float)(values[t] + noise * random.Normal());
                if (t < Length) x[i * Length + t] = value;
                if (t > 0) y[i * Length + t - 1] = value;
            }
        }

        return new RawData
        {
            Schema = new Schema(new FieldForm(new Shape(Length, 1), DType.F32) { Names = ["value"] }, new FieldForm(new Shape(Length, 1), DType.F32)),
            All = new Part(samples, RawData.Bytes(x), RawData.Bytes(y)),
            Notes = [$"{samples} series of {Length} values, sums of {Sines} sines; the target is the value after each"],
        };
    }
}
