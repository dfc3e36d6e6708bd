using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// An op as a function of a whole tensor, along some of its axes: its word in the language with its help. (<see cref="OpFunction"/> is that of a function of
/// one number.)
/// </summary>
/// <param name="Word">As scripts name it.</param>
/// <param name="Help">What it gives, for <c>nn help</c>.</param>
/// <param name="Example">A line of a script.</param>
/// <param name="Over">Which axes scripts may name.</param>
/// <param name="Build">Makes the node, given the operand and the axes.</param>
public sealed record OpWord(string Word, string Help, string Example, OpAxes Over, Func<GraphBuilder, Node, Shape, Node> Build);
