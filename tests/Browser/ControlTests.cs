using System.Text.Json;

namespace Nn.Tests.Browser;

/// <summary>What the buttons of the page do to the training.</summary>
public sealed class ControlTests
{
    private static string Example(string name) => Path.Combine(Served.Root, "examples", name);

    [Fact]
    public async Task A_training_pauses_steps_takes_another_rate_and_goes_on()
    {
        using Served served = Served.Start("train", Example("spirals.nn"), "--epochs", "100000", "--serve");
        await served.Until(s => s.GetProperty("step").GetInt64() > 0);
        long paused = (await served.Do("pause")).GetProperty("step").GetInt64();
        await Task.Delay(150);
        Assert.Equal(paused, (await served.Status()).GetProperty("step").GetInt64());
        Assert.Equal("paused", (await served.Status()).GetProperty("phase").GetString());

        await served.Do("step");
        await served.Until(s => s.GetProperty("step").GetInt64() == paused + 1);
        await served.Do("epoch");
        JsonElement whole = await served.Until(s => s.GetProperty("step").GetInt64() > paused + 1);
        Assert.Equal(0, whole.GetProperty("step").GetInt64() % whole.GetProperty("stepsPerEpoch").GetInt32());

        // The script's rate goes down along half a cosine; at the beginning of 100,000 epochs it is what was set.
        JsonElement status = await served.Do("rate", 0.125);
        Assert.Equal(0.125, status.GetProperty("baseRate").GetDouble());
        await served.Do("resume");
        JsonElement on = await served.Until(s => s.GetProperty("step").GetInt64() > whole.GetProperty("step").GetInt64() + 100);
        Assert.Equal("running", on.GetProperty("phase").GetString());
        Assert.InRange(on.GetProperty("rate").GetDouble(), 0.124, 0.125);

        await served.Do("stop");
        (int code, string text) = await served.End();
        Assert.Equal((int)ExitCode.Interrupted, code);
        Assert.Contains("interrupted in epoch", text);
    }

    [Fact]
    public async Task A_rate_takes_effect_at_once()
    {
        using Served served = Served.Start("play");
        await served.Do("pause");
        await served.Do("rate", 0);
        // The rest of the epoch and one more at rate 0: nothing is learned, so the validation loss stays to the last bit.
        double[] still = [await EpochLoss(served), await EpochLoss(served)];
        Assert.Equal(still[0], still[1]);
        await served.Do("rate", 0.01);
        Assert.NotEqual(still[1], await EpochLoss(served));
    }

    private static async Task<double> EpochLoss(Served served)
    {
        int epoch = (await served.Status()).GetProperty("epoch").GetInt32();
        await served.Do("epoch");
        await served.Until(s => s.GetProperty("epoch").GetInt32() == epoch + 1);
        JsonElement curves = (await served.Event("curves")).GetProperty("epochs");
        int column = curves.GetProperty("names").EnumerateArray().Select(n => n.GetString()).ToList().IndexOf("val_loss");
        return curves.GetProperty("points").EnumerateArray().Last().GetProperty("values")[column].GetDouble();
    }

    [Fact]
    public async Task What_is_finished_can_be_trained_on()
    {
        using Served served = Served.Start("train", Example("xor.nn"), "--epochs", "20", "--serve");
        JsonElement end = await served.Until(s => s.GetProperty("phase").GetString() == "finished");
        Assert.Equal(20, end.GetProperty("epoch").GetInt32());
        await served.Do("resume");
        JsonElement more = await served.Until(s => s.GetProperty("epoch").GetInt32() == 40);
        Assert.Equal(40, more.GetProperty("epochs").GetInt32());
        await served.Do("stop");
        Assert.Equal(0, (await served.End()).Code);
    }

