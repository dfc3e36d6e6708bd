using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// Draws the first values of parameters: a function of the seed, the parameter's name and the element. So a layer that is added or taken out leaves those
/// of the others as they were.
/// </summary>
internal static class InitialValues
{
    private const uint Step = 0x696e6974;

    /// <summary>The values of one parameter.</summary>
    public static float[] Draw(Parameter parameter, uint seed)
    {
        uint stream = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(parameter.Name)));
        var values = new float[parameter.Shape.Count];
        Initializer init = parameter.Initializer;
        double fan = init.Kind switch
        {
            InitializerKind.Glorot => 2.0 / Math.Max(1, parameter.FanIn + parameter.FanOut),
            InitializerKind.He => 2.0 / Math.Max(1, parameter.FanIn),
            _ => 1.0 / Math.Max(1, parameter.FanIn),
        };
        if (init.Kind == InitializerKind.Orthogonal) return Orthogonal(parameter, seed, stream);
        for (int i = 0; i < values.Length; i++)
        {
            double U() => CounterRandom.Uniform(seed, stream, (uint)i, Step);
            double N() => CounterRandom.Normal(seed, stream, (uint)i, Step);
            values[i] = (float)(init.Kind switch
            {
                InitializerKind.Constant => init.A,
                InitializerKind.Listed => init.Values[i],
                InitializerKind.Normal => init.A + init.B * N(),
                InitializerKind.Uniform => init.A + (init.B - init.A) * U(),
                // Variance fan; a uniform number in ±a has variance a² ÷ 3.
                _ => init.Gaussian ? Math.Sqrt(fan) * N() : Math.Sqrt(3 * fan) * (2 * U() - 1),
            });
        }

        return values;
    }

    // Gram and Schmidt, twice, on the shorter side of the matrix [all but the last axis, last axis].
    private static float[] Orthogonal(Parameter p, uint seed, uint stream)
    {
        int columns = p.Shape.Rank == 0 ? 1 : p.Shape[-1], rows = (int)(p.Shape.Count / Math.Max(1, columns));
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        var vectors = new double[count][];
        for (int v = 0; v < count; v++)
        {
            vectors[v] = [.. Enumerable.Range(0, length).Select(i => (double)CounterRandom.Normal(seed, stream, (uint)(v * length + i), Step))];
            for (int pass = 0; pass < 2; pass++)
            {
                for (int u = 0; u < v; u++)
                {
                    double dot = vectors[v].Zip(vectors[u], (a, b) => a * b).Sum();
                    for (int i = 0; i < length; i++) vectors[v][i] -= dot * vectors[u][i];
                }
            }

            double norm = Math.Sqrt(vectors[v].Sum(a => a * a));
            for (int i = 0; i < length; i++) vectors[v][i] /= norm;
        }

        var values = new float[p.Shape.Count];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++) values[r * columns + c] = (float)(p.Initializer.A * (rows < columns ? vectors[r][c] : vectors[c][r]));
        }

        return values;
    }
}
