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
        ErrorOutput.Tell(e is Nn.Dsl.ScriptException ? Told.Of(e) : $"nn: {Told.Of(e)}");
        return (int)e.Code;
    }
    catch (Exception e) when (Failure.Of(e) is (not ExitCode.Internal and var code, var reason))
    {
        ErrorOutput.Tell($"nn: {reason}");
        return (int)code;
    }
    catch (Exception e)
    {
        bool debug = Environment.GetEnvironmentVariable("NN_DEBUG") is { Length: > 0 };
        ErrorOutput.Tell($"nn: this is a defect of nn, not of your script: {(debug ? e : Failure.Of(e).Reason)}");
        if (!debug) ErrorOutput.Tell("nn: NN_DEBUG=1 shows where it happened");
        return (int)ExitCode.Internal;
    }
}
