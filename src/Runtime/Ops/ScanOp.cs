using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Loops with carried state; made by <see cref="ScanBuilder"/>.</summary>
public static class ScanOp
{
    /// <summary>Runs a body once for each slice of its sequences, one after the other.</summary>
    public static readonly Op Scan = new(
        "scan", OpClass.Kernel, -1, Infer, Evaluate, ScanGradient.Build,
        Flops: n => n.Attribute<ScanAttributes>().Steps * n.Attribute<ScanAttributes>().Body.Nodes.Sum(i => i.Op.Flops?.Invoke(i) ?? 0));

    private static (Shape Shape, DType Type) Infer(Node[] x, object? attributes)
    {
        var a = (ScanAttributes)attributes!;
        for (int i = 0; i < x.Length; i++)
        {
            ScanInput input = a.Inputs[i];
            Shape wanted = input.Role == ScanRole.Sequence ? new Shape(a.Steps).Concat(input.Slot.Shape) : input.Slot.Shape;
            if (x[i].Shape != wanted || x[i].Type != input.Slot.Type)
                throw new ShapeException(
                    $"scan: the {input.Role.ToString().ToLowerInvariant()} {input.Slot.Name} is {x[i].Type.Name()} {x[i].Shape}, "
                        + $"the body wants {input.Slot.Type.Name()} {wanted}");
        }

        return (new Shape(a.Length), DType.F32);
    }

    private static void Evaluate(Node node, double[][] inputs, double[] output)
    {
        var a = node.Attribute<ScanAttributes>();
        foreach (ScanState s in a.States) inputs[s.Input].CopyTo(Values(s, 0));
        for (int i = 0; i < a.Steps; i++)
        {
            var values = new Dictionary<Node, double[]>();
            foreach (Node n in a.Body.Nodes)
            {
                values[n] = n.Op.Stored ? Read(n.Slot, i) : new double[n.Shape.Count];
                if (!n.Op.Stored) n.Op.Evaluate(n, [.. n.Inputs.Select(x => values[x])], values[n]);
            }

            foreach (Assignment next in a.Body.Assignments) values[next.Value].CopyTo(Written(next.Slot, i));
        }

        Span<double> Values(ScanState s, int iterations)
        {
            int size = (int)s.Present.Shape.Count;
            return output.AsSpan(s.Offset + a.Slice(s, iterations) * size, size);
        }

        double[] Read(Slot slot, int iteration)
        {
            if (a.States.FirstOrDefault(s => s.Present == slot) is { } state) return Values(state, iteration).ToArray();
            int input = Enumerable.Range(0, inputs.Length).First(k => a.Inputs[k].Slot == slot), size = (int)slot.Shape.Count;
            return a.Inputs[input].Role == ScanRole.Sequence ? inputs[input].AsSpan(a.Time(iteration) * size, size).ToArray() : inputs[input];
        }

        Span<double> Written(Slot slot, int iteration)
        {
            if (a.States.FirstOrDefault(s => s.Next == slot) is { } state) return Values(state, iteration + 1);
            ScanOutput o = a.Outputs.First(x => x.Slot == slot);
            int size = (int)slot.Shape.Count;
            return output.AsSpan(o.Offset + a.Time(iteration) * size, size);
        }
    }
}
