namespace Nn.Ops;

/// <summary>Over which axes a function of the language works.</summary>
public enum OpAxes
{
    /// <summary>The last one, the features.</summary>
    Features,

    /// <summary>One within a sample: <c>over: features</c> or <c>over: time</c>.</summary>
    One,

    /// <summary>Any: <c>over: features</c>, <c>over: time</c>, <c>over: all</c> of a sample, or <c>over: batch</c>.</summary>
    Any,
}
