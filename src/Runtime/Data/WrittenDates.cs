using System.Globalization;

namespace Nn.Data;

/// <summary>
/// Days between 1900 and 2099 as people write them, in English and in French, with their ISO 8601 form as the target:
/// <c>mercredi 3 mars 2021</c> is 2021-03-03.
/// </summary>
internal static class WrittenDates
{
    /// <summary>The name of the generator.</summary>
    public const string Name = "dates";

    private static readonly string[] s_english = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December"];
    private static readonly string[] s_french = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre"];
    private static readonly string[] s_englishDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly string[] s_frenchDays = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];

    private static readonly Func<DateOnly, string>[] s_forms =
    [
        d => $"{d.Day} {s_french[d.Month - 1]} {d.Year}",
        d => $"le {d.Day} {s_french[d.Month - 1]} {d.Year}",
        d => $"{s_frenchDays[(int)d.DayOfWeek]} {(d.Day == 1 ? "1er" : d.Day)} {s_french[d.Month - 1]} {d.Year}",
        d => $"{s_english[d.Month - 1]} {d.Day}, {d.Year}",
        d => $"{d.Day} {s_english[d.Month - 1][..3]} {d.Year}",
        d => $"{s_englishDays[(int)d.DayOfWeek]}, {s_english[d.Month - 1]} {d.Day}, {d.Year}",
        d => d.ToString("dd.MM.yyyy", CultureInfo.InvariantCulture),
        d => d.ToString("d/M/yyyy", CultureInfo.InvariantCulture),
    ];

    /// <summary>So many.</summary>
    public static RawData Make(int samples, DataSpec spec, GeneratorRandom random)
    {
        const int Days = 73_049;
        var pairs = new TextPairs(spec, spec.Name);
        var first = new DateOnly(1900, 1, 1);
        for (int i = 0; i < samples; i++)
        {
            DateOnly day = first.AddDays((int)(random.Uniform() * Days));
            pairs.Add(s_forms[(int)(random.Uniform() * s_forms.Length)](day), day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        }

        // Two years have every form of every month, day and weekday, so that the numbers of the symbols are the same for any number of samples.
        for (var day = new DateOnly(2019, 1, 1); spec.Unit == TextUnit.Characters && day.Year < 2021; day = day.AddDays(1))
        {
            foreach (Func<DateOnly, string> form in s_forms) pairs.AddPossible(form(day), day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        }

        return pairs.Raw();
    }
}
