using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Samples that nobody has: each step of a training draws its own, by the seed, so that a repeat draws the same. There may be no field at all, for trainings
/// that look at no data.
/// </summary>
/// <param name="Fields">What is drawn.</param>
public sealed record DrawnData(IReadOnlyList<DrawnField> Fields)
{
    /// <summary>Steps of an epoch where the script does not say how many there are in all.</summary>
    public const int EpochSteps = 100;

    /// <summary>Points to be looked at, where nothing is trained.</summary>
    public const int Shown = 1000;

    // Points that judge a training: enough for two digits of a mean, few enough to cost little after an epoch.
    private const int Judging = 1024;

    private const uint TrainingStream = 0x64726177, JudgingStream = 0x6a756467;

    /// <summary>What a sample is: inputs, and no target.</summary>
    public Schema Schema => new([.. Fields.Select(f => new Field(f.Name, new FieldForm(new Shape(f.Width), DType.F32)))], []);

    /// <summary>The samples of an epoch, one step's after the other's.</summary>
    /// <param name="samples">Of all its steps.</param>
    /// <param name="seed">Of the training.</param>
    /// <param name="epoch">From 0.</param>
    public Part Epoch(int samples, uint seed, int epoch) => Draw(samples, seed, TrainingStream, (uint)epoch);

    /// <summary>Data whose training part is the first epoch of so many samples; those that judge it are the same after each epoch.</summary>
    /// <param name="samples">Of all steps of an epoch.</param>
    /// <param name="seed">Of the training.</param>
    public LoadedData Load(int samples, uint seed) => new()
    {
        Schema = Schema,
        Training = Epoch(samples, seed, 0),
        Validation = Fields.Count == 0 ? Part.Empty(Schema) : Draw(Judging, seed, JudgingStream, 0),
        Drawn = this,
        Notes = Fields.Count == 0 ? ["nothing is looked at: there are no samples"]
            : [.. Fields.Select(f => $"drawn anew in each step, {f.Describe()}"), $"validation {Judging:N0}, drawn once"],
    };

    private Part Draw(int samples, uint seed, uint stream, uint epoch)
    {
        var inputs = new byte[Fields.Count][];
        for (int f = 0; f < inputs.Length; f++)
        {
            RawData.CheckSize(samples, Fields[f].Width * sizeof(float), "the samples of an epoch");
            inputs[f] = new byte[samples * Fields[f].Width * sizeof(float)];
            Fields[f].Draw(MemoryMarshal.Cast<byte, float>(inputs[f].AsSpan()), seed, stream + (uint)f, epoch);
        }

        return new Part(samples, inputs, []);
    }
}
