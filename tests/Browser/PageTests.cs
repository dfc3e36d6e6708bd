using System.Text.Json;
using Microsoft.Playwright;

namespace Nn.Tests.Browser;

/// <summary>The live page in a browser.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Points = "(n => +document.querySelector('#numbers dd')?.textContent.split('/')[0].replaceAll(',', '') >= n)";

    [SkippableFact]
    public async Task The_page_shows_curves_that_grow_and_a_boundary_that_forms()
    {
        await using Watched watched = await chromium.Page();
        IPage page = watched.Page;
        using Served served = await Waiting();
        await page.GotoAsync(served.Address.ToString());
        await page.ClickAsync("#go:has-text('resume')");
        await watched.Until($"() => {Points}(10)");
        Assert.Equal(["loss", "accuracy"], await page.Locator(".chart canvas").EvaluateAllAsync<string[]>("all => all.map(c => c.dataset.name)"));
        Assert.True(await watched.Colours(".chart canvas[data-name=loss]") > 3);
        Assert.True(await watched.Colours("#boundary") > 20);
        Assert.True(await watched.Colours("#net") > 20);
        string first = await Picture(page, "#boundary"), curve = (await page.Locator(".chart canvas[data-name=loss]").GetAttributeAsync("aria-label"))!;
        Assert.Matches("^loss: .*training [0-9.]+, validation [0-9.]+", curve);
        await watched.Until($"() => {Points}(60)");
        await page.WaitForFunctionAsync("first => document.querySelector('#boundary').toDataURL() !== first", first);
        Assert.NotEqual(curve, await page.Locator(".chart canvas[data-name=loss]").GetAttributeAsync("aria-label"));

        // Values under the pointer, and by the arrow keys.
        await page.Locator(".chart canvas[data-name=loss]").HoverAsync();
        await Assertions.Expect(page.Locator(".chart .keys").First).ToContainTextAsync("epoch");
        await page.Locator(".chart canvas[data-name=accuracy]").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.Locator(".chart .keys").Nth(1)).ToContainTextAsync("epoch 1");
        watched.IsFine();
    }

    [SkippableFact]
    public async Task The_buttons_reach_the_training()
    {
        await using Watched watched = await chromium.Page();
        IPage page = watched.Page;
        using Served served = await Waiting();
        await page.GotoAsync(served.Address.ToString());
        await page.ClickAsync("#go:has-text('resume')");
        await page.ClickAsync("#go:has-text('pause')");
        JsonElement paused = await served.Until(s => s.GetProperty("phase").GetString() == "paused");
        await Assertions.Expect(page.Locator("#phase")).ToHaveTextAsync("paused");
        long step = paused.GetProperty("step").GetInt64();
        await page.ClickAsync("#step");
        await served.Until(s => s.GetProperty("step").GetInt64() == step + 1);
        await Assertions.Expect(page.Locator("#numbers")).ToContainTextAsync($"{step + 1:N0}");
        await page.FillAsync("#rate", "0.002");
        await page.PressAsync("#rate", "Enter");
        await served.Until(s => s.GetProperty("baseRate").GetDouble() == 0.002);
        await page.SelectOptionAsync("#pace", "100");
        await served.Until(s => s.GetProperty("pace").GetDouble() == 100);
        await page.ClickAsync("#go:has-text('resume')");
        await served.Until(s => s.GetProperty("step").GetInt64() > step + 5);
        await page.ClickAsync("#stop");
        Assert.Equal(0, (await served.End()).Code);
        await Assertions.Expect(page.Locator("#message")).ToContainTextAsync("nn has ended");
        await Assertions.Expect(page.Locator("#go")).ToBeDisabledAsync();
        watched.IsFine();
    }

    [SkippableFact]
    public async Task The_playground_writes_scripts_and_trains_them()
    {
        await using Watched watched = await chromium.Page(dark: true);
        IPage page = watched.Page;
        using Served served = Served.Start("play");
        await page.GotoAsync(served.Address.ToString());
        await page.ClickAsync("[data-data=blobs]");
        await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("builtin blobs, samples: 500"));
        await page.SelectOptionAsync("[name=activation]", "relu");
        await page.ClickAsync("[aria-label='one layer more']");
        await Assertions.Expect(page.Locator("#text"))
            .ToHaveValueAsync(new System.Text.RegularExpressions.Regex("(dense 8, relu\\s+){3}dense classes, softmax"));
        JsonElement training = await served.Training();
        Assert.Contains("builtin blobs", training.GetProperty("script").GetString());
        Assert.Equal(4, training.GetProperty("layers").GetArrayLength());
        // Three blobs are learned in no time: the training goes on and gets there.
        await served.Until(s => s.GetProperty("epoch").GetInt32() >= 20);
        await watched.Until(
            "() => +document.querySelector('.chart canvas[data-name=accuracy]').getAttribute('aria-label').match(/validation ([0-9.]+)/)[1] > 0.95");
        Assert.True(await watched.Colours("#boundary") > 20);
        watched.IsFine();
    }

    [SkippableFact]
    public async Task A_script_can_be_written_and_its_mistakes_are_shown_as_one_types()
    {
        await using Watched watched = await chromium.Page();
        IPage page = watched.Page;
        using Served served = Served.Start("play");
        await page.GotoAsync(served.Address.ToString());
        await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("model net"));
        string script = await page.InputValueAsync("#text");
        await page.FillAsync("#text", script.Replace("tanh", "tahn"));
        await Assertions.Expect(page.Locator("#mistakes")).ToContainTextAsync("line 2: there is no 'tahn' here");
        await Assertions.Expect(page.Locator("#mistakes")).ToContainTextAsync("did you mean 'tanh'?");
        Assert.Equal("tahn", await page.Locator("#marked .mark").First.TextContentAsync());
        await page.FillAsync("#text", script.Replace("dense 8, tanh\n  dense 8, tanh", "dense 5, gelu"));
        await Assertions.Expect(page.Locator("#mistakes li")).ToHaveCountAsync(0);
        await page.PressAsync("#text", "Control+Enter");
        await Assertions.Expect(page.Locator("#layers")).ToContainTextAsync("dense 5, gelu");
        Assert.Contains("dense 5, gelu", (await served.Training()).GetProperty("script").GetString());
        watched.IsFine();
    }

    [SkippableFact]
    public async Task It_follows_dark_and_fits_a_narrow_screen()
    {
        await using Watched watched = await chromium.Page(dark: true, width: 380);
        IPage page = watched.Page;
        using Served served = Served.Start("play");
        await page.GotoAsync(served.Address.ToString());
        await watched.Until($"() => {Points}(3)");
        Assert.Equal("rgb(19, 20, 23)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
        Assert.Equal("rgb(244, 245, 247)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        watched.IsFine();
    }

    [SkippableFact]
    public async Task Images_are_shown_with_what_the_model_sees_in_them()
    {
        await using Watched watched = await chromium.Page();
        IPage page = watched.Page;
        using Served served = Served.Start("train", Path.Combine(Served.Root, "examples", "digits.nn"), "--epochs", "2", "--serve");
        await page.GotoAsync(served.Address.ToString());
        await Assertions.Expect(page.Locator("#picture-note")).ToContainTextAsync("of 256 validation images wrong");
        Assert.Equal(48, await page.Locator(".tiles figure").CountAsync());
        Assert.Equal(28, await page.Locator(".tiles img").First.EvaluateAsync<int>("i => i.naturalWidth"));
        watched.IsFine();
    }

    [SkippableFact]
    public async Task Another_site_in_the_same_browser_can_do_nothing()
    {
        await using Watched watched = await chromium.Page();
        IPage page = watched.Page;
        using Served served = Served.Start("play");
        await page.GotoAsync("data:text/html,<title>elsewhere</title>");
        string answer = await page.EvaluateAsync<string>(
            """
            async ([address, token]) => {
              const said = [];
              for (const request of [{ method: 'GET' }, { method: 'POST', body: '{"wish":"stop"}', headers: { 'Content-Type': 'text/plain' } }, { method: 'POST', body: '{"wish":"stop"}', headers: { 'Content-Type': 'application/json', 'X-Nn-Token': token } }]) {
                try { said.push((await fetch(address + (request.body ? 'do' : 'state?token=' + token), request)).status); } catch { said.push('refused'); }
              }
              return said.join(' ');
            }
            """, new[] { served.Client.BaseAddress!.ToString(), served.Token });
        Assert.Equal("refused refused refused", answer);
        Assert.Equal("running", (await served.Status()).GetProperty("phase").GetString());
    }

    // On a busy machine a training may be over before the browser is there.
    private static async Task<Served> Waiting()
    {
        Served served = Served.Start("play");
        await served.Do("pause");
        return served;
    }

    private static Task<string> Picture(IPage page, string canvas) => page.EvaluateAsync<string>("s => document.querySelector(s).toDataURL()", canvas);
}
