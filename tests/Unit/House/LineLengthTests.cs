namespace Nn.Tests.Unit.House;

public class LineLengthTests
{
    private const int Longest = 160;

    // Lines that were longer before anybody counted. The numbers only go down: who shortens some lowers them.
    [Theory]
    [InlineData("src", 0)]
    [InlineData("tests", 97)]
    public void Lines_get_no_longer(string folder, int stillLonger)
    {
        (string File, int Count)[] counts = [.. Directory.EnumerateFiles(Checkout.File(folder), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Checkout.Root, f)).Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj"))
            .Select(f => (f, File.ReadLines(Checkout.File(f)).Count(l => l.Length > Longest)))];
        int all = counts.Sum(c => c.Count);
        Assert.True(counts.Length > 200, $"only {counts.Length} files were found");
        Assert.True(
            all <= stillLonger,
            $"{all} lines of {folder} are longer than {Longest} characters, {stillLonger} are allowed; "
                + $"the most are in {string.Join(", ", counts.OrderByDescending(c => c.Count).Take(5))}");
        Assert.True(
            all >= stillLonger - 75, $"only {all} lines of {folder} are longer than {Longest} characters now: write that number here, so that it stays so");
    }
}
