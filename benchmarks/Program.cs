using BenchmarkDotNet.Running;
using Nn.Benchmarks;

// matmul, conv, steps FILE and predict FILE print a table; with --json FILE behind them they also write what they measured, a line a run.
string? file = args is [.., "--json", var last] ? last : null;
string[] words = file is null ? args : args[..^2];
var run = new Measurements(string.Join(' ', words));
switch (words)
{
    case ["matmul"]:
        MatMulTable.Print(Console.Out, run);
        break;
    case ["conv"]:
        ConvolutionTable.Print(Console.Out, run);
        break;
    case ["steps", var script]:
        StepTable.Print(script, Console.Out, run);
        break;
    case ["predict", var script]:
        PredictTable.Print(script, Console.Out, run);
        break;
    case ["compare", var before, var after]:
        RunComparison.Print(before, after, Console.Out);
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MatMulTable).Assembly).Run(args);
        return 0;
}

if (file is not null) run.AppendTo(file);
return 0;
