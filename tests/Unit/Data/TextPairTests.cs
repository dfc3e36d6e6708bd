using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Tests.Unit.Data;

/// <summary>Pairs of texts.</summary>
public class TextPairTests
{
    private const string Two = "ab a\tx y\tnot read\n\n  b\tx\n";

    [Fact]
    public void Characters_are_numbered_by_their_order_and_targets_have_marks()
    {
        LoadedData data = Load(Two, s => s with { MarksStart = true, MarksEnd = true });
        Assert.Equal(["source", "target"], data.Schema.Fields.Select(f => f.Name));
        Assert.Equal(["<unknown>", " ", "a", "b"], data.Input.Names);
        Assert.Equal(["<start>", "<end>", " ", "x", "y"], data.Target.Names);
        Assert.Equal([2, 3, 1, 2, 3, -1, -1, -1], Symbols(data.Training.Input));
        Assert.Equal([3, 2, 4, 1, 3, 1, -1, -1], Symbols(data.Training.Target));
        Assert.Equal([4, 1], data.Input.Lengths(data.Training.Input));
        Assert.Equal([4, 2], data.Target.Lengths(data.Training.Target));
        Assert.NotEqual(data.Input.Length, data.Target.Length);
    }

    [Fact]
    public void Words_stand_between_blanks_and_rare_ones_are_unknown()
    {
        LoadedData data = Load("the cat  sat\tle chat\nthe dog\tle chien\n", s => s with { Unit = TextUnit.Words, AtLeast = 2 });
        Assert.Equal(["<unknown>", "the"], data.Input.Names);
        Assert.Equal(["chat", "chien", "le"], data.Target.Names);
        Assert.Equal([1, 0, 0, 1, 0, -1], Symbols(data.Training.Input));
        Assert.Equal([2, 0, 2, 1], Symbols(data.Training.Target));
    }

    [Fact]
    public void A_second_file_has_the_numbers_of_the_model()
    {
        static DataSpec Marked(DataSpec s) => s with { MarksStart = true, MarksEnd = true };
        Schema trained = Load(Two, Marked).Schema;
        LoadedData other = Load("bcb\ty\n", s => Marked(s) with { Trained = trained });
        Assert.Equal(trained.Input.Names, other.Input.Names);
        Assert.Equal(trained.Target.Names, other.Target.Names);
        Assert.Equal([3, 0, 3], Symbols(other.Training.Input));
        Assert.Equal([4, 1], Symbols(other.Training.Target));
        Assert.Contains("the target 'z' has 'z', which the model cannot write",
            Assert.Throws<NnException>(() => Load("b\tz\n", s => Marked(s) with { Trained = trained })).Message);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("\n \n", "it has no pairs")]
    [InlineData("a\tb\nc d\n", "line 2 has no tab")]
    [InlineData("a\t \n", "line 1 has a text without a character")]
    public void What_is_no_pair_of_texts_is_told(string text, string why) =>
        Assert.Contains(why, Assert.Throws<NnException>(() => Load(text, s => s)).Message);

    [Fact]
    public void A_line_that_is_no_sentence_is_told() =>
        Assert.Contains("a text of line 1 has 5,000 characters", Assert.Throws<NnException>(() => Load(new string('a', 5000) + "\tb", s => s)).Message);

    [Theory]
    [InlineData(TextUnit.Characters, " né 🙂\t", new[] { "n", "é", " ", "🙂" }, "né 🙂")]
    [InlineData(TextUnit.Words, " le  chat ", new[] { "le", "chat" }, "le chat")]
    public void A_text_becomes_parts_and_back(TextUnit unit, string text, string[] parts, string whole)
    {
        Assert.Equal(parts, TextTokens.Split(text, unit));
        Assert.Equal(whole, TextTokens.Join([TextTokens.Start, .. parts, TextTokens.End, "behind"], unit));
    }

    [Fact]
    public void The_form_of_a_text_is_kept_in_checkpoints()
    {
        Schema schema = Load(Two, s => s with { Unit = TextUnit.Words, MarksEnd = true }).Schema;
        Schema read = Schema.Parse(schema.Text);
        Assert.Equal(TextUnit.Words, read.Target.Unit);
        Assert.Equal("x y", read.Target.Text([1, 2, 0, 1]));
        Assert.Equal("text is 'syllables'", Assert.Throws<FormatException>(() => Schema.Parse(schema.Text.Replace("\"words\"", "\"syllables\""))).Message);
    }

    // The calendar is that of the framework, in the opposite direction: from the text to the day.
    [Fact]
    public void Dates_say_the_day_that_their_target_is()
    {
        var spec = new DataSpec { Name = "d", Source = DataSource.Builtin, Path = "dates", Samples = 400, MarksStart = true, MarksEnd = true };
        LoadedData data = DataLoader.Load(spec, []);
        int[] x = Symbols(data.Training.Input), y = Symbols(data.Training.Target);
        var forms = new HashSet<string>();
        for (int s = 0; s < 400; s++)
        {
            string source = data.Input.Text(x.Skip(s * data.Input.Width).Take(data.Input.Width));
            string target = data.Target.Text(y.Skip(s * data.Target.Width).Take(data.Target.Width));
            DateOnly day = DateOnly.ParseExact(target, "yyyy-MM-dd", CultureInfo.InvariantCulture);
            Assert.InRange(day.Year, 1900, 2099);
            string[] numbers = [.. source.Split([' ', ',', '.', '/'], StringSplitOptions.RemoveEmptyEntries).Select(w => w.TrimEnd('e', 'r'))
                .Where(w => int.TryParse(w, out _))];
            Assert.Equal(day.Year, int.Parse(numbers[^1], CultureInfo.InvariantCulture));
            Assert.Equal(day.Day, int.Parse(numbers[0], CultureInfo.InvariantCulture));
            if (numbers.Length == 3) Assert.Equal(day.Month, int.Parse(numbers[1], CultureInfo.InvariantCulture));
            else Assert.Contains(Names[day.Month - 1].Split(' '), name => source.Contains(name, StringComparison.OrdinalIgnoreCase));
            string? weekday = WeekDays.FirstOrDefault(d => source.Contains(d, StringComparison.OrdinalIgnoreCase));
            if (weekday is not null) Assert.Equal((int)day.DayOfWeek, WeekDays.IndexOf(weekday) % 7);
            forms.Add(string.Concat(source.Select(c => char.IsDigit(c) ? '9' : char.IsLetter(c) ? 'a' : c)).Replace("aa", "a").Replace("99", "9"));
        }

        Assert.True(forms.Count > 8);
    }

    private static readonly string[] Names =
        ["jan", "feb fév", "mar", "apr avr", "may mai", "jun juin", "jul juil", "aug aoû", "sep", "oct", "nov", "dec déc"];

    private static readonly List<string> WeekDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        "dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];

    private static int[] Symbols(byte[] stored) => MemoryMarshal.Cast<byte, int>(stored).ToArray();

    private static LoadedData Load(string text, Func<DataSpec, DataSpec> change)
    {
        using var folder = new TemporaryFolder();
        folder.Write("p.tsv", text);
        return DataLoader.Load(change(new DataSpec { Name = "p", Source = DataSource.Pairs, Path = "p.tsv" }), [folder.Path]);
    }
}
