using Nn.Backends;
using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// Where the samples of training steps come from: as values of the entry that takes a step, and as what must be on the device before it runs. Which
/// samples a step takes follows from seed, epoch and
/// step alone, so that the place that a checkpoint keeps is the position of its source.
/// </summary>
public interface IBatchSource
{
    /// <summary>Samples of a full step.</summary>
    int Batch { get; }

    /// <summary>Samples of the last step of an epoch, 0 where it is full.</summary>
    int TailBatch { get; }

    /// <summary>Steps of an epoch, the smaller last one included.</summary>
    int StepsPerEpoch { get; }

    /// <summary>Makes the slots that it needs, once, before an entry reads them.</summary>
    void Reserve(PlanBuilder plan);

    /// <summary>A field of the samples of a step, as stored: batch × the field's shape.</summary>
    /// <param name="g">The entry.</param>
    /// <param name="field">Which field.</param>
    /// <param name="step">The number of the step in its epoch, i32 [1].</param>
    /// <param name="batch">Samples of the step: <see cref="Batch"/> or <see cref="TailBatch"/>.</param>
    /// <param name="bucket">Into which of the <see cref="LengthBuckets"/> its sequences fit.</param>
    Node Stored(GraphBuilder g, FieldSlots field, Node step, int batch, int bucket);

    /// <summary>
    /// Into which of the <see cref="LengthBuckets"/> the sequences of a step of the epoch fit; those of the smaller last one into the longest.
    /// </summary>
    int Bucket(int step);

    /// <summary>Brings to the device what steps of an epoch need.</summary>
    /// <param name="program">The loaded plan.</param>
    /// <param name="data">The samples.</param>
    /// <param name="seed">Of the training.</param>
    /// <param name="epoch">From 0.</param>
    void BeginEpoch(IProgram program, LoadedData data, uint seed, int epoch);

    /// <summary>The numbers of the training samples that a step takes.</summary>
    int[] Samples(LoadedData data, uint seed, int epoch, int step);
}
