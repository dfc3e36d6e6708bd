using Microsoft.Playwright;

namespace Nn.Tests.Browser;

/// <summary>The page of a run that was kept, in a browser.</summary>
public sealed class ReportTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Ground = "getComputedStyle(document.body).backgroundColor";

    [SkippableFact]
    public async Task A_report_is_whole_in_one_file()
    {
        await using Watched watched = await chromium.Page();
        IPage page = watched.Page;
        string folder = Directory.CreateTempSubdirectory("nn-report-").FullName;
        try
        {
            string run = Path.Combine(folder, "runs"), file = Path.Combine(folder, "report.html");
            Assert.Equal(0, Served.Run("train", Path.Combine(Served.Root, "examples", "digits.nn"), "--epochs", "2", "--run", run, "--quiet").Code);
            (int code, string text) = Served.Run("report", Path.Combine(run, "digits-1"), "--out", file);
            Assert.True(code == 0, text);
            var asked = new List<string>();
            page.Request += (_, r) => asked.Add(r.Url);
            await page.GotoAsync(new Uri(file).AbsoluteUri);
            Assert.Single(asked, u => !u.StartsWith("data:", StringComparison.Ordinal));
            string[] heads = await page.Locator("h2").EvaluateAllAsync<string[]>("all => all.map(h => h.textContent)");
            foreach (string head in new[] { "Curves", "Evaluation of the best model", "Worst mistakes", "Script", "Model and data", "Environment",
                "How to reproduce" })
                Assert.Contains(head, heads);
            // Loss and accuracy, each with its validation; the confusion matrix; the mistakes as images.
            Assert.True(await page.Locator("svg polyline").CountAsync() >= 4);
            Assert.True(await page.Locator("svg image").CountAsync() >= 1);
            Assert.Contains("--seed 0", await page.Locator("pre").Last.TextContentAsync());
            Assert.Contains("model digits", await page.Locator("pre").First.TextContentAsync());
            Assert.Equal("model", await page.Locator("pre.script .statement").Nth(2).TextContentAsync());
            Assert.Equal("rgb(255, 255, 255)", await page.EvaluateAsync<string>(Ground));
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
            Assert.Equal("rgb(27, 27, 27)", await page.EvaluateAsync<string>(Ground));
            await page.SetViewportSizeAsync(380, 800);
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
            watched.IsFine();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
