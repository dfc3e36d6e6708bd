namespace Nn.Tests.Cli;

/// <summary>Command lines that are wrong: exit code 2, and what would be right.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public UsageTests() => _folder.Write("a.nn", ScriptFolder.Small);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("trian a.nn", "there is no command 'trian'; did you mean 'train'?")]
    [InlineData("frobnicate", "there is no command 'frobnicate'; there are train, lr, search, cv")]
    [InlineData("train", "which script? write it after the command")]
    [InlineData("train a.nn b.nn", "'b.nn' is one word too many")]
    [InlineData("train a.nn --sedd 1", "there is no option --sedd; did you mean --seed?")]
    [InlineData("train a.nn --frobnicate", "there is no option --frobnicate")]
    [InlineData("train a.nn --seed", "--seed needs a value")]
    [InlineData("train a.nn --seed x", "--seed x: write a whole number, 0 or more")]
    [InlineData("train a.nn --seed -1", "--seed -1: write a whole number, 0 or more")]
    [InlineData("train a.nn --seed 4294967296", "--seed 4294967296: write a whole number, 0 or more")]
    [InlineData("train a.nn --epochs 1.5", "--epochs 1.5: write a whole number, 0 or more")]
    [InlineData("train a.nn --set width", "--set width: write NAME=VALUE, such as --set lr=1e-4")]
    [InlineData("train a.nn --set widht=3", "'widht' cannot be set: the script has no `let widht`; did you mean 'width'?")]
    [InlineData("train a.nn --set width=wide", "'width' cannot be set: there is no 'wide' here; a let takes one value; write --set width=0.1, for example")]
    [InlineData("train a.nn --set width=", "'width' cannot be set: this line is not complete")]
    [InlineData("train a.nn --set depth=3", "'depth' cannot be set: the script has no `let depth`")]
    [InlineData("train a.nn --device cup", "device cup: there are auto, cpu")]
    [InlineData("train nowhere.nn", "there is no script 'nowhere.nn'")]
    [InlineData("train a", "there is no script 'a'; did you mean 'a.nn'?")]
    [InlineData("train aa.nn", "there is no script 'aa.nn'; did you mean 'a.nn'?")]
    [InlineData("check .", ". is a folder; name a script in it")]
    [InlineData("fmt nowhere.nn", "there is no script 'nowhere.nn'")]
    [InlineData("bench a.nn --seconds 0", "--seconds 0: write a number above 0, such as 0.5")]
    [InlineData("bench a.nn --seconds soon", "--seconds soon: write a number above 0")]
    [InlineData("eval a.nn", "nn eval needs a trained model: nn train a.nn --save model.safetensors, then nn eval a.nn --model model.safetensors")]
    [InlineData("predict a.nn 1 2", "nn predict needs a trained model")]
    public void A_wrong_command_line_is_answered_with_a_right_one(string line, string message)
    {
        Outcome outcome = _folder.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Fails(ExitCode.Usage, $"nn: {message}");
        Assert.Equal("", outcome.Out);
        Assert.InRange(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 2);
    }

    [Theory]
    [InlineData("1", "a sample has 2 numbers: marks, project; 1 was given")]
    [InlineData("1 2 3", "a sample has 2 numbers: marks, project; 3 were given")]
    [InlineData("1 two", "'two' is no number")]
    public void Predict_needs_whole_samples_of_numbers(string inputs, string message)
    {
        _folder.Run("train", "a.nn", "--quiet", "--epochs", "0", "--save", "m").Good();
        _folder.Run(["predict", "a.nn", "--model", "m", .. inputs.Split(' ')]).Fails(ExitCode.Usage, message);
    }

    [Fact]
    public void A_device_that_is_not_there_is_no_device() =>
    _folder.Run("train", "a.nn", "--device", "opencl:77").Fails(ExitCode.NoDevice, "device opencl:77: ", "cpu");
}
