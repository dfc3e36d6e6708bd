using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MathNet.Numerics.LinearAlgebra;
using Nn.Data;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>First values that are taken from the inputs of the training part, normalised as the model sees them; a function of data, seed and name.</summary>
internal static class DataInitialValues
{
    private const uint Step = 0x64617461;

    /// <summary>The values of one parameter.</summary>
    /// <exception cref="NnException">It is not made for inputs of this size.</exception>
    public static float[] Draw(Parameter parameter, uint seed, LoadedData data)
    {
        if (parameter.Initializer.Kind == InitializerKind.BalancedClasses) return ClassWeights.Draw(parameter, data);
        if (data.Schema.Inputs.Count > 1)
        {
            throw new NnException(
                ExitCode.Script,
                $"{parameter.Name} starts from the training data, which have several inputs, so that nobody can tell from which; state its first values "
                    + "with init");
        }

        int width = checked((int)data.Input.Shape.Count);
        Shape s = parameter.Shape;
        bool rows = parameter.Initializer.Kind == InitializerKind.KMeansPlusPlus;
        int features = s.Rank == 0 ? 1 : rows ? s[-1] : s[0];
        if (features != width || data.Input.Type != DType.F32)
        {
            throw new NnException(
                ExitCode.Script,
                $"{parameter.Name} starts from the training data, but takes {features} numbers where an input has {width}; put its layer first in a model "
                    + "of the inputs");
        }

        Matrix<double> x = Inputs(data, width);
        return parameter.Initializer.Kind switch
        {
            InitializerKind.DataMean => Floats(Mean(x)),
            InitializerKind.PrincipalComponents => Components(x, s.Rank < 2 ? 1 : s[1]),
            _ => Spread(x, s.Rank < 2 ? 1 : s[0], seed, BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(parameter.Name)))),
        };
    }

    // One sample a row.
    private static Matrix<double> Inputs(LoadedData data, int width)
    {
        FieldForm form = data.Input;
        Matrix<double> x = Matrix<double>.Build.Dense(data.Training.Samples, width);
        var sample = new double[width];
        for (int r = 0; r < x.RowCount; r++)
        {
            form.Numbers(form.Samples(data.Training.Input, r, 1), sample);
            for (int e = 0; form.Scaling is { } s && e < width; e++) sample[e] = sample[e] * s.Scale[e % s.Scale.Length] + s.Shift[e % s.Shift.Length];
            x.SetRow(r, sample);
        }

        return x;
    }

    private static Vector<double> Mean(Matrix<double> x) => x.ColumnSums() / x.RowCount;

    private static float[] Components(Matrix<double> x, int count)
    {
        var values = new float[x.ColumnCount * count];
        int k = 0;
        foreach (Vector<double> v in PrincipalComponents.Directions(PrincipalComponents.Centered(x), count))
        {
            for (int f = 0; f < v.Count; f++) values[f * count + k] = (float)v[f];
            k++;
        }

        return values;
    }

    // Each next sample is drawn with a probability proportional to its squared distance from the nearest of those before.
    private static float[] Spread(Matrix<double> x, int count, uint seed, uint stream)
    {
        var values = new float[count * x.ColumnCount];
        double[] nearest = [.. Enumerable.Repeat(double.PositiveInfinity, x.RowCount)];
        for (int k = 0; k < count; k++)
        {
            double draw = CounterRandom.Uniform(seed, stream, (uint)k, Step), all = nearest.Sum();
            int chosen = (int)(draw * x.RowCount);
            if (k > 0 && all > 0)
            {
                double rest = draw * all;
                for (chosen = 0; chosen < x.RowCount - 1 && (rest -= nearest[chosen]) >= 0; chosen++)
                {
                }
            }

            Vector<double> center = x.Row(chosen);
            for (int f = 0; f < center.Count; f++) values[k * center.Count + f] = (float)center[f];
            for (int r = 0; r < x.RowCount; r++)
            {
                double squares = 0;
                for (int f = 0; f < center.Count; f++) squares += (x[r, f] - center[f]) * (x[r, f] - center[f]);
                nearest[r] = Math.Min(nearest[r], squares);
            }
        }

        return values;
    }

    private static float[] Floats(Vector<double> v) => [.. v.Select(a => (float)a)];
}
