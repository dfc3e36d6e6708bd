using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>Where a training plan keeps a field of its samples.</summary>
public sealed class FieldSlots
{
    internal FieldSlots(PlanBuilder plan, Field field, TrainingSizes sizes, bool predictedFrom)
    {
        Field = field;
        string arena = field.Form.Stored == DType.U8 ? "bytes" : "data";
        Slot Samples(string name, Dim n) => plan.Slot(arena, name, new Shape(n).Concat(field.Form.Shape), field.Form.Stored);
        Train = Samples($"{field.Name}_train", sizes.TrainingSamples);
        if (predictedFrom) Predict = Samples($"predict_{field.Name}", Dim.BatchOf(sizes.Extras.PredictBatch));
        if (sizes.ValidationSamples > 0) Validation = Samples($"{field.Name}_val", sizes.ValidationSamples);
        if (field.Form.Scaling is not { } scaling) return;
        Scale = plan.Slot("numbers", ScaleName(field.Name), scaling.Shape, DType.F32);
        Shift = plan.Slot("numbers", ShiftName(field.Name), scaling.Shape, DType.F32);
    }

    /// <summary>Which field.</summary>
    public Field Field { get; }

    /// <summary>Its elements of all training samples, as stored.</summary>
    public Slot Train { get; }

    /// <summary>The same of the validation part, if there is one.</summary>
    public Slot? Validation { get; }

    /// <summary>The same of samples to predict from; null where predictions do not look at this field.</summary>
    public Slot? Predict { get; }

    /// <summary>What its numbers are multiplied by, where they are scaled.</summary>
    public Slot? Scale { get; }

    /// <summary>What is added to them then.</summary>
    public Slot? Shift { get; }

    /// <summary>What models see of stored elements.</summary>
    internal Node Taken(BuildScope scope, Node stored) => scope.Take(Field.Form, stored, Scaling(scope.Graph));

    /// <summary>The numbers that scale the field, where it is scaled.</summary>
    internal (Node Scale, Node Shift)? Scaling(GraphBuilder g) => Scale is null ? null : (g.Read(Scale), g.Read(Shift!));

    /// <summary>Name of <see cref="Scale"/>, in checkpoints too.</summary>
    public static string ScaleName(string field) => $"{(field == Schema.X ? "input" : field)}_scale";

    /// <summary>Name of <see cref="Shift"/>.</summary>
    public static string ShiftName(string field) => $"{(field == Schema.X ? "input" : field)}_shift";
}
