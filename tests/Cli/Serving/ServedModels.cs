using System.Globalization;
using System.Text;
using System.Text.Json;
using Nn.Networks;

namespace Nn.Tests.Cli.Serving;

/// <summary>Models to serve, trained once, and what <c>nn predict</c> says of them.</summary>
public sealed class ServedModels : IDisposable
{
    private const string Birds = """
        model m { dense 6, tanh; dense classes, softmax }
        data d { csv "birds.csv"; target kind; split 80/20; normalize standard }
        train { loss cross_entropy; optimizer adam(lr: 0.05); epochs 10; batch 16 }
        """;

    // Two numbers and a picture go in, a number and a class come out.
    private const string Digits = """
        model m { flatten; dense 16, relu; dense classes, softmax }
        data d { builtin digits, samples: 200, seed: 1; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 1; batch 32 }
        """;

    private const string Tags = """
        model tagger { embed 4; gru 4; dense classes, softmax }
        data d { tags "s.conll" }
        train tagger on d { loss cross_entropy; optimizer adam(lr: 0.05); epochs 20; batch all }
        """;

    public ServedModels()
    {
        var random = new Random(3);
        var table = new StringBuilder("island,mass,wing,kind\n");
        for (int i = 0; i < 120; i++)
        {
            int kind = random.Next(3);
            string mass = i % 20 == 7 ? "" : (3 + kind + random.NextSingle()).ToString("F3", CultureInfo.InvariantCulture);
            string wing = (18 + 2 * kind + random.NextSingle()).ToString("F3", CultureInfo.InvariantCulture);
            table.Append(CultureInfo.InvariantCulture,
                $"{(random.Next(2) == 0 ? "Dream" : "Biscoe")},{mass},{wing},{new[] { "adelie", "chinstrap", "gentoo" }[kind]}\n");
        }

        Folder.Write("birds.csv", table.ToString());
        Folder.Write("s.conll", "Anna PER\nsings O\n\nsings O\nin O\nOslo LOC\n\nAnna PER\nin O\nOslo LOC\nsings O\n");
        Train("birds.nn", Birds, 1, Table);
        Train("birds.nn", Birds, 2, OtherTable);
        Train("digits.nn", Digits, 1, Pictures);
        Train("tags.nn", Tags, 1, Sentences);
    }

    public ScriptFolder Folder { get; } = new();

    /// <summary>Rows of a table with words and gaps: island (Biscoe, Dream), mass, wing; three classes.</summary>
    public string Table => Folder.File("birds.safetensors");

    /// <summary>The same with other weights.</summary>
    public string OtherTable => Folder.File("other.safetensors");

    /// <summary>Pictures of digits.</summary>
    public string Pictures => Folder.File("digits.safetensors");

    /// <summary>Sentences with a tag for each word.</summary>
    public string Sentences => Folder.File("tags.safetensors");

    /// <summary>What <c>nn predict</c> says, an object for each sample.</summary>
    internal JsonElement[] Predict(string model, params string[] inputs) =>
        [.. Folder.Run(["predict", model, "--json", .. inputs]).Good().Lines.Select(l => JsonDocument.Parse(l).RootElement)];

    /// <summary>The numbers of an answer, in the order of their names in it.</summary>
    internal static float[] Numbers(JsonElement answer) => [.. answer.GetProperty("output").EnumerateObject().Select(p => p.Value.GetSingle())];

    public void Dispose() => Folder.Dispose();

    private void Train(string name, string script, uint seed, string model)
    {
        using var net = Network.Load(Folder.Write(name, script), new NetworkOptions { Device = "cpu", Seed = seed });
        net.Train();
        net.Save(model);
    }
}
