using System.Text.Json;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Metrics beside those of tests/golden/metrics/make_metrics.py, which counts pairs and classes by the definitions.</summary>
public class MetricGoldenTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Checkout.File("tests", "golden", "metrics", "metrics.json"))).RootElement;

    public static TheoryData<string> Cases => [.. Golden.EnumerateObject().Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Metrics_are_what_their_definitions_say(string name)
    {
        JsonElement c = Golden.GetProperty(name);
        float[] outputs = Floats(c.GetProperty("outputs"));
        int[]? classes = c.TryGetProperty("classes", out JsonElement k) ? [.. k.EnumerateArray().Select(v => v.GetInt32())] : null;
        float[]? values = c.TryGetProperty("values", out JsonElement v) ? Floats(v) : null;
        bool labels = c.TryGetProperty("labels", out _);
        // Accuracy is summed on the device: LabelTests.
        foreach (JsonProperty m in c.GetProperty("expected").EnumerateObject().Where(m => m.Name != "accuracy"))
            Assert.Equal(m.Value.GetDouble(), HostMetrics.Compute(m.Name, outputs, c.GetProperty("width").GetInt32(), classes, values, labels), 6);
    }

    private static float[] Floats(JsonElement e) => [.. e.EnumerateArray().Select(v => (float)v.GetDouble())];
}
