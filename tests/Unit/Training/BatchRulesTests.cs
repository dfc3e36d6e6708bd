using Nn.Training;

namespace Nn.Tests.Unit.Training;

public sealed class BatchRulesTests
{
    // Of 50 samples: 49 and one more, seven times seven and one more, five times ten.
    [Theory]
    [InlineData("dense 4; batchnorm; tanh; dense 1", 49, true)]
    [InlineData("dense 4; batchnorm momentum: 0.2; tanh; dense 1", 7, true)]
    [InlineData("dense 4; batchnorm; tanh; dense 1", 10, false)]
    [InlineData("dense 4; layernorm; tanh; dense 1", 49, false)]
    [InlineData("reshape 1x2x1; conv 3, 1x1; batchnorm; flatten; dense 1", 49, false)]
    public void A_last_batch_of_one_sample_is_warned_of_where_it_is_normalised(string layers, int batch, bool warned)
    {
        var script = new Script($"model m {{ {layers} }}\ndata d {{ builtin linear, samples: 50 }}\ntrain {{ loss mse; optimizer adam; batch {batch} }}");
        string[] warnings = [.. BatchRules.Warnings(script.Training, script.Data)];
        Assert.Equal(warned, warnings.Length == 1);
        if (warned) Assert.Contains($"is a batch of its own, of which batchnorm_1 makes 0; write another batch than {batch}", warnings[0]);
    }
}
