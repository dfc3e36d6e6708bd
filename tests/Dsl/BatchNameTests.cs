using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>The batch is a name, not a number, while a script is bound: every size that a script may state is told from it.</summary>
public class BatchNameTests
{
    private static readonly int[] Sizes = [1, 2, 13, 32, 59, 60, 61, 67];

    public static TheoryData<int> AllSizes => [.. Sizes];

    [Theory]
    [MemberData(nameof(AllSizes))]
    public void A_weight_of_any_number_of_rows_does_not_meet_the_batch(int size)
    {
        string mistakes = Mistakes($"layer odd {{ w = param [{size}, 2]; it + w }}\nmodel net {{ odd; dense classes, softmax }}", "cross_entropy");
        if (size == 1) Assert.Empty(mistakes);
        else Assert.Contains($"'+' needs shapes that agree: the shapes are 2 and {size}x2", mistakes, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllSizes))]
    public void Columns_of_any_number_do_not_meet_the_batch_as_rows(int size) =>
        Assert.Contains($"'@' multiplies rows by columns: the shapes are {size} and {size}", Mistakes($"model net {{ dense {size} }}", "mean(net(x) @ net(x))"),
            StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(AllSizes))]
    public void Rows_of_weights_are_spelled_as_they_are(int size) => Assert.Contains(
        $"the shapes are 4 and {size + 4}x3",
        Mistakes($"layer odd {{ w = param [{size + 4}, 3]; it @ w }}\nmodel net {{ dense 4; odd; dense classes, softmax }}", "cross_entropy"),
        StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(AllSizes))]
    public void Layers_of_any_size_bind(int size) =>
        Assert.Empty(Mistakes($"model net {{ dense {size}, relu; dense {size}; reshape {size}x1; dense classes; lstm {size}, last; dense classes, softmax }}",
            "cross_entropy"));

    private static string Mistakes(string definitions, string loss) => Scripts.Mistakes(
        "batch.nn", $"{definitions}\ndata d {{ builtin moons, samples: 200 }}\ntrain {{ loss {loss}; optimizer sgd(lr: 0.1); epochs 1; batch 32 }}");
}
