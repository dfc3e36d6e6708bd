namespace Nn.Tests.Unit.Onnx;

public class OnnxSuiteTests
{
    /// <summary>
    /// Nothing that comes in gives wrong numbers. The counts are floors: an importer that reads more may raise them, one that reads less has lost something.
    /// </summary>
    [SkippableTheory]
    [InlineData(false, 140, 140)]
    [InlineData(true, 336, 334)]
    public void What_comes_in_of_the_operators_own_tests_gives_their_numbers(bool frozen, int accepted, int agreeing)
    {
        Skip.If(OnnxSuite.Archive is null, "the ONNX project's node tests are not here: NN_ONNX_SUITE names the archive");
        using var folder = new TemporaryFolder();
        (string Name, (OnnxCase.Fate Fate, string Why) Result)[] all = [.. OnnxSuite.Read(folder).Select(c => (c.Name, c.Try(frozen)))];
        int Count(OnnxCase.Fate fate) => all.Count(c => c.Result.Fate == fate);
        // What a dropout in training leaves is drawn: the numbers in these two are those of whoever drew them. Here they are taken as in prediction, of which
        // the import tells.
        string[] drawn = ["test_training_dropout", "test_training_dropout_default"];
        (string, string)[] wrong = [.. all.Where(c => c.Result.Fate == OnnxCase.Fate.Wrong && !drawn.Contains(c.Name)).Select(c => (c.Name, c.Result.Why))];
        Assert.Empty(wrong);
        Assert.True(agreeing <= Count(OnnxCase.Fate.Agrees), $"{Count(OnnxCase.Fate.Agrees)} of {all.Length} agree");
        Assert.True(accepted <= all.Length - Count(OnnxCase.Fate.Refused), $"{all.Length - Count(OnnxCase.Fate.Refused)} of {all.Length} come in");
    }
}
