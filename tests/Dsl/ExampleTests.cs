using Nn.Dsl;

namespace Nn.Tests.Dsl;

public class ExampleTests
{
    [SkippableTheory]
    [InlineData("xor", "2", "1", 17)]
    [InlineData("admitted", "2", "1", 3)]
    [InlineData("iris", "4", "3", 131)]
    public void Examples_bind(string name, string input, string output, int parameters)
    {
        Skip.If(name == "iris" && !Scripts.HasData, "iris.csv is not here; NN_DATA names its folder");
        BoundScript s = Scripts.Bind($"{name}.nn", File.ReadAllText(Path.Combine(Scripts.Root, "examples", $"{name}.nn")));
        Assert.Equal(input, s.Training!.Schema.Input.Shape.ToString());
        Assert.Equal(output, s.Training.Models[0].Output.ToString());
        Assert.Equal(parameters, s.Training.Models[0].Parameters.Sum(p => p.Shape.Count));
    }

    [Fact]
    public void The_prelude_defines_what_the_language_promises()
    {
        string[] names = [.. PreludeScript.Statements.Select(s => s.Name.Name)];
        foreach (string name in (string[])[
            "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softsign", "hard_sigmoid", "mish", "softmax", "log_softmax",
            "mse", "mae", "huber", "log_cosh", "cross_entropy", "nll", "bce", "hinge", "kl", "focal", "triplet", "contrastive",
            "sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam", "lion", "lamb", "metropolis"])
        {
            Assert.Contains(name, names);
        }
    }
}
