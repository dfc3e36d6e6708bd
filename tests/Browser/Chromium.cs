using Microsoft.Playwright;

namespace Nn.Tests.Browser;

/// <summary>The system's Chromium, without a window; one for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const int Milliseconds = 30_000;

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where it is; null where there is none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Program is null) return;
        _playwright = await Playwright.CreateAsync();
        // Who may do everything may not have a sandbox.
        string[] arguments = Environment.UserName == "root" ? ["--no-sandbox"] : [];
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program, Args = arguments });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>A new page; where there is no Chromium, the test is skipped.</summary>
    internal async Task<Watched> Page(bool dark = false, int width = 1280, int height = 900)
    {
        Skip.If(_browser is null, "there is no Chromium on this machine");
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        // Much longer than it takes, for machines that have other things to do.
        context.SetDefaultTimeout(Milliseconds);
        Assertions.SetDefaultExpectTimeout(Milliseconds);
        return new Watched(context, await context.NewPageAsync());
    }
}

/// <summary>A page whose errors are remembered.</summary>
internal sealed class Watched : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    public Watched(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, m) =>
        {
            if (m.Type is "error" or "warning") _errors.Add(m.Text);
        };
        page.PageError += (_, e) => _errors.Add(e);
    }

    public IPage Page { get; }

    /// <summary>Nothing has gone wrong in the page's scripts so far.</summary>
    public void IsFine() => Assert.Empty(_errors);

    /// <summary>What has gone wrong so far, which then does not count.</summary>
    public string[] Forget()
    {
        string[] known = [.. _errors];
        _errors.Clear();
        return known;
    }

    /// <summary>How many colours a canvas shows, told apart by their upper bits.</summary>
    public Task<int> Colours(string canvas) => Page.EvaluateAsync<int>(
        """
        selector => {
          const c = document.querySelector(selector), seen = new Set();
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          for (let i = 0; i < d.length; i += 4) if (d[i + 3]) seen.add(d[i] >> 4 << 8 | d[i + 1] >> 4 << 4 | d[i + 2] >> 4);
          return seen.size;
        }
        """, canvas);

    /// <summary>Waits until something is true of the page.</summary>
    public Task Until(string condition) => Page.WaitForFunctionAsync(condition);

    public ValueTask DisposeAsync() => new(_context.CloseAsync());
}
