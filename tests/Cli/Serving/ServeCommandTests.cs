using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Nn.Tests.Cli.Serving;

/// <summary><c>nn serve</c> as a program.</summary>
public sealed class ServeCommandTests(ServedModels models) : IClassFixture<ServedModels>
{
    private const int LimitMilliseconds = 60_000;

    [SkippableTheory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task It_serves_until_a_signal_ends_it(string signal)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such signals");
        using Process process = Nn.Start(models.Folder.Path, null, "serve", models.Table, "tagger=" + models.Sentences, "--port", "0", "--json");
        using JsonDocument line = JsonDocument.Parse(process.StandardOutput.ReadLine()!);
        Assert.Equal("serving", line.RootElement.GetProperty("event").GetString());
        Assert.Equal("""["birds","tagger"]""", line.RootElement.GetProperty("models").GetRawText());
        using var client = new HttpClient { BaseAddress = new Uri(line.RootElement.GetProperty("address").GetString()!) };
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("models/tagger/predict", RunningServer.Json("""{"x":["Anna"]}"""))).StatusCode);
        Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.True(process.WaitForExit(LimitMilliseconds));
        Assert.Equal("", process.StandardError.ReadToEnd());
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Mistakes_of_the_command_line_are_told()
    {
        models.Folder.Run("serve").Fails(ExitCode.Usage, "which model?");
        models.Folder.Run("serve", "birds.nn").Fails(ExitCode.Usage, "nn train birds.nn --save model.safetensors");
        models.Folder.Run("serve", "nowhere.safetensors").Fails(ExitCode.BadFile, "nowhere.safetensors");
        models.Folder.Run("serve", models.Table, models.Table).Fails(ExitCode.Usage, "two models are called birds");
        models.Folder.Run("serve", "a/b=" + models.Table).Fails(ExitCode.Usage, "cannot stand in an address");
        models.Folder.Run("serve", models.Table, "--port", "99999").Fails(ExitCode.Usage, "'99999' is no port");
        models.Folder.Run("serve", models.Table, "--host", "no such host").Fails(ExitCode.Usage, "no address of this machine");
        models.Folder.Run("serve", models.Table, "--max-batch", "0").Fails(ExitCode.Usage, "1 or more");
    }
}
