using System.Text.Json;

namespace Nn.Tests.Cli;

/// <summary><c>nn devices</c> and <c>--device</c> with the drivers of this machine, or with none.</summary>
public class DevicesTests
{
    // Where the loader of OpenCL looks for drivers: nowhere.
    private const string DriverFolder = "OCL_ICD_VENDORS", Nowhere = "/nowhere";

    [Fact]
    public void Every_backend_has_devices_or_a_reason()
    {
        Outcome outcome = Nn.Run("devices").Good();
        Assert.All(["cpu", "vulkan", "opencl"], backend => Assert.Contains(outcome.Lines, l => l.StartsWith(backend, StringComparison.Ordinal)));
        Assert.StartsWith("--device auto takes ", outcome.Lines[^1]);
        foreach (string line in Nn.Run("devices", "--json").Good().Lines)
        {
            JsonElement device = JsonDocument.Parse(line).RootElement;
            bool usable = device.GetProperty("usable").GetBoolean();
            Assert.Equal(usable, device.GetProperty("why").ValueKind == JsonValueKind.Null);
            if (usable) Assert.True(device.GetProperty("largest_allocation").GetInt64() > 0);
        }
    }

    [Fact]
    public void Without_drivers_the_list_says_so_and_nothing_falls_back()
    {
        Assert.Matches("(?m)^opencl  none: (no OpenCL driver|the OpenCL loader) is ", Nn.RunWith(DriverFolder, Nowhere, "devices").Good().Out);
        Nn.RunWith(DriverFolder, Nowhere, "train", Nn.Example("xor.nn"), "--device", "opencl").Fails(ExitCode.NoDevice, "device opencl: ", "installed",
            "there are cpu");
    }

    /// <summary>A variable that leads nowhere, or to a damaged description, is named with its value: without drivers of any kind, too.</summary>
    [Theory]
    [InlineData("OCL_ICD_VENDORS", "/nowhere", "opencl", "does not exist")]
    [InlineData("VK_DRIVER_FILES", "/nowhere.json", "vulkan", "does not exist")]
    [InlineData("VK_ICD_FILENAMES", "/nowhere.json", "vulkan", "does not exist")]
    [InlineData("VK_DRIVER_FILES", "broken.json", "vulkan", "is no JSON that describes a driver")]
    public void What_the_environment_says_of_drivers_is_named(string variable, string value, string backend, string fault)
    {
        using var folder = new ScriptFolder();
        folder.Write("broken.json", "{ \"file_format_version\"");
        string path = value == "broken.json" ? folder.File(value) : value;
        Outcome outcome = Nn.RunWith(variable, path, "train", Nn.Example("xor.nn"), "--device", backend, "--epochs", "1");
        // A machine without the loader has no use for the variable.
        if (outcome.Error.Contains("loader is not installed", StringComparison.Ordinal)) return;
        outcome.Fails(ExitCode.NoDevice, $"{variable}={path}, which {fault}");
        Assert.DoesNotContain("batch", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_an_error_that_names_where_it_was_asked_for()
    {
        Nn.Run("train", Nn.Example("xor.nn"), "--device", "opencl:99").Fails(ExitCode.NoDevice, "device opencl:99: ", "there are cpu");
        Nn.RunWith("NN_DEVICE", "opencl:99", "train", Nn.Example("xor.nn")).Fails(ExitCode.NoDevice, "NN_DEVICE=opencl:99: ", "there are cpu");
        Nn.RunWith("NN_DEVICE", "vulcan", "train", Nn.Example("xor.nn")).Fails(ExitCode.Usage, "NN_DEVICE=vulcan: ", "did you mean vulkan?");
    }

    [Fact]
    public void The_option_comes_before_the_environment() =>
        Nn.RunWith("NN_DEVICE", "opencl:99", "train", Nn.Example("xor.nn"), "--device", "cpu", "--quiet").Good();
}
