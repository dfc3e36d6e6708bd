using System.Text.Json;

namespace Nn.Tests.Cli;

/// <summary><c>nn compare</c>, <c>nn doctor</c> and <c>nn bench --device all</c>: the devices of this machine beside each other.</summary>
public class CompareTests
{
    [Fact]
    public void Devices_agree_tensor_by_tensor()
    {
        Outcome outcome = Nn.Run("compare", Nn.Example("admitted.nn"), "--steps", "3").Good();
        Assert.Equal("the devices agree", outcome.Lines[^1]);
        Assert.Contains(outcome.Lines, l => l.TrimStart().StartsWith("gradient of admitted.neuron_1.ab", StringComparison.Ordinal));
        Assert.Contains(outcome.Lines, l => l.TrimStart().StartsWith("loss of admitted", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_tensor_and_the_epoch_are_events()
    {
        JsonElement[] events = [.. Nn.Run("compare", Nn.Example("xor.nn"), "--device", "cpu", "--json")
            .Good().Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        JsonElement[] tensors = [.. events.Where(e => e.GetProperty("event").GetString() == "tensor")];
        // What two layers gave, the batch, the loss, and the gradients of two weights and two biases.
        Assert.Equal(8, tensors.Length);
        Assert.All(tensors, t => Assert.InRange(t.GetProperty("error").GetDouble(), 0, t.GetProperty("tolerance").GetDouble()));
        JsonElement epoch = events[^1];
        Assert.Equal(("epoch", "cpu"), (epoch.GetProperty("event").GetString(), epoch.GetProperty("device").GetString()));
        Assert.InRange(epoch.GetProperty("loss").GetDouble(), 0.5, 1);
    }

    [Fact]
    public void The_doctor_finds_every_kernel_right_and_says_what_to_do_next()
    {
        Outcome outcome = Nn.Run("doctor").Good();
        Assert.Contains(outcome.Lines, l => l.StartsWith("cpu: ", StringComparison.Ordinal) && l.Contains("14 of 14 kernels right"));
        Assert.Matches("^verdict: .* Next: nn ", outcome.Lines[^1]);
        foreach (JsonElement device in Nn.Run("doctor", "--json").Good().Lines.Select(l => JsonDocument.Parse(l).RootElement))
        {
            if (device.GetProperty("usable").GetBoolean()) Assert.Equal(0, device.GetProperty("wrong").GetInt32());
            else Assert.NotEqual("", device.GetProperty("why").GetString());
        }
    }

    [Fact]
    public void Variables_that_change_the_devices_are_shown() =>
        Assert.Contains("environment: OCL_ICD_VENDORS=/nowhere", Nn.RunWith("OCL_ICD_VENDORS", "/nowhere", "doctor").Good().Lines);

    [Fact]
    public void The_benchmark_of_all_devices_is_a_table_with_advice()
    {
        Outcome outcome = Nn.Run("bench", Nn.Example("xor.nn"), "--device", "all", "--seconds", "0.2").Good();
        Assert.StartsWith("device ", outcome.Lines[0]);
        Assert.Contains(outcome.Lines, l => l.StartsWith("cpu ", StringComparison.Ordinal));
        // A step of four samples fills no GPU.
        Assert.Matches("take --device cpu|there is only cpu", outcome.Lines[^1]);
    }
}
