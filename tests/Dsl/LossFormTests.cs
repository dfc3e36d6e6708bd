using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Dsl;

/// <summary>What a loss says of weights and models holds in every form of the loss.</summary>
public class LossFormTests
{
    private const string Scripted = """
        data d { builtin blobs }
        fn own(p, y) = cross_entropy(p, y)
        model body { dense 8, relu }
        model head { dense classes, softmax }
        model net { body; head }

        """;

    public static TheoryData<string, string> Forms()
    {
        var forms = new TheoryData<string, string>();
        string[] parts = ["l1", "l2", "l2(all)", "l2(dense_1)", "l2(net)", "l1(net)"];
        string[] losses = ["cross_entropy", "cross_entropy(net(x), y)", "own(net(x), y)", "mean(cross_entropy(net(x), y))"];
        foreach (string part in parts)
        {
            foreach (string loss in losses)
            {
                forms.Add(part, $"{loss} + 1e-3 * {part}");
                forms.Add(part, $"1e-3 * {part} + {loss}");
            }
        }

        return forms;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Weights_can_be_named_in_every_form_of_a_loss(string part, string loss)
    {
        BoundScript one = Scripts.Bind("script.nn",
            $"data d {{ builtin blobs }}\nfn own(p, y) = cross_entropy(p, y)\nmodel net {{ dense 8, relu; dense classes, softmax }}\ntrain {{ loss {loss}; "
                + $"optimizer adam }}");
        Assert.NotNull(one.Training);
        // Whatever the form, a name that is nothing is told.
        Assert.Contains("there is no layer 'dense_7'", Scripts.Mistakes("script.nn", one.Script.Source.Text.Replace(part, "l2(dense_7)")));
    }

    [Theory]
    [InlineData("head", "cross_entropy(net(x), y)")]
    [InlineData("body", "cross_entropy(net(x), y)")]
    [InlineData("net", "cross_entropy(net(x), y)")]
    [InlineData("head", "own(net(x), y) + 1e-3 * l2")]
    [InlineData("head", "cross_entropy(head(body(x)), y) + 1e-3 * l2(head)")]
    public void A_step_trains_a_model_that_is_part_of_another(string model, string loss)
    {
        TrainingDefinition training = Scripts.Bind("script.nn", Scripted + $"train net {{ step {model} {{ loss {loss}; optimizer adam }} }}").Training!;
        Assert.Equal([model], training.Steps.Single().Models.Select(m => m.Name));
    }

    [Fact]
    public void A_model_that_is_no_part_of_the_loss_is_told()
    {
        string mistakes = Scripts.Mistakes("script.nn",
            Scripted + "model other { dense 2 }\ntrain net { step other { loss cross_entropy(net(x), y); optimizer adam } }");
        Assert.Contains("this loss does not depend on other", mistakes);
    }
}