    [Fact]
    public async Task A_pace_holds_a_fast_training_back()
    {
        using Served served = Served.Start("train", Example("xor.nn"), "--epochs", "1000000", "--serve");
        await served.Do("pace", 100);
        await Task.Delay(300);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        long before = (await served.Status()).GetProperty("step").GetInt64();
        // It goes on, however busy the machine is, and is never early by more than the stretch that was begun.
        long steps = (await served.Until(s => s.GetProperty("step").GetInt64() >= before + 50)).GetProperty("step").GetInt64() - before;
        Assert.True(steps <= 100 * watch.Elapsed.TotalSeconds + 10, $"{steps} steps in {watch.Elapsed.TotalSeconds} s at 100 a second");
    }

    [Fact]
    public async Task A_script_that_may_not_be_meant_is_trained_and_warned_of()
    {
        using Served served = Served.Start("play");
        await served.Post("/script",
            """{ "script": "model m { dense 8, relu; dense 1, leaky_relu }; data d { builtin moons }; train { loss bce; optimizer sgd(lr: 0.01); epochs 100000 }" }""");
        JsonElement status = await served.Until(s => s.GetProperty("message").GetString() is not null);
        Assert.StartsWith("bce takes probabilities; whether m.dense_2 gives such cannot be told; if it does not, end the model with sigmoid",
            status.GetProperty("message").GetString());
        Assert.Equal("running", status.GetProperty("phase").GetString());
    }

    [Fact]
    public async Task A_training_that_diverges_can_go_on_with_a_smaller_rate()
    {
        using Served served = Served.Start("play");
        await served.Post("/script",
            """{ "script": "model m { dense 8; dense 1 }; data d { builtin linear }; train { loss mse; optimizer sgd(lr: 0.01); epochs 100000 }" }""");
        await served.Do("pause");
        await served.Do("epoch");
        await served.Until(s => s.GetProperty("stepInEpoch").GetInt32() == 0);
        // Step by step, so that what is gone back to is older than the last call.
        await served.Do("rate", 1e30);
        await served.Do("pace", 20);
        await served.Do("resume");
        JsonElement status = await served.Until(s => s.GetProperty("message").GetString() is not null);
        Assert.Contains("diverged", status.GetProperty("message").GetString());
        Assert.Equal("paused", status.GetProperty("phase").GetString());
        await served.Do("pace", 0);
        await served.Do("rate", 0.01);
        long before = (await served.Do("resume")).GetProperty("step").GetInt64();
        JsonElement on = await served.Until(s => s.GetProperty("step").GetInt64() > before + 50);
        Assert.Null(on.GetProperty("message").GetString());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ctrl_C_ends_the_page_and_saves_what_was_to_be_saved(bool finished)
    {
        Skip.If(OperatingSystem.IsWindows(), "Ctrl-C is sent by kill");
        string folder = Directory.CreateTempSubdirectory("nn-serve-").FullName;
        try
        {
            string file = Path.Combine(folder, "model.safetensors");
            using Served served = Served.Start("train", Example("xor.nn"), "--epochs", finished ? "5" : "100000000", "--serve", "--save", file);
            await served.Until(s => finished ? s.GetProperty("phase").GetString() == "finished" : s.GetProperty("step").GetInt64() > 0);
            // With something to keep, the script stays.
            (System.Net.HttpStatusCode refused, string why) = await served.Post("/script", """{ "script": "model m { dense 1 }" }""");
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused);
            Assert.Contains("its script stays", why);
            served.Interrupt();
            (int code, string text) = await served.End();
            Assert.Equal(finished ? 0 : (int)ExitCode.Interrupted, code);
            Assert.Contains($"saved to {file}", text);
            Assert.True(new FileInfo(file).Length > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("play --port 70000", "'70000' is no port")]
    [InlineData("train --serve examples/xor.nn", "the script stands before the option")]
    public void A_wrong_port_is_told(string line, string said)
    {
        (int code, string text) = Served.Run(line.Split(' '));
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains(said, text);
    }

    [Fact]
    public void A_port_that_is_taken_is_told()
    {
        using Served served = Served.Start("play");
        (int code, string text) = Served.Run("play", "--port", served.Address.Port.ToString());
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains($"port {served.Address.Port} is taken", text);
        Assert.DoesNotContain("   at ", text);
    }
}
