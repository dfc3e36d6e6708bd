namespace Nn.Training;

/// <summary>What a step of a training does beside taking its samples.</summary>
/// <param name="Phase">How many of the ends of <see cref="TrainedPart.Freeze"/> are over.</param>
/// <param name="Updates">Whether it changes weights; else it adds its gradient to those of the steps before.</param>
internal readonly record struct StepForm(int Phase, bool Updates);
