using System.Globalization;
using System.Text.Json;

namespace Nn.Tests.Cli.Inspect;

public sealed class ProfileTests
{
    [Fact]
    public void Every_kernel_of_the_plan_has_its_time_and_its_share()
    {
        Outcome o = Nn.Run("profile", "examples/xor.nn", "--seconds", "0.2", "--json").Good();
        JsonElement[] events = [.. o.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        JsonElement[] steps = events[..^1];
        JsonElement all = events[^1];
        // The plan's own numbering, and its counts of operations and bytes.
        string[] plan = [.. Nn.Run("plan", "examples/xor.nn").Good().Lines.SkipWhile(l => !l.StartsWith("train:", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => l.StartsWith(' '))];
        Assert.Equal(Enumerable.Range(1, plan.Length), steps.Select(s => s.GetProperty("step").GetInt32()).Order());
        foreach (JsonElement s in steps)
        {
            string line = plan[s.GetProperty("step").GetInt32() - 1];
            Assert.Contains($" {s.GetProperty("kind").GetString()} ", line);
            Assert.Contains($" {s.GetProperty("flop").GetInt64():N0} flop, {s.GetProperty("bytes").GetInt64():N0} bytes", line);
            double seconds = s.GetProperty("seconds").GetDouble();
            if (seconds > 5e-9) Assert.Equal(s.GetProperty("flop").GetInt64() / seconds / 1e9, s.GetProperty("gflops").GetDouble(), 3);
        }

        Assert.Equal(steps.Select(s => s.GetProperty("seconds").GetDouble()).OrderDescending(), steps.Select(s => s.GetProperty("seconds").GetDouble()));
        Assert.Equal(1, steps.Sum(s => s.GetProperty("share").GetDouble()), 6);
        Assert.Equal(steps.Sum(s => s.GetProperty("seconds").GetDouble()), all.GetProperty("seconds_one_by_one").GetDouble(), 9);
        Assert.True(all.GetProperty("seconds_together").GetDouble() > 0);
    }

    [Fact]
    public void A_person_gets_a_table_and_the_training_stays_as_it_is()
    {
        Outcome o = Nn.Run("-c", ":load examples/xor.nn", "-c", ":train 10 steps", "-c", ":show dense_2.bias", "-c", ":profile", "-c", ":show dense_2.bias")
            .Good();
        Assert.Contains("of peak", o.Out);
        Assert.Contains("xor.dense_1", o.Out);
        Assert.Contains("each kernel is started on its own", o.Out);
        string[] shown = [.. o.Lines.Where((_, i) => i > 0 && o.Lines[i - 1].StartsWith("xor.dense_2.bias", StringComparison.Ordinal))];
        Assert.Equal(2, shown.Length);
        Assert.Equal(shown[0], shown[1]);
        Assert.NotEqual(0, double.Parse(shown[0], CultureInfo.InvariantCulture));
    }
}
