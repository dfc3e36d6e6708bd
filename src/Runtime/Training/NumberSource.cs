namespace Nn.Training;

/// <summary>Who gives a <see cref="TrainingNumber"/> the value that it has now.</summary>
public enum NumberSource
{
    /// <summary>The script, which states it.</summary>
    Script,

    /// <summary>The schedule of a learning rate, from the rate that the script states or a person set.</summary>
    Schedule,

    /// <summary>The script's sweep from a first to a last value: <c>1 -&gt; 0.01</c>.</summary>
    Sweep,

    /// <summary>Somebody who set it while training.</summary>
    Hand,
}
