using System.Diagnostics;
using Nn.Repl.Commands;

namespace Nn.Tests.Cli;

/// <summary>
/// What <c>nn doctor</c> does with drivers that do not end, crash or talk, shown by processes that stand for them; and with devices that are none.
/// </summary>
public class DoctorTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    [SkippableFact]
    public void A_step_that_does_not_end_is_given_up_and_its_process_ended()
    {
        string file = Path.GetTempFileName();
        DeviceExamination found = Examine(
            $"echo $$ > {file}; printf 'nn-doctor\\tbegins\\tproduct\\t\\nnn-doctor\\tends\\tproduct\\t\\nnn-doctor\\tbegins\\tconvolution\\t\\n'; exec "
                + "sleep 1000");
        Assert.Equal("convolution", found.StoppedAt);
        Assert.Equal(1, found.Right);
        Assert.Equal(["convolution: did not end within 1 s and was given up"], found.Mistakes);
        int id = int.Parse(File.ReadAllText(file));
        File.Delete(file);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
    }

    [SkippableFact]
    public void A_driver_that_ends_the_process_is_named_with_its_step()
    {
        DeviceExamination found = Examine("printf 'nn-doctor\\tbegins\\topening the device\\t\\n'; echo 'LLVM ERROR: no target' >&2; kill -SEGV $$");
        Assert.Equal("opening the device", found.StoppedAt);
        Assert.Equal(["opening the device: the driver ended the process (exit code 139): LLVM ERROR: no target"], found.Mistakes);
    }

    [SkippableFact]
    public void What_a_driver_prints_is_no_answer()
    {
        DeviceExamination found = Examine(
            "echo 'driver: warming up'; printf 'nn-doctor\\tbegins\\tproduct\\t\\nnn-doctor\\tends\\tproduct\\twrong by 2\\n'; echo bye");
        Assert.Null(found.StoppedAt);
        Assert.Equal(0, found.Right);
        Assert.Equal(["product: wrong by 2"], found.Mistakes);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("soon")]
    public void The_limit_is_a_positive_number(string limit) => Nn.Run("doctor", "--limit", limit).Fails(ExitCode.Usage, "--limit");

    // RADV compiles for a GPU that is not there: it names the device, and cannot lend it a byte.
    [SkippableFact]
    public void A_device_without_memory_is_listed_with_the_reason_and_not_taken()
    {
        const string driver = "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json";
        Skip.IfNot(File.Exists(driver), $"there is no {driver} (Debian: mesa-vulkan-drivers)");
        (string, string)[] hardware = [("RADV_FORCE_FAMILY", "GFX1100"), ("VK_ICD_FILENAMES", driver)];
        Outcome devices = Nn.RunWith(hardware, "devices").Good();
        Skip.IfNot(devices.Out.Contains("Null hardware"), "this RADV has no device without hardware");
        Assert.Matches(@"(?m)^    cannot be used: its driver tells of 0 bytes of memory", devices.Out);
        Assert.DoesNotContain("auto takes vulkan", devices.Out);
        foreach (string command in new[] { "bench", "train" })
            Nn.RunWith(hardware, command, Nn.Example("xor.nn"), "--device", "vulkan:0")
                .Fails(ExitCode.NoDevice, "device vulkan:0: ", "cannot be used: its driver tells of 0 bytes of memory");
        Assert.Contains("cannot be used: its driver tells of 0 bytes", Nn.RunWith(hardware, "doctor").Good().Out);
    }

    private static DeviceExamination Examine(string script)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs a shell");
        // A busy machine may be slow to start even a shell, so only the one that never ends is waited for briefly.
        return DeviceExamination.Elsewhere(new ProcessStartInfo("/bin/sh", ["-c", script]),
            script.Contains("sleep", StringComparison.Ordinal) ? s_limit : TimeSpan.FromMinutes(1));
    }
}
