using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// The part of an lbfgs step that the host decides: loss, gradient and direction are computed on the device, which is asked for one point after the other until
/// one will do.
/// </summary>
internal sealed class LineSearchStep(TrainingSession session, Lbfgs lbfgs)
{
    private readonly Entry _direction = session.Plan.Plan.Entry("direction");
    private readonly Entry _point = session.Plan.Plan.Entry("point");
    private readonly Entry _go = session.Plan.Plan.Entry("go");

    /// <summary>Moves the weights, whose loss and gradient have been computed.</summary>
    public void Run()
    {
        session.Program.Run(_direction, 1);
        double loss = Number(lbfgs.Loss), slope = Number(lbfgs.Slope), looked = 0;
        bool remembers = session.Read<float>(lbfgs.Curvatures)[0] > 0;
        // The first step is short: nothing is known of the scale of the loss.
        double first = remembers ? 1 : Math.Min(1, 1 / Number(lbfgs.Size));
        (double Loss, double Slope) Look(double length)
        {
            looked = length;
            session.Write<float>(lbfgs.Length, [(float)length]);
            session.Program.Run(_point, 1);
            return (Number(lbfgs.Loss), Number(lbfgs.Slope));
        }

        double length = slope < 0 && double.IsFinite(loss) ? StrongWolfe.Search(Look, loss, slope, first) : 0;
        if (length > 0)
        {
            if (looked != length) Look(length);
            session.Program.Run(_go, 1);
        }
        else if (remembers)
        {
            // The directions remembered lead nowhere: begin anew with the gradient.
            session.Write<float>(lbfgs.Curvatures, new float[lbfgs.Curvatures.Shape.Count]);
        }
    }

    private double Number(Slot slot) => session.Read<float>(slot)[0];
}
