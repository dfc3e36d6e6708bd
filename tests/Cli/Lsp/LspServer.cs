namespace Nn.Tests.Cli.Lsp;

/// <summary>A server for the tests of a class, with a cache of its own.</summary>
public sealed class LspServer : IDisposable
{
    /// <summary>A script with a little of everything.</summary>
    public const string Net = """
        # Two layers.
        let hidden = 4 * 4
        fn swish(x, beta = 1) = x * sigmoid(beta * x)
        block unit(n) { dense n, swish; dropout 0.1 }
        model net {
          input 28x28x1
          conv 6, 5x5, same, relu
          maxpool 2x2
          flatten
          first = dense hidden, bias: false
          residual { unit hidden }
          repeat 2 as i { dense hidden + i - i }
          add first
          dense classes, softmax
        }
        data strokes { builtin digits, samples: 300; split 80/20 }
        train net on strokes { loss cross_entropy + 1e-4 * l2(first); optimizer adam(lr: 1e-3); epochs 2; batch 30 }
        search random, trials: 3 { hidden in [8, 16] }

        """;

    private readonly ScriptFolder _cache = new();

    public LspServer() => Client = LspClient.Start(cache: _cache.Path);

    public LspClient Client { get; }

    public void Dispose()
    {
        Client.Dispose();
        foreach (string f in Directory.GetFiles(_cache.Path)) File.SetAttributes(f, FileAttributes.Normal);
        _cache.Dispose();
    }
}
