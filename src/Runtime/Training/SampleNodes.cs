using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>
/// The fields of a batch of samples, as the values of one entry that losses and models work on: each batch × the field's shape, inputs scaled.
/// </summary>
/// <param name="schema">What the fields are.</param>
/// <param name="inputs">In the order of <see cref="Schema.Inputs"/>; f32, or i32 for symbols.</param>
/// <param name="targets">In the order of <see cref="Schema.Targets"/>; f32, or i32 for classes.</param>
/// <param name="batch">How many samples there are.</param>
public sealed class SampleNodes(Schema schema, IReadOnlyList<Node> inputs, IReadOnlyList<Node> targets, Dim batch)
{
    /// <summary>How many samples there are.</summary>
    public Dim Batch { get; } = batch;

    /// <summary>What the fields are.</summary>
    public Schema Schema { get; } = schema;

    /// <summary>The inputs in the order of the schema.</summary>
    public IReadOnlyList<Node> Inputs { get; } = inputs;

    /// <summary>The targets in the order of the schema.</summary>
    public IReadOnlyList<Node> Targets { get; } = targets;

    /// <summary>The first input; null where there is none.</summary>
    public Node? Input => Inputs.Count > 0 ? Inputs[0] : null;

    /// <summary>The first target; null where there is none.</summary>
    public Node? Target => Targets.Count > 0 ? Targets[0] : null;

    /// <summary>A field by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Node this[string name]
    {
        get
        {
            for (int i = 0; i < Inputs.Count; i++)
            {
                if (Schema.Inputs[i].Name == name) return Inputs[i];
            }

            for (int i = 0; i < Targets.Count; i++)
            {
                if (Schema.Targets[i].Name == name) return Targets[i];
            }

            throw new KeyNotFoundException($"samples have no field '{name}'");
        }
    }
}
