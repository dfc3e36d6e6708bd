namespace Nn;

/// <summary>Exit codes of the <c>nn</c> program; every failure that a user can cause maps to one of them.</summary>
public enum ExitCode
{
    /// <summary>The command did what it was asked.</summary>
    Ok = 0,

    /// <summary>A defect of this program.</summary>
    Internal = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>The script has errors.</summary>
    Script = 3,

    /// <summary>A data or model file is missing, damaged, or not what it says.</summary>
    BadFile = 4,

    /// <summary>The requested device does not exist or cannot run the plan.</summary>
    NoDevice = 5,

    /// <summary>The plan needs more memory than the device has; known before the first step.</summary>
    OutOfMemory = 6,

    /// <summary>The device stopped answering.</summary>
    DeviceLost = 7,

    /// <summary>A loss or parameter became NaN or infinite.</summary>
    Diverged = 8,

    /// <summary>Interrupted by the user; what was asked to be saved is saved.</summary>
    Interrupted = 130,
}

/// <summary>
/// A failure with a message for the user: what is wrong and how to put it right. Misuse of the library by its
/// caller throws <see cref="ArgumentException"/> instead.
/// </summary>
public class NnException : Exception
{
    /// <summary>Creates the failure that ends a command with <paramref name="code"/>.</summary>
    public NnException(ExitCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>How the program ends when nobody handles this.</summary>
    public ExitCode Code { get; }

    /// <summary>What the user may do about it, where a program has a word for that; null where the message says all.</summary>
    public Remedy? Remedy { get; init; }
}
