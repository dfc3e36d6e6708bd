using Nn;
using Nn.Repl;
using Nn.Repl.Terminal;

// Scripts may nest some hundred levels deep; the main thread's stack is too small for that on some systems.
const int StackBytes = 16 << 20;

TerminalWriter.Install();
int code = (int)ExitCode.Internal;
var main = new Thread(() => code = CommandLine.Guarded(args), StackBytes);
main.Start();
main.Join();
return code;
