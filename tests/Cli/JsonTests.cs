using System.Text.Json;

namespace Nn.Tests.Cli;

[Collection(nameof(OwnConsole))]
public sealed class JsonTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_is_told_in_events_and_the_last_sums_it_up()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        JsonElement[] events = Events(_folder.Run("train", "a.nn", "--json").Good());
        Assert.Equal(["start", "epoch", "epoch", "epoch", "epoch", "done"], events.Select(e => e.GetProperty("event").GetString()));

        JsonElement start = events[0];
        Assert.Equal("a.nn", start.GetProperty("script").GetString());
        Assert.Equal("cpu", start.GetProperty("device").GetString());
        Assert.Equal((4, 5, 17),
            (start.GetProperty("epochs").GetInt32(), start.GetProperty("steps_per_epoch").GetInt32(), start.GetProperty("parameters").GetInt32()));

        Assert.Equal([1, 2, 3, 4], events[1..5].Select(e => e.GetProperty("epoch").GetInt32()));
        Assert.All(events[1..5], e => Assert.Equal(0.01, e.GetProperty("lr").GetDouble(), 12));

        JsonElement done = events[5], metrics = done.GetProperty("metrics");
        Assert.Equal((4, 20), (done.GetProperty("epochs").GetInt32(), done.GetProperty("steps").GetInt32()));
        Assert.True(done.GetProperty("train_s").GetDouble() >= 0);
        Assert.True(done.GetProperty("steps_per_s").GetDouble() > 0);
        Assert.Equal(["accuracy", "loss", "val_accuracy", "val_loss"], metrics.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(events[4].GetProperty("metrics").ToString(), metrics.ToString());
    }

    [Fact]
    public void After_an_early_stop_the_metrics_are_those_of_the_weights_in_force()
    {
        // Training wants w = 1, validation w = −1: the first epoch is the best.
        _folder.Write("t.csv", "x,y\n1,1\n2,2\n3,3\n1,-1\n2,-2\n3,-3\n");
        _folder.Write("a.nn", """
            model m { dense 1 }
            data d { csv "t.csv"; target y; split 50/50, shuffle: false; normalize mean: 0, std: 1 }
            train { loss mse; optimizer sgd(lr: 0.05); epochs 50; batch all; early_stop val_loss, patience: 2; seed 1 }
            """);
        JsonElement[] events = Events(_folder.Run("train", "a.nn", "--json", "--save", "m").Good());
        JsonElement done = events[^1];
        Assert.Equal("early_stop", done.GetProperty("end").GetString());
        double reported = done.GetProperty("metrics").GetProperty("val_loss").GetDouble();
        Assert.Equal(events[1..^1].Min(e => e.GetProperty("metrics").GetProperty("val_loss").GetDouble()), reported);
        JsonElement eval = Events(_folder.Run("eval", "a.nn", "--model", "m", "--json").Good()).Single();
        Assert.Equal(reported, eval.GetProperty("metrics").GetProperty("val_loss").GetDouble(), 6);
    }

    [Fact]
    public void Bench_measures_what_it_names()
    {
        JsonElement bench = Events(Nn.Run("bench", Nn.Example("xor.nn"), "--device", "cpu", "--seconds", "0.5", "--json").Good()).Single();
        Assert.Equal(["device", "workload", "steps_per_s", "samples_per_s", "gflops", "peak_bytes", "planned_bytes"],
            bench.EnumerateObject().Select(p => p.Name));
        Assert.Equal("cpu", bench.GetProperty("device").GetString());
        Assert.Equal("xor", bench.GetProperty("workload").GetString());
        double steps = bench.GetProperty("steps_per_s").GetDouble();
        Assert.True(steps > 1000);
        Assert.Equal(4, bench.GetProperty("samples_per_s").GetDouble() / steps, 3);
        Assert.True(bench.GetProperty("gflops").GetDouble() > 0);
        Assert.True(bench.GetProperty("peak_bytes").GetInt64() >= bench.GetProperty("planned_bytes").GetInt64());
    }

    [Fact]
    public void Predictions_are_events_with_every_output()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m").Good();
        JsonElement one = Events(_folder.Run("predict", "a.nn", "--model", "m", "--json", "0.5", "0.5").Good()).Single();
        Assert.Equal("prediction", one.GetProperty("event").GetString());
        Assert.InRange(one.GetProperty("output").EnumerateObject().Single().Value.GetDouble(), 0, 1);
    }

    [Fact]
    public void Devices_are_one_object_each()
    {
        JsonElement cpu = Events(Nn.Run("devices", "--json").Good()).First(d => d.GetProperty("device").GetString() == "cpu");
        Assert.True(cpu.GetProperty("memory_bytes").GetInt64() > 1 << 20);
        Assert.True(cpu.GetProperty("usable").GetBoolean());
    }

    [Fact]
    public void Check_answers_in_an_event_and_mistakes_go_to_the_other_stream()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        Assert.Equal(0, Events(_folder.Run("check", "a.nn", "--json").Good()).Single().GetProperty("errors").GetInt32());
        _folder.Write("b.nn", "modle m { dense 1 }");
        Assert.Equal("", _folder.Run("check", "b.nn", "--json").Fails(ExitCode.Script, "b.nn:1:1").Out);
    }

    private static JsonElement[] Events(Outcome outcome) => [.. outcome.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
}
