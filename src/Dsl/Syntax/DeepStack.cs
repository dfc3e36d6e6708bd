using System.Runtime.ExceptionServices;

namespace Nn.Dsl;

/// <summary>
/// Runs what recurses over scripts. Nesting is limited, but a parser made of combinators takes some ten calls a level: more than the stacks of
/// main threads hold on every system.
/// </summary>
internal static class DeepStack
{
    private const int Bytes = 64 << 20;

    public static T Run<T>(Func<T> function)
    {
        T? result = default;
        ExceptionDispatchInfo? error = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = function();
                }
                catch (Exception e)
                {
                    error = ExceptionDispatchInfo.Capture(e);
                }
            },
            Bytes);
        thread.Start();
        thread.Join();
        error?.Throw();
        return result!;
    }
}
