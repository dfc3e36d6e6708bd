namespace Nn.Dsl;

/// <summary>What an option may be.</summary>
public enum OptionKind
{
    /// <summary>A number, shape or text; what exactly, the word says that it belongs to.</summary>
    Value,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>Any number.</summary>
    Number,

    /// <summary>A shape, or one number for all its extents.</summary>
    Shape,

    /// <summary>One of some words; true or false where the only words are these.</summary>
    Word,

    /// <summary>How a tensor starts.</summary>
    Initializer,

    /// <summary>A column of a table or an array of a file, or a list of these.</summary>
    Column,

    /// <summary>The name of a field of the data, which is given here.</summary>
    Field,

    /// <summary>The name of a metric; of a model with several outputs, one of these before it.</summary>
    Metric,

    /// <summary>A formula over models and fields of the data.</summary>
    Formula,

    /// <summary>An optimizer with its numbers.</summary>
    Optimizer,

    /// <summary>A schedule with its options.</summary>
    Schedule,

    /// <summary>A model.</summary>
    Model,
}
