using Nn;
using Nn.Repl;

try
{
    return CommandLine.Run(args);
}
catch (NnException e)
{
    Console.Error.WriteLine(e is Nn.Dsl.ScriptException ? e.Message : $"nn: {e.Message}");
    return (int)e.Code;
}
catch (OutOfMemoryException)
{
    Console.Error.WriteLine("nn: out of memory; use a smaller batch or model, or `limit` on the data");
    return (int)ExitCode.OutOfMemory;
}
