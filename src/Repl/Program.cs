using Nn;
using Nn.Repl;
using Nn.Repl.Terminal;

// Scripts may nest some hundred levels deep; the main thread's stack is too small for that on some systems.
const int StackBytes = 16 << 20;

TerminalWriter.Install();
int code = (int)ExitCode.Internal;
var main = new Thread(() => code = Guarded(args), StackBytes);
main.Start();
main.Join();
return code;

static int Guarded(string[] args)
{
    try
    {
        return CommandLine.Run(args);
    }
    catch (NnException e)
    {
        ErrorOutput.Tell(e is Nn.Dsl.ScriptException ? e.Message : $"nn: {e.Message}");
        return (int)e.Code;
    }
    catch (OutOfMemoryException)
    {
        ErrorOutput.Tell("nn: out of memory; use a smaller batch or model, or `limit` on the data");
        return (int)ExitCode.OutOfMemory;
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        // Files are told of where they are used; what is left is the output.
        ErrorOutput.Tell($"nn: cannot write the output: {e.Message}");
        return (int)ExitCode.BadFile;
    }
    catch (Exception e)
    {
        bool debug = Environment.GetEnvironmentVariable("NN_DEBUG") is { Length: > 0 };
        ErrorOutput.Tell($"nn: this is a defect of nn, not of your script: {(debug ? e : $"{e.GetType().Name}: {e.Message}")}");
        if (!debug) ErrorOutput.Tell("nn: NN_DEBUG=1 shows where it happened");
        return (int)ExitCode.Internal;
    }
}
