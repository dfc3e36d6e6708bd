using Nn.Networks.Runs;

namespace Nn.Tests.Cli.Runs;

/// <summary>Records of runs that somebody or something has changed.</summary>
public sealed class DamagedRecordTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Each name of the header spoilt, left out or moved.
    [Theory]
    [InlineData("epxch,seconds,lr,loss")]
    [InlineData("epoch,seconds,rate,loss")]
    [InlineData("epoch,lr,seconds,loss")]
    [InlineData("epoch,seconds")]
    [InlineData("loss")]
    [InlineData(",,,")]
    [InlineData("\0")]
    public void Metrics_without_their_first_columns_are_told_to_be_damaged(string header)
    {
        _folder.Write("settings.json", "{}");
        _folder.Write("metrics.csv", header + "\n" + string.Join(',', Enumerable.Repeat("1", header.Split(',').Length)) + "\n");
        Assert.Contains("metrics.csv begins with", Assert.Throws<NnException>(() => RunRecord.Load(_folder.Path)).Message);
    }

    [Fact]
    public void Every_cut_of_the_metrics_is_read_or_refused()
    {
        _folder.Write("settings.json", "{}");
        const string whole = "epoch,seconds,lr,loss\n1,0.5,0.01,2\n2,0.5,0.01,1\n";
        for (int length = 0; length <= whole.Length; length++)
        {
            _folder.Write("metrics.csv", whole[..length]);
            Exception? e = Record.Exception(() => RunRecord.Load(_folder.Path));
            if (e is not null) Assert.Equal(ExitCode.BadFile, Assert.IsType<NnException>(e).Code);
        }

        Assert.Equal(1, RunRecord.Load(_folder.Path).Result["loss"]);
    }
}
