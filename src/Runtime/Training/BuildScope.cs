using Nn.Graphs;

namespace Nn.Training;

/// <summary>
/// What a model, a loss or an optimizer sees while it builds its part of one entry's graph. The batch is the leading axis of data;
/// everything else about shapes is the same in every entry.
/// </summary>
public abstract class BuildScope
{
    private readonly Dictionary<(Model Model, Node Input), Node> _outputs = [];
    private readonly HashSet<(Model Model, Node Input)> _used = [];

    /// <summary>Where nodes are made.</summary>
    public abstract GraphBuilder Graph { get; }

    /// <summary>Whether dropout drops, noise is added, and running statistics are updated.</summary>
    public abstract bool Training { get; }

    /// <summary>Whether gradients may be taken of what is built: through a model used as in prediction too.</summary>
    public virtual bool Differentiated => Training;

    /// <summary>The seed, an i32 scalar, for <see cref="GraphBuilder.Uniform"/> and <see cref="GraphBuilder.Normal"/>.</summary>
    public abstract Node Seed { get; }

    /// <summary>The step counter, an i32 scalar that is 0 in the first step, for the same.</summary>
    public abstract Node Step { get; }

    /// <summary>The present value of a parameter; the same node each time.</summary>
    public abstract Node Read(Parameter parameter);

    /// <summary>Gives a state parameter its next value; ignored outside training.</summary>
    public abstract void Update(Parameter parameter, Node value);

    /// <summary>
    /// A number that the host may change between steps without compiling anew: a <c>let</c> used in a loss, an optimizer's
    /// beta. An f32 scalar.
    /// </summary>
    public abstract Node Number(Hyperparameter number);

    /// <summary>
    /// The output of a model for an input; the same node each time, until weights change, so that a loss and a metric see the same
    /// dropout.
    /// </summary>
    /// <exception cref="ArgumentException">The first axis of the input is not known to be the batch.</exception>
    public Node Apply(Model model, Node input)
    {
        // Of a batch of one sample no axis can be taken for another.
        if (input.Shape.BatchAxis != 0 && input.Shape[0] != 1) throw new ArgumentException($"{model.Name} is applied to {input.Shape}, whose first axis is not the batch");
        if (_outputs.TryGetValue((model, input), out Node? output)) return output;
        return _outputs[(model, input)] = Build(model, input);
    }

    /// <summary>Makes the output of a model that has not been made.</summary>
    protected virtual Node Build(Model model, Node input) => model.Build(this, input);

    /// <summary>
    /// The output of a model where a formula applies it: as <see cref="Apply"/> at the first use, but each further use for the same input draws random numbers of its
    /// own while training. So a loss may compare two answers of one model (Laine and Aila 2017). A model that draws none gives the same node.
    /// </summary>
    public Node Use(Model model, Node input) => _used.Add((model, input)) || !Training ? Apply(model, input) : Build(model, input);

    /// <summary>Makes <see cref="Apply"/> build anew: weights have changed.</summary>
    protected void ForgetOutputs()
    {
        _outputs.Clear();
        _used.Clear();
    }

    /// <summary>Told of what each layer gives, as models are built; null where nobody asks.</summary>
    public Action<LayerValue>? OnLayer { get; set; }

    /// <summary>A stream of random numbers that no other draw of this entry uses.</summary>
    public int NextStream() => ++Streams;

    /// <summary>Streams given out so far.</summary>
    internal int Streams { get; set; }
}
