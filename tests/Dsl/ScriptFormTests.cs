using Nn.Dsl;

namespace Nn.Tests.Dsl;

public class ScriptFormTests
{
    [Fact]
    public void Numbers_of_optimizers_and_schedules_change_no_kernel()
    {
        var source = new SourceText("a.nn", """
            let rate = 0.1; let beta = 0.9; let width = 4; let half = rate / 2; let base = 0.1; let n = 5; let decay = 1e-4; let bound = 1; let unused = 3
            model m { dense width; dense classes, softmax }   # rate
            data d { builtin moons }
            train {
              loss cross_entropy + decay * l2
              optimizer adam(lr: base, beta1: beta)
              schedule  step(every: 5 epochs, factor: half)
              clip      norm: bound
              epochs    n
            }
            search random { base in 0.1..0.2; width in [1, 2]; beta in 0.1..0.2 }
            """);
        // rate is used by half, decay by the loss, bound by the clipping.
        Assert.Equal(["base", "beta", "half", "n", "unused"], ScriptForm.Numbers(ScriptParser.Parse(source, new Diagnostics(source))).Order());
    }

    [Fact]
    public void So_they_do_within_steps()
    {
        var source = new SourceText("a.nn", "let rate = 1; let c = 2\ntrain { step g { loss c * f(x); optimizer sgd(lr: rate) } }");
        Assert.Equal(["rate"], ScriptForm.Numbers(ScriptParser.Parse(source, new Diagnostics(source))));
    }
}
