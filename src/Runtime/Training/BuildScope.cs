using Nn.Data;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// What a model, a loss or an optimizer sees while it builds its part of one entry's graph. The batch is the leading axis of data;
/// everything else about shapes is the same in every entry.
/// </summary>
public abstract class BuildScope
{
    private readonly Dictionary<(Model Model, string Inputs), IReadOnlyList<Node>> _outputs = [];
    private readonly HashSet<(Model Model, string Inputs)> _used = [];
    private readonly Dictionary<string, Node> _lengths = [];
    private readonly Dictionary<Node, FieldForm> _forms = [];
    private readonly Dictionary<Node, (Node Other, Node Kept)> _mixed = [];

    /// <summary>Where nodes are made.</summary>
    public abstract GraphBuilder Graph { get; }

    /// <summary>Whether dropout drops, noise is added, and running statistics are updated.</summary>
    public abstract bool Training { get; }

    /// <summary>Whether gradients may be taken of what is built: through a model used as in prediction too.</summary>
    public virtual bool Differentiated => Training || HasDerivatives;

    /// <summary>Whether what is built has derivatives in it, so that gradients are taken outside of training too.</summary>
    public bool HasDerivatives { get; set; }

    /// <summary>
    /// Values that stand for themselves in derivatives, whatever they were computed from: weights that this step has updated already. Null: none.
    /// </summary>
    public virtual IReadOnlySet<Node>? Constants => null;

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

    /// <summary>How long each sequence of the batch is along axes of that name, f32 [batch].</summary>
    /// <exception cref="ShapeException">No samples with such sequences have been taken.</exception>
    public virtual Node Length(string name) => _lengths.TryGetValue(name, out Node? length) ? length
        : throw new ShapeException($"nothing here has the {name} of its sequences");

    /// <summary>What a model takes of the stored elements of a field; the lengths of its sequences are known from then on.</summary>
    /// <param name="form">What they mean.</param>
    /// <param name="stored">Batch × the field's shape.</param>
    /// <param name="scaling">The numbers that scale the field, where it is scaled.</param>
    public Node Take(FieldForm form, Node stored, (Node Scale, Node Shift)? scaling)
    {
        if (form.Length is { } name && !_lengths.ContainsKey(name)) _lengths[name] = form.Lengths(Graph, stored);
        return Tell(form.Node(Graph, stored, scaling), form);
    }

    /// <summary>What the symbols of a value are; null where it has none, or nobody told.</summary>
    public FieldForm? FormOf(Node symbols) => _forms.GetValueOrDefault(symbols);

    /// <summary>Tells what the symbols of a value are.</summary>
    /// <returns>The value.</returns>
    public Node Tell(Node symbols, FieldForm? form)
    {
        if (form is { IsSymbols: true }) _forms[symbols] = form;
        return symbols;
    }

    /// <summary>Tells that classes are those of samples that are mixed with others.</summary>
    /// <param name="classes">Of the samples.</param>
    /// <param name="others">Those of what each is mixed with.</param>
    /// <param name="kept">The share of its own class, a scalar.</param>
    public void MixTarget(Node classes, Node others, Node kept) => _mixed[classes] = (others, kept);

    /// <summary>With which classes others are mixed, and the share of their own; null where they are not.</summary>
    public (Node Others, Node Kept)? MixedWith(Node classes) => _mixed.TryGetValue(classes, out (Node, Node) mixed) ? mixed : null;

    /// <summary>
    /// The outputs of a model for its inputs; the same nodes each time, until weights change, so that a loss and a metric see the same
    /// dropout.
    /// </summary>
    /// <exception cref="ArgumentException">The first axis of an input is not known to be the batch, or there are not as many inputs as the model
    /// takes.</exception>
    public IReadOnlyList<Node> Apply(Model model, IReadOnlyList<Node> inputs)
    {
        if (inputs.Count != model.Inputs.Count)
            throw new ArgumentException($"{model.Name} takes {model.Inputs.Count} inputs, not {inputs.Count}", nameof(inputs));
        // Of a batch of one sample no axis can be taken for another.
        if (inputs.FirstOrDefault(i => i.Shape.BatchAxis != 0 && i.Shape[0] != 1) is { } other)
            throw new ArgumentException($"{model.Name} is applied to {other.Shape}, whose first axis is not the batch", nameof(inputs));
        return _outputs.TryGetValue(Key(model, inputs), out IReadOnlyList<Node>? outputs) ? outputs : _outputs[Key(model, inputs)] = Build(model, inputs);
    }

    /// <summary>As <see cref="Apply(Model, IReadOnlyList{Node})"/>, of a model with one input, its first output.</summary>
    public Node Apply(Model model, Node input) => Apply(model, [input])[0];

    /// <summary>Makes the outputs of a model that have not been made.</summary>
    protected virtual IReadOnlyList<Node> Build(Model model, IReadOnlyList<Node> inputs) => model.Build(this, inputs);

    /// <summary>
    /// The outputs of a model where a formula applies it: as <see cref="Apply(Model, IReadOnlyList{Node})"/> at the first use, but each further use for the
    /// same inputs draws random numbers of its own while training. So a loss may compare two answers of one model (Laine and Aila 2017). A model that draws
    /// none gives the same node.
    /// </summary>
    public IReadOnlyList<Node> Use(Model model, IReadOnlyList<Node> inputs) => _used.Add(Key(model, inputs)) || !Training ? Apply(model, inputs)
        : Build(model, inputs);

    private static (Model Model, string Inputs) Key(Model model, IReadOnlyList<Node> inputs) => (model, string.Join(' ', inputs.Select(i => i.Id)));

    /// <summary>Makes <see cref="Apply(Model, IReadOnlyList{Node})"/> build anew: weights have changed.</summary>
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
