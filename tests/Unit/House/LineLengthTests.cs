namespace Nn.Tests.Unit.House;

public class LineLengthTests
{
    private const int Longest = 160;

    // Lines of src that were longer before anybody counted. The number only goes down: who shortens some lowers it.
    private const int StillLonger = 925;

    [Fact]
    public void Lines_of_the_sources_get_no_longer()
    {
        (string File, int Count)[] counts = [.. Directory.EnumerateFiles(Checkout.File("src"), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Checkout.Root, f)).Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj"))
            .Select(f => (f, File.ReadLines(Checkout.File(f)).Count(l => l.Length > Longest)))];
        int all = counts.Sum(c => c.Count);
        Assert.True(counts.Length > 500, $"only {counts.Length} files were found");
        Assert.True(
            all <= StillLonger,
            $"{all} lines of src are longer than {Longest} characters, {StillLonger} are allowed; the most are in {string.Join(", ", counts.OrderByDescending(c => c.Count).Take(5))}");
        Assert.True(all >= StillLonger - 75, $"only {all} lines of src are longer than {Longest} characters now: write that number here, so that it stays so");
    }
}
