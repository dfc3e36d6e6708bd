using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// The weights that one optimizer updates, as one long row; each parameter starts on a multiple of 16 elements, the gaps stay zero.
/// </summary>
public sealed class ParameterRow
{
    private const int Alignment = Arena.Alignment / 4;

    internal ParameterRow(PlanBuilder plan, string name, IReadOnlyList<Parameter> parameters)
    {
        Parameters = parameters;
        long at = 0;
        var offsets = new List<int>();
        foreach (Parameter p in parameters)
        {
            offsets.Add((int)at);
            at += (p.Shape.Count + Alignment - 1) / Alignment * Alignment;
            if (at > int.MaxValue)
                throw new NnException(ExitCode.OutOfMemory, $"{name} has {parameters.Sum(x => (double)x.Shape.Count):N0} weights; at most {int.MaxValue:N0} are trained together. Use smaller layers");
        }

        Layout = new PackAttributes(new Shape([.. offsets]), (int)at);
        Slot = plan.Slot("parameters", $"parameters.{name}", new Shape(Layout.Length), DType.F32);
        Pieces = [.. parameters.Select((p, i) => plan.Piece(Slot, p.Name, p.Shape, offsets[i]))];
        Gradients = plan.Slot("gradients", $"gradients.{name}", new Shape(Layout.Length), DType.F32);
    }

    /// <summary>The parameters in order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>First element of each parameter.</summary>
    public Shape Offsets => Layout.Offsets;

    /// <summary>The whole row.</summary>
    public Slot Slot { get; }

    /// <summary>Each parameter's own slot, a piece of <see cref="Slot"/>.</summary>
    public IReadOnlyList<Slot> Pieces { get; }

    /// <summary>Gradients, laid out alike.</summary>
    public Slot Gradients { get; }

    internal PackAttributes Layout { get; }
}
