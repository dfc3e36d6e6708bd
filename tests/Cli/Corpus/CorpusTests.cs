using System.Globalization;

namespace Nn.Tests.Cli.Corpus;

/// <summary>
/// Every file of <c>tests/corpus</c>, as it is and spoilt, goes to what reads its kind: it is taken, or refused by the program's own error with code 3 or 4;
/// nothing else may happen. A file that brought something else is left in the system's temporary folder, from where it goes into the corpus.
/// </summary>
/// <remarks>
/// <c>NN_FUZZ_TIMES</c> (how many times as many mutations) and <c>NN_FUZZ_SEED</c> make long runs: <c>NN_FUZZ_TIMES=100 NN_FUZZ_SEED=7 dotnet test tests/Cli -c
/// Release --filter CorpusTests</c>.
/// </remarks>
public sealed class CorpusTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nn-corpus-").FullName;

    /// <summary>The corpus.</summary>
    internal static string Root { get; } = Path.Combine(Checkout.Root, "tests", "corpus");

    public static TheoryData<string> Kinds => [.. FileKind.All.Select(k => k.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_folder_of_the_corpus_is_a_kind_of_file() =>
        Assert.Equal(FileKind.All.Select(k => k.Name).Order(), Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Files_are_taken_or_refused_and_nothing_else(string name)
    {
        FileKind kind = FileKind.All.Single(k => k.Name == name);
        string[] files = Files(kind);
        Assert.NotEmpty(files);
        int rounds = Number("NN_FUZZ_TIMES", 1) * kind.Rounds, taken = 0, refused = 0;
        for (int f = 0; f < files.Length; f++)
        {
            byte[] file = File.ReadAllBytes(files[f]), other = File.ReadAllBytes(files[(f + 1) % files.Length]);
            var mutator = new Mutator((Number("NN_FUZZ_SEED", 1) * 1000) + f);
            for (int round = 0; round <= rounds; round++)
            {
                byte[] content = round == 0 ? file : mutator.Mutate(file, other, kind.IsText);
                if (kind.Repair is { } repair && round % 2 == 1) content = repair(content);
                string path = Put(files[f], content, kind.Together);
                switch (Record.Exception(() => kind.Read(path)))
                {
                    case null: taken++; break;
                    case NnException { Code: ExitCode.BadFile or ExitCode.Script or ExitCode.OutOfMemory } e when !e.Message.Contains("defect",
                        StringComparison.Ordinal):
                        refused++; break;
                    case { } e:
                        string found = Path.Combine(Path.GetTempPath(), $"nn-found-{name}-{round}-{Path.GetFileName(files[f])}");
                        File.WriteAllBytes(found, content);
                        Assert.Fail($"{Path.GetRelativePath(Root, files[f])}, round {round}: {found}\n{e}");
                        break;
                }
            }
        }

        // Mutations that are all taken, or all refused, look at nothing.
        if (name is not ("history" or "text")) Assert.True(refused > 0);
        Assert.True(taken > 0);
    }

    // A file that is spoilt lies where the whole one lay, where it needs that with all that is beside that.
    private string Put(string file, byte[] content, bool together)
    {
        string folder = Path.Combine(_folder, "home", "one"), path = Path.Combine(folder, Path.GetFileName(file));
        if (together && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        foreach (string beside in together ? Directory.GetFiles(Path.GetDirectoryName(file)!) : [])
            File.Copy(beside, Path.Combine(folder, Path.GetFileName(beside)));
        File.WriteAllBytes(path, content);
        return path;
    }

    private static string[] Files(FileKind kind)
    {
        string[] own = Directory.GetFiles(Path.Combine(Root, kind.Name), kind.Name == "search" ? "*.jsonl" : "*", SearchOption.AllDirectories);
        string[] more = kind.Name == "script"
            ? [.. Directory.GetFiles(Path.Combine(Checkout.Root, "tests", "golden", "diagnostics"), "*.nn"),
                .. Directory.GetFiles(Path.Combine(Checkout.Root, "examples"), "*.nn")]
            : [];
        return [.. own.Concat(more).Order(StringComparer.Ordinal)];
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : otherwise;
}
