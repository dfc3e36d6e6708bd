using Nn.Data;

namespace Nn.Dsl;

/// <summary>The <c>augment</c> line of a <c>data</c> block.</summary>
internal static class AugmentBinder
{
    /// <summary>Its row.</summary>
    public static Setting<DataSpec> Row { get; } = new(
        "data", "augment", "varies the training inputs in each step", "augment shift: 2, rotate: 10, flip", (c, s) => s with { Augment = Bind(c) },
        new("shift", OptionKind.Number, "0", "by up to so many pixels along each axis; below 1 a share of the side"),
        new("rotate", OptionKind.Number, "0", "by up to so many degrees"),
        new("scale", OptionKind.Number, "0", "larger or smaller by up to so much: 10%"),
        new("flip", OptionKind.Word, "", "every other image is mirrored: horizontal, vertical or both", PlainWords.In("flip")) { Positional = true },
        new("noise", OptionKind.Number, "0", "deviation of normal noise on what the model sees"),
        new("mixup", OptionKind.Number, "0", "mixes samples and their targets by twos, in shares drawn from Beta(a, a), where this is a"),
        new("cutmix", OptionKind.Number, "0", "puts a box of another image into each, as large as Beta(a, a) says, where this is a"));

    /// <summary>Refuses what the data cannot have done to them.</summary>
    public static void Check(Item item, Augmentation augmentation, Schema data)
    {
        Field[] numbers = [.. data.Inputs.Where(f => !f.Form.IsSymbols)];
        if (numbers.Length == 0) throw BindError.UnexpectedArgument(item.Span, "augment", "symbols", "only numbers and images can be varied");
        if (augmentation.Mixes) CheckMixing(item, augmentation, data);
        if (!augmentation.Moves) return;
        Field[] images = [.. numbers.Where(f => augmentation.Varies(f.Form.Shape))];
        if (images.Length == 0) throw BindError.AugmentsNoImage(item.Span, numbers[0].Form.Shape);
        Field[] moved = [.. data.Targets.Where(t => !Augmentation.KeepsTarget(t.Form.Shape))];
        if (images.Length > 1 && moved.Length > 0) throw BindError.AugmentsSeveral(item.Span, images.Select(i => i.Name), moved[0].Name);
        foreach (Field target in moved)
        {
            if (!Augmentation.MovesTarget(images[0].Form.Shape, target.Form.Shape))
                throw BindError.AugmentsOtherMap(item.Span, images[0].Form.Shape, target.Form.Shape);
        }
    }

    private static void CheckMixing(Item item, Augmentation augmentation, Schema data)
    {
        void Refuse(IEnumerable<Field> fields, string why)
        {
            if (fields.FirstOrDefault() is { } field) throw TrainingErrors.NotMixed(item.Span, field.Name, why);
        }

        Refuse(data.Inputs.Where(f => f.Form.IsSymbols), "half of a symbol means nothing");
        Refuse(data.Fields.Where(f => f.Form.Length is not null), "they differ in length");
        Refuse(data.Targets.Where(f => f.Form.Unlabelled), "labels are missing");
        if (augmentation.Cutmix == 0) return;
        Field[] images = [.. data.Inputs.Where(f => f.Form.Shape.Rank == 3)];
        if (images.Length == 0) throw BindError.AugmentsNoImage(item.Span, data.Input.Shape);
        Refuse(images.Where(f => f.Form.Shape.Range(0, 2) != images[0].Form.Shape.Range(0, 2)),
            $"it has not the size of {images[0].Name}, whose box it would get");
    }

    private static Augmentation Bind(SettingCall c)
    {
        if (c.Count == 0) throw BindError.MissingArgument(c.Span, "augment", "what to vary", "augment shift: 2, rotate: 10, flip, noise: 0.1");
        double Number(string name, double below)
        {
            if (c.Number(name, name) is not { } v) return 0;
            return v >= 0 && v < below ? v
                : throw BindError.OutOfRange(c.Find(name)!.Value.Span, name, v, double.IsInfinity(below) ? "0 or more" : $"at least 0 and below {below:R}");
        }

        // A word that stands alone says that it happens; its value says how.
        string flip = c.Find("flip") is not { } f ? "no"
            : f.Name is null ? SettingReader.Word(f, "augmentation", PlainWords.In("augment"))
            : c.Word("flip", "flip")!;
        return new Augmentation
        {
            Shift = Number("shift", double.PositiveInfinity),
            Rotate = Number("rotate", 360),
            Scale = Number("scale", 1),
            Mixup = Number("mixup", double.PositiveInfinity),
            Cutmix = Number("cutmix", double.PositiveInfinity),
            Noise = Number("noise", double.PositiveInfinity),
            FlipHorizontal = flip is "flip" or "horizontal" or "both",
            FlipVertical = flip is "vertical" or "both",
        };
    }
}
