using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Nn.Repl.Commands;
using Nn.Repl.Session;

namespace Nn.Tests.Cli.Interactive;

/// <summary>
/// Sessions as they are to look. A transcript holds what is typed after <c>nn&gt; </c> (and <c>... </c>, where a statement goes on) and what comes; <c>…</c>
/// alone on a line stands for any lines, <c>#</c> begins a remark at the top. Times and rates are written as <c>_</c>; other numbers with a fraction may differ
/// by two percent, since vector units round differently. NN_UPDATE_GOLDEN=1 writes what comes now: read it before it is kept.
/// </summary>
public sealed class TranscriptTests : IDisposable
{
    private const string Prompt = "nn> ", More = "... ", Any = "…";

    private static readonly string Folder = Path.Combine(Nn.Root, "tests", "golden", "transcripts");

    private readonly string _work = Directory.CreateTempSubdirectory("nn-transcript").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    public static TheoryData<string> All => new(Directory.EnumerateFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order());

    [Theory]
    [MemberData(nameof(All))]
    public void A_session_looks_as_written(string name)
    {
        string file = Path.Combine(Folder, name + ".txt");
        (string[] remarks, List<(string Input, List<string> Output)> written) = Read(File.ReadAllLines(file));
        Directory.CreateDirectory(Path.Combine(_work, "examples"));
        foreach (string example in Directory.EnumerateFiles(Path.Combine(Nn.Root, "examples"), "*.nn"))
            File.Copy(example, Path.Combine(_work, "examples", Path.GetFileName(example)));
        File.Copy(Path.Combine(Nn.Root, "tests", "golden", "data", "hamlet.txt"), Path.Combine(_work, "hamlet.txt"));
        // A command that is not there parts one answer from the next.
        var typed = new StringBuilder();
        for (int i = 0; i < written.Count; i++) typed.Append($"{written[i].Input}\n:mark-{i}\n");
        string output = Nn.RunWithInputIn(_work, typed.ToString(), Path.Combine(_work, "state"), "repl").Out.Replace(_work, "~");
        var came = new List<(string Input, List<string> Output)>();
        for (int i = 0; i < written.Count; i++)
        {
            int end = output.IndexOf($"error: there is no command :mark-{i}", StringComparison.Ordinal);
            string answer = end < 0 ? output : output[..end];
            came.Add(
                (written[i].Input, [.. answer.Split('\n').SkipLast(answer.EndsWith('\n') || answer.Length == 0 ? 1 : 0).Select(l => Masked(l).TrimEnd())]));
            if (end < 0) break;
            output = output[(output.IndexOf('\n', end) + 1)..];
        }

        if (Checkout.UpdatesGoldens)
        {
            // What was right stays as it is.
            var kept = came.Select((c, i) => Same(written[i].Output, c.Output) ? written[i] : c);
            File.WriteAllText(file,
                string.Join('\n', remarks.Concat(kept.SelectMany(c => c.Output.Prepend(Prompt + c.Input.Replace("\n", "\n" + More))))) + "\n");
            (_, written) = Read(File.ReadAllLines(file));
        }

        for (int i = 0; i < came.Count; i++)
            Assert.True(Same(written[i].Output, came[i].Output),
                $"{name}: after `{written[i].Input}` came\n{string.Join('\n', came[i].Output)}\n\nnot\n{string.Join('\n', written[i].Output)}");
        Assert.True(came.Count == written.Count || written[^1].Input == ":quit", $"{name} ended early:\n{output}");
    }

    [Fact]
    public void Every_command_is_in_a_transcript()
    {
        string[] typed = [.. Directory.EnumerateFiles(Folder, "*.txt").SelectMany(File.ReadAllLines)
            .Where(l => l.StartsWith(Prompt + ":", StringComparison.Ordinal)).Select(l => l[(Prompt.Length + 1)..].Split(' ')[0])];
        string[] missing = [.. CommandTable.All.Where(c => c.Session is not null).Select(c => c.Name)
            .Where(n => !typed.Any(t => CommandRow.Find(CommandTable.All, t)?.Name == n))];
        Assert.True(missing.Length == 0, $"no transcript in tests/golden/transcripts has: {string.Join(", ", missing.Select(m => ":" + m))}");
    }

    [Theory]
    [InlineData("a 1.000 b", "a 1.015 b", true)]
    [InlineData("a 1.000 b", "a 1.035 b", false)]
    [InlineData("17 of 20", "18 of 20", false)]
    [InlineData("x", "y", false)]
    public void Lines_are_compared_with_some_patience(string a, string b, bool same) => Assert.Equal(same, Same([a], [b]));

    [Fact]
    public void An_ellipsis_stands_for_any_lines()
    {
        Assert.True(Same(["a", Any, "d"], ["a", "b", "c", "d"]));
        Assert.True(Same(["a", Any, "d"], ["a", "d"]));
        Assert.False(Same(["a", Any, "d"], ["a", "b", "c"]));
        Assert.Equal("done in _ (_ steps/s), 3 epochs", Masked("done in 1.5 s (2,877 steps/s), 3 epochs"));
    }

    private static (string[] Remarks, List<(string Input, List<string> Output)>) Read(string[] lines)
    {
        string[] remarks = [.. lines.TakeWhile(l => !l.StartsWith(Prompt, StringComparison.Ordinal))];
        var turns = new List<(string Input, List<string> Output)>();
        foreach (string line in lines.Skip(remarks.Length))
        {
            if (line.StartsWith(Prompt, StringComparison.Ordinal)) turns.Add((line[Prompt.Length..], []));
            else if (line.StartsWith(More, StringComparison.Ordinal) && turns[^1].Output.Count == 0)
                turns[^1] = ($"{turns[^1].Input}\n{line[More.Length..]}", []);
            else turns[^1].Output.Add(line);
        }

        return (remarks, turns);
    }

    private static string Masked(string line)
    {
        line = Regex.Replace(line, @"\d[\d,.]*( ?)(ns|µs|us|ms|s|min|h)\b(?! *\()", "_");
        line = Regex.Replace(line, @"\d[\d,.]*( ?)(ns|µs|us|ms|s|min)(?= \()", "_");
        return Regex.Replace(line, @"[\d,.]+ ((?:steps|samples)/s|[kMG]?(?:FLOP|B)/s)", "_ $1");
    }

    private static bool Same(IReadOnlyList<string> written, IReadOnlyList<string> came)
    {
        if (written.Count == 0) return came.Count == 0;
        if (written[0] == Any) return Enumerable.Range(0, came.Count + 1).Any(skip => Same([.. written.Skip(1)], [.. came.Skip(skip)]));
        return came.Count > 0 && Alike(written[0], came[0]) && Same([.. written.Skip(1)], [.. came.Skip(1)]);
    }

    private static bool Alike(string written, string came)
    {
        const string number = @"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?";
        if (Regex.Replace(written, number, "0") is var a && Regex.Replace(came, number, "0") is var b
            && Regex.Replace(a, " +", " ") != Regex.Replace(b, " +", " "))
            return false;
        return Regex.Matches(written, number).Zip(Regex.Matches(came, number)).All(m =>
        {
            if (m.First.Value == m.Second.Value) return true;
            if (!m.First.Value.Contains('.') && !m.First.Value.Contains('e')) return false;
            double x = double.Parse(m.First.Value, CultureInfo.InvariantCulture), y = double.Parse(m.Second.Value, CultureInfo.InvariantCulture);
            return Math.Abs(x - y) <= 0.02 * Math.Max(Math.Abs(x), Math.Abs(y)) + 1e-6;
        });
    }
}
