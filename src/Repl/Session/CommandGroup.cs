namespace Nn.Repl.Session;

/// <summary>What commands are for, in the order of the help.</summary>
internal enum CommandGroup
{
    /// <summary>Trainings and what they leave.</summary>
    Train,

    /// <summary>What is done with a trained model.</summary>
    Use,

    /// <summary>Scripts and data.</summary>
    Write,

    /// <summary>What a training runs on, and how fast.</summary>
    Speed,

    /// <summary>What other programs ask of this one.</summary>
    Around,
}
