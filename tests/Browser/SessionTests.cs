using System.Text.Json;

namespace Nn.Tests.Browser;

/// <summary><c>:serve</c> in the session.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task The_session_takes_over_what_the_page_made_of_it()
    {
        using Served served = Served.Start("-c", $":load {Path.Combine(Served.Root, "examples", "spirals.nn")}", "-c", ":train 2 epochs", "-c", ":serve", "-c",
            ":list", "-c", ":plot loss");
        // What was trained before is there; nothing happens until somebody wants it.
        JsonElement status = await served.Status();
        Assert.Equal("paused", status.GetProperty("phase").GetString());
        Assert.Equal(2, status.GetProperty("epoch").GetInt32());
        Assert.Equal(2, (await served.Event("curves")).GetProperty("epochs").GetProperty("points").GetArrayLength());
        await served.Post("/script",
            """{ "script": "model other { dense 3, relu; dense classes, softmax }\ndata d { builtin moons, seed: 1; split 80/20 }\ntrain { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 3 }" }""");
        await served.Do("resume");
        await served.Until(s => s.GetProperty("phase").GetString() == "finished");
        await served.Do("stop");
        (int code, string text) = await served.End();
        Assert.True(code == 0, text);
        Assert.Contains("the script of the page is now that of the session", text);
        Assert.Contains("epoch 3, step 39", text);
        Assert.Contains("model other", text);
        Assert.DoesNotContain("dense 32", text);
        Assert.Contains("other: loss", text);
    }
}
