using Nn.Graphs;

namespace Nn.Exchange.Weights;

/// <summary>
/// Tensors of recurrent layers, which PyTorch names otherwise and keeps with two biases. The order of the gates is the same: input, forget, cell, output;
/// reset, update, new.
/// </summary>
internal static class Recurrent
{
    private const string Reverse = "_reverse";

    /// <summary>The names there of what a tensor is made from; null for tensors of other layers.</summary>
    public static string[]? Roles(WeightPlace place)
    {
        if (place.Layer is not ("rnn" or "gru" or "lstm")) return null;
        string suffix = place.Role.EndsWith(Reverse, StringComparison.Ordinal) ? Reverse : "";
        string[] names = place.Role[..^suffix.Length] switch
        {
            "weight" => ["weight_ih_l0"],
            "recurrent" => ["weight_hh_l0"],
            "bias" => ["bias_ih_l0", "bias_hh_l0"],
            "bias_inner" => ["bias_hh_l0"],
            _ => [],
        };
        return [.. names.Select(n => n + suffix)];
    }

    /// <summary>Whether a tensor is a part of one there.</summary>
    public static bool Splits(WeightPlace place) => place.Layer == "gru" && place.Role.StartsWith("bias_inner", StringComparison.Ordinal);

    /// <summary>A bias from the two there: their sum, but for the new state of a gru, whose inner bias stands alone.</summary>
    public static (float[] Values, string How)? Join(WeightPlace place, ForeignTensor[] from)
    {
        int units = (int)place.Parameter.Shape.Count / (place.Layer == "gru" && !Splits(place) ? 3 : 1);
        if (Splits(place)) return from[0].Shape == new Shape(3 * units) ? (from[0].Values[(2 * units)..], "last third") : null;
        if (from.Length != 2 || from.Any(t => t.Shape != place.Parameter.Shape)) return null;
        int summed = place.Layer == "gru" ? 2 * units : units;
        return ([.. from[0].Values.Select((v, i) => i < summed ? v + from[1].Values[i] : v)], place.Layer == "gru" ? "sum of the first two thirds" : "sum");
    }
}
