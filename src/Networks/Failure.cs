namespace Nn.Networks;

/// <summary>What ended a piece of work, for the user.</summary>
public static class Failure
{
    /// <summary>The exit code and the reason; of a defect its kind and what it says.</summary>
    /// <param name="e">What ended it.</param>
    public static (ExitCode Code, string Reason) Of(Exception e) => e switch
    {
        NnException told => (told.Code, told.Message),
        OutOfMemoryException => (ExitCode.OutOfMemory, "out of memory; use a smaller batch or model, or `limit` on the data"),
        // Files are told of where they are used; what is left is the output.
        IOException or UnauthorizedAccessException => (ExitCode.BadFile, $"cannot write the output: {e.Message}"),
        _ => (ExitCode.Internal, $"{e.GetType().Name}: {e.Message}"),
    };
}
