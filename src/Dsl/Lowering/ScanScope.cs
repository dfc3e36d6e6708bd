using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Inside of a loop: what comes from outside is the same in all iterations.</summary>
internal sealed class ScanScope(BuildScope outer, ScanBuilder scan) : BuildScope
{
    public override GraphBuilder Graph => scan.Body;

    public override bool Training => outer.Training;

    public override bool Differentiated => outer.Differentiated;

    // Every iteration would draw the same numbers.
    public override Node Seed => throw new ShapeException("random numbers cannot be drawn inside a recurrent layer; put dropout or noise before or after it");

    public override Node Step => Seed;

    public override Node Length(string name) => scan.Invariant(outer.Length(name));

    public override Node Read(Parameter parameter) => scan.Invariant(outer.Read(parameter));

    public override void Update(Parameter parameter, Node value) => throw new ShapeException("a state cannot be kept inside a recurrent layer");

    public override Node Number(Hyperparameter number) => scan.Invariant(outer.Number(number));
}
