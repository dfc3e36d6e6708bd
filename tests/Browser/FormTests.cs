using System.Text.Json;
using Microsoft.Playwright;

namespace Nn.Tests.Browser;

/// <summary>The form of <c>nn serve</c>: what is asked, and what the model says.</summary>
public sealed class FormTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Script = """
        model m { dense 4, tanh; dense classes, softmax }
        data d { csv "birds.csv"; target kind; split 80/20, shuffle: false }
        train { loss cross_entropy; optimizer adam(lr: 0.1); epochs 20; batch all }
        """;

    [SkippableFact]
    public async Task A_row_is_asked_and_answered_and_a_mistake_is_shown_at_its_field()
    {
        await using Watched watched = await chromium.Page(width: 380, height: 800);
        IPage page = watched.Page;
        string folder = Directory.CreateTempSubdirectory("nn-form-").FullName;
        try
        {
            string[] rows = [.. Enumerable.Range(0, 40).Select(i =>
                $"{(i % 2 == 0 ? "Dream" : "Biscoe")},{(i == 1 ? "" : 1 + i % 4)},{(i % 2 == 0 ? "gentoo" : "adelie")}")];
            File.WriteAllText(Path.Combine(folder, "birds.csv"), $"island,mass,kind\n{string.Join('\n', rows)}\n");
            string script = Path.Combine(folder, "s.nn"), model = Path.Combine(folder, "birds.safetensors");
            File.WriteAllText(script, Script);
            Assert.Equal(0, Served.Run("train", script, "--save", model, "--quiet", "--device", "cpu").Code);
            JsonElement expected = JsonDocument.Parse(Served.Run("predict", model, "--json", "--device", "cpu", "island=Biscoe").Text).RootElement;
            using Served served = Served.Start("serve", model, "--port", "0", "--token", "secret", "--device", "cpu");
            var asked = new List<string>();
            page.Request += (_, r) => asked.Add(r.Url);
            await page.GotoAsync(served.Address.AbsoluteUri);
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("birds");
            await page.GetByLabel("island").SelectOptionAsync("Biscoe");
            await page.GetByLabel("mass").FillAsync("heavy");
            await page.GetByRole(AriaRole.Button, new() { Name = "predict" }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("'heavy' is no number, as column 'mass' has");
            await Assertions.Expect(page.GetByLabel("mass")).ToHaveClassAsync("wrong");
            // An empty field is a gap.
            await page.GetByLabel("mass").FillAsync("");
            await page.GetByRole(AriaRole.Button, new() { Name = "predict" }).ClickAsync();
            await Assertions.Expect(page.Locator("#answer .best")).ToHaveTextAsync(expected.GetProperty("class").GetString()!);
            await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
            double shown = await page.Locator("#answer meter").First.EvaluateAsync<double>("m => m.value");
            Assert.Equal(expected.GetProperty("output").EnumerateObject().Max(o => o.Value.GetDouble()), shown, 1e-6);
            await Assertions.Expect(page.Locator("#curl")).ToContainTextAsync("""-d '{"island":"Biscoe"}'""");
            Assert.All(asked, u => Assert.StartsWith(served.Client.BaseAddress!.AbsoluteUri, u));
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
            // The refused request is told by the browser, too.
            Assert.Single(watched.Forget());
            watched.IsFine();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
