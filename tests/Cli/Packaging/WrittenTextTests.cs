using System.Text.Json;
using Nn.Networks;
using Nn.Tests.Cli.Serving;

namespace Nn.Tests.Cli.Packaging;

/// <summary>A model that writes a text for a text gives the same one however it is asked.</summary>
public sealed class WrittenTextTests : IDisposable
{
    private const string Script = """
        model encoder { embed 16; positions sine; transformer 2 }
        model decoder(words, memory) {
          from words
          embed 16
          positions sine
          transformer 2, causal, memory: memory
          dense symbols(target), softmax
        }
        data d { pairs "greetings.tsv"; tokens words, start: true, end: true }
        train decoder on d {
          loss       cross_entropy(decoder(shifted(target), encoder(source)), target)
          optimizer  adam(lr: 1e-2)
          epochs     40
          batch      4
          metrics    exact
        }
        """;

    private const string Pairs = "good morning\tbonjour\ngood night\tbonne nuit\nsee you soon\tà bientôt\nthank you\tmerci\n"
        + "thank you very much\tmerci beaucoup\n"
        + "good luck\tbonne chance\n";

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_the_same_from_a_program_a_command_a_server_and_the_checkpoint_alone()
    {
        _folder.Write("greetings.tsv", Pairs);
        string file = _folder.Write("greetings.nn", Script), saved = _folder.File("greetings.safetensors");
        using Network net = Network.Load(file, new NetworkOptions { Device = "cpu" });
        net.Train();
        net.Save(saved);
        Dictionary<string, string> pairs = Pairs.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(p => p.Split('\t')[0], p => p.Split('\t')[1]);
        // Six pairs are learnt by heart.
        foreach ((string source, string target) in pairs) Assert.Equal(target, net.Write(source));
        using Predictor predictor = net.ToPredictor(), opened = Predictor.Open(saved, new NetworkOptions { Device = "cpu" });
        foreach ((string source, string target) in pairs)
        {
            Assert.Equal(target, predictor.Write(source));
            Assert.Equal(target, opened.Write(source));
        }

        Assert.Equal(net.Predict(1, 2), opened.Predict(1, 2));
        Assert.Equal(["merci beaucoup"], Nn.Run("predict", file, "--model", saved, "thank you very much", "--device", "cpu").Good().Lines);
        Assert.Equal(["merci beaucoup"], Nn.Run("predict", saved, "thank", "you", "very", "much", "--device", "cpu").Good().Lines);
        Outcome all = Nn.Run("predict", file, "--model", saved, "--json", "--device", "cpu").Good();
        Assert.Equal(pairs.Values.Order(), all.Lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!).Order());
        // Sources are longer and shorter than what is written for them.
        using var server = new RunningServer(saved);
        foreach ((string source, string target) in pairs)
            Assert.Equal(target, (await server.Post("predict", JsonSerializer.Serialize(new { source }))).GetProperty("text").GetString());
        JsonElement together = await server.Post("predict", JsonSerializer.Serialize(pairs.Keys.Select(source => new { source })));
        Assert.Equal(pairs.Values, together.EnumerateArray().Select(a => a.GetProperty("text").GetString()!));
        // What the model has never seen is an unknown word, and what is too long is told.
        Assert.NotEmpty(net.Write("good afternoon"));
        Assert.Contains("a sequence may have 4 places", Assert.Throws<NnException>(() => net.Write("see you soon very much")).Message);
        Nn.Run("generate", saved).Fails(ExitCode.Usage, "writes a text for a text");
        Assert.Contains("a sample: source up to 4 words, each one of", _folder.Run("data", "greetings.nn").Good().Out);
        // A text may look like a file or a number; it is an unknown word then.
        string unknown = net.Write("never");
        foreach (string text in new[] { "03.03.2021", "a.png", "notes.txt", "3.5" }) Assert.Equal([unknown], Nn.Run("predict", saved, text).Good().Lines);
    }

    [Fact]
    public void A_model_that_writes_no_text_says_so()
    {
        using Network net = Network.Load(Nn.Example("xor.nn"), new NetworkOptions { Device = "cpu" });
        Assert.Contains("does not write a text for a text", Assert.Throws<ArgumentException>(() => net.Write("0 1")).Message);
    }
}
