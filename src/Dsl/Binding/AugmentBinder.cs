using Nn.Data;

namespace Nn.Dsl;

/// <summary>Reads the <c>augment</c> line of a <c>data</c> block.</summary>
internal static class AugmentBinder
{
    /// <summary>What the line states.</summary>
    public static Augmentation Bind(Item item, Env env)
    {
        Dictionary<string, Argument> o = SettingReader.Options(item, ["flip"], ["shift", "rotate", "scale", "noise"]);
        if (o.Count == 0) throw BindError.MissingArgument(item.Span, "augment", "what to vary", "augment shift: 2, rotate: 10, flip, noise: 0.1");
        double Number(string name, double below)
        {
            if (!o.TryGetValue(name, out Argument? a)) return 0;
            double v = Evaluator.Number(a.Value, env, name);
            return v >= 0 && v < below ? v : throw BindError.OutOfRange(a.Value.Span, name, v, double.IsInfinity(below) ? "0 or more" : $"at least 0 and below {below:R}");
        }

        // A word that stands alone says that it happens; its value says how.
        string flip = !o.TryGetValue("flip", out Argument? f) ? "no" : f.Name is null ? SettingReader.Word(f, "augmentation", ["flip"]) : SettingReader.Word(f, "flip", ["horizontal", "vertical", "both"]);
        return new Augmentation
        {
            Shift = Number("shift", double.PositiveInfinity),
            Rotate = Number("rotate", 360),
            Scale = Number("scale", 1),
            Noise = Number("noise", double.PositiveInfinity),
            FlipHorizontal = flip is "flip" or "horizontal" or "both",
            FlipVertical = flip is "vertical" or "both",
        };
    }

    /// <summary>Refuses what the data cannot have done to them.</summary>
    public static void Check(Item item, Augmentation augmentation, Schema data)
    {
        Field[] numbers = [.. data.Inputs.Where(f => !f.Form.IsSymbols)];
        if (numbers.Length == 0) throw BindError.UnexpectedArgument(item.Span, "augment", "symbols", "only numbers and images can be varied");
        if (!augmentation.Moves) return;
        Field[] images = [.. numbers.Where(f => augmentation.Varies(f.Form.Shape))];
        if (images.Length == 0) throw BindError.AugmentsNoImage(item.Span, numbers[0].Form.Shape);
        Field[] moved = [.. data.Targets.Where(t => !Augmentation.KeepsTarget(t.Form.Shape))];
        if (images.Length > 1 && moved.Length > 0) throw BindError.AugmentsSeveral(item.Span, images.Select(i => i.Name), moved[0].Name);
        foreach (Field target in moved)
        {
            if (!Augmentation.MovesTarget(images[0].Form.Shape, target.Form.Shape)) throw BindError.AugmentsOtherMap(item.Span, images[0].Form.Shape, target.Form.Shape);
        }
    }
}
