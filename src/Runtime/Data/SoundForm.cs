using System.Globalization;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>What sounds are as samples: places x 1 channel, numbers from −1 to 1, so many a second.</summary>
internal static class SoundForm
{
    /// <summary>The form of a sound of so many places.</summary>
    public static FieldForm Of(int places, int rate) => new(new Shape(places, 1), DType.F32) { Rate = rate };

    /// <summary>How many places so many seconds have, at least one.</summary>
    public static long PlacesOf(int rate, double seconds) => Math.Max(1, (long)Math.Round(rate * seconds));

    /// <summary>A sound as samples of a form have it: at its rate, cut or filled with silence to its length.</summary>
    public static float[] Fit(Sound sound, FieldForm form) => Resampling.To(sound.Values, sound.Rate, form.Rate!.Value, form.Shape[0]);

    /// <summary><c>1 s at 8,000 a second</c>.</summary>
    public static string Describe(int places, int rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{(double)places / rate:0.###} s at {rate:N0} values a second");
}
