using BenchmarkDotNet.Running;
using Nn.Benchmarks;

switch (args.FirstOrDefault())
{
    case "matmul":
        MatMulTable.Print(Console.Out);
        return 0;
    case "conv":
        ConvolutionTable.Print(Console.Out);
        return 0;
    case "steps" when args.Length == 2:
        StepTable.Print(args[1], Console.Out);
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MatMulTable).Assembly).Run(args);
        return 0;
}
