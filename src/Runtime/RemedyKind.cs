namespace Nn;

/// <summary>What a user may do about a failure.</summary>
public enum RemedyKind
{
    /// <summary>Go on with a training by the seed that it began with: the subject.</summary>
    GoOnWithSeed,

    /// <summary>Save a training to the path that is the subject.</summary>
    SaveTraining,

    /// <summary>Begin a search anew, or write its results to another file.</summary>
    SearchAnew,

    /// <summary>Write to another file.</summary>
    WriteElsewhere,

    /// <summary>Make room on the disk, then go on with a search.</summary>
    GoOnWithSearch,

    /// <summary>Download the data that are the subject from another address.</summary>
    DownloadElsewhere,

    /// <summary>Download the data that are the subject.</summary>
    Download,

    /// <summary>Give one value to the <c>let</c> that is the subject.</summary>
    GiveOneValue,

    /// <summary>Train.</summary>
    Train,

    /// <summary>Take a step of the training.</summary>
    TakeStep,

    /// <summary>Have the data described.</summary>
    DescribeData,

    /// <summary>Have the pairs of classes listed that are confused most often.</summary>
    ListConfusions,

    /// <summary>Say which tensors belong together, as the pair of names does that is the subject.</summary>
    PairNames,

    /// <summary>Name one model of several, such as the subject.</summary>
    ChooseModel,
}
