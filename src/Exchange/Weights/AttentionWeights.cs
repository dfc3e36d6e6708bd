using System.Text.RegularExpressions;
using Nn.Graphs;

namespace Nn.Exchange.Weights;

/// <summary>
/// Tensors of attention and of whole transformer blocks, which other programs spread over several modules under names of their own. Most are known by their
/// shapes; the projections of queries, keys and values, where these are three, by their names.
/// </summary>
internal static partial class AttentionWeights
{
    /// <summary>Whether a layer is one of these.</summary>
    public static bool Is(string layer) => layer is "attention" or "transformer";

    /// <summary>
    /// Which tensors under a module each tensor of a layer is made from, none where the module has no bias; null where they do not fit.
    /// </summary>
    public static Dictionary<WeightPlace, ForeignTensor[]>? Sources(
        WeightPlace[] layer, string module, IEnumerable<ForeignTensor> tensors, WeightConvention convention)
    {
        ForeignTensor[] under = [.. Under(module, tensors)];
        Dictionary<string, WeightPlace> places = layer.ToDictionary(p => p.Role);
        if (layer[0].Layer == "attention") return places.ContainsKey("qkv_weight") ? Attention(places, "", under, convention) : null;
        if (!places.ContainsKey("attention_qkv_weight")) return null;
        // The module within, all of whose tensors are those of attention.
        foreach (string inner in Prefixes(under).Where(p => p.Length > module.Length).OrderBy(p => p.Length))
        {
            ForeignTensor[] own = [.. Under(inner, under)];
            if (Attention(places, "attention_", own, convention) is { } attention) return Rest(places, attention, [.. under.Except(own)], convention);
        }

        return null;
    }

    /// <summary>Whether a tensor is no weight but a mask: ones below a diagonal, else zeros.</summary>
    public static bool IsMask(ForeignTensor t)
    {
        Shape s = t.Shape;
        if (s.Rank < 2 || s[-1] != s[-2] || s.Count != (long)s[-1] * s[-1] || s[-1] < 2) return false;
        return !t.Values.Where((v, i) => v != (i % s[-1] <= i / s[-1] ? 1 : 0)).Any();
    }

    /// <summary>All modules that tensors are in, and those around them.</summary>
    public static IEnumerable<string> Prefixes(IEnumerable<ForeignTensor> tensors) =>
        tensors.SelectMany(t => t.Name.Select((c, i) => (c, i)).Where(p => p.c == '.').Select(p => t.Name[..p.i]).Prepend("")).Distinct();

    /// <summary>The values of several tensors side by side, or zeros for none.</summary>
    public static (float[] Values, string How)? Join(WeightPlace place, ForeignTensor[] from, WeightConvention convention)
    {
        Shape shape = place.Parameter.Shape;
        if (from.Length == 0) return shape.Rank == 1 ? (new float[shape.Count], "zeros, for it has none") : null;
        int rows = shape.Rank == 1 ? 1 : shape[0], columns = shape[-1] / from.Length;
        if (from.Any(t => t.Shape.Count != (long)rows * columns)) return null;
        bool transposed = shape.Rank == 2 && convention == WeightConvention.ChannelsFirst;
        IEnumerable<float> Row(ForeignTensor t, int r) => Enumerable.Range(0, columns).Select(c => t.Values[transposed ? c * rows + r : r * columns + c]);
        float[] values = [.. Enumerable.Range(0, rows).SelectMany(r => from.SelectMany(t => Row(t, r)))];
        return (values, transposed ? "transposed, side by side" : "side by side");
    }

    private static IEnumerable<ForeignTensor> Under(string module, IEnumerable<ForeignTensor> tensors) =>
        tensors.Where(t => module.Length == 0 || t.Name.StartsWith(module + ".", StringComparison.Ordinal));

    private static Dictionary<WeightPlace, ForeignTensor[]>? Attention(
        Dictionary<string, WeightPlace> places, string prefix, ForeignTensor[] tensors, WeightConvention convention)
    {
        int width = places[prefix + "out_weight"].Parameter.Shape[0];
        ForeignTensor[] weights = [.. tensors.Where(t => t.Shape.Rank == 2)];
        Shape joint = convention == WeightConvention.ChannelsFirst ? new Shape(3 * width, width) : new Shape(width, 3 * width);
        ForeignTensor[] all = [.. weights.Where(t => t.Shape == joint)], square = [.. weights.Where(t => t.Shape == new Shape(width, width))];
        ForeignTensor[] inputs, output;
        if (all.Length == 1 && square.Length == 1 && weights.Length == 2) (inputs, output) = (all, square);
        else if (square.Length == 4 && weights.Length == 4)
        {
            static bool Says(string part, char letter) => Projection().Match(part) is { Success: true } m && m.Groups[1].Value[0] == letter;
            ForeignTensor?[] three = [.. "qkv".Select(letter => square.SingleOrDefault(t => t.Name.Split('.').Any(part => Says(part, letter))))];
            if (three.Contains(null)) return null;
            inputs = [.. three.OfType<ForeignTensor>()];
            output = [.. square.Except(inputs)];
        }
        else return null;

        if (output.Length != 1 || Biases(inputs) is not { } inputBiases || Biases(output) is not { } outputBiases) return null;
        if (inputs.Length + output.Length + inputBiases.Length + outputBiases.Length != tensors.Length) return null;
        return new()
        {
            [places[prefix + "qkv_weight"]] = inputs,
            [places[prefix + "qkv_bias"]] = inputBiases,
            [places[prefix + "out_weight"]] = output,
            [places[prefix + "out_bias"]] = outputBiases,
        };

        // Those of all, or none.
        ForeignTensor[]? Biases(ForeignTensor[] of)
        {
            ForeignTensor[] found =
                [.. of.Select(w => tensors.FirstOrDefault(t => t.Shape.Rank == 1 && t.Name == Last().Replace(w.Name, "bias"))).OfType<ForeignTensor>()];
            long count = found.Sum(t => t.Shape.Count);
            return found.Length == 0 || (found.Length == of.Length && count == (of == output ? width : 3 * width)) ? found : null;
        }
    }

    // Two norms and two dense layers, in the order of their names where shapes do not tell.
    private static Dictionary<WeightPlace, ForeignTensor[]>? Rest(
        Dictionary<string, WeightPlace> places, Dictionary<WeightPlace, ForeignTensor[]> found, ForeignTensor[] tensors, WeightConvention convention)
    {
        IGrouping<string, ForeignTensor>[] modules = [.. tensors.OrderBy(t => t.Name, NaturalOrder.Instance).GroupBy(t => t.Module)];
        Shape first = places["dense_1_weight"].Parameter.Shape, second = places["dense_2_weight"].Parameter.Shape;
        Shape There(Shape s) => convention == WeightConvention.ChannelsFirst ? new Shape(s[1], s[0]) : s;
        bool Takes(IGrouping<string, ForeignTensor> m, Shape shape) => m.Any(t => t.Shape == There(shape));
        var norms = modules.Where(m => m.All(t => t.Shape.Rank == 1)).ToArray();
        var dense = modules.Except(norms).OrderBy(m => Takes(m, first) ? 0 : 1).ToArray();
        if (norms.Length != 2 || dense.Length != 2 || !Takes(dense[0], first) || !Takes(dense[1], second)) return null;
        for (int i = 0; i < 2; i++)
        {
            ForeignTensor? Named(IGrouping<string, ForeignTensor> m, params string[] roles) => m.FirstOrDefault(t => roles.Contains(t.Role));
            if (Named(norms[i], "weight", "gamma", "scale") is not { } scale || scale.Shape.Count != first[0] || norms[i].Count() > 2 || dense[i].Count() > 2)
                return null;
            ForeignTensor? shift = Named(norms[i], "bias", "beta", "shift"), bias = Named(dense[i], "bias");
            ForeignTensor? weight = dense[i].FirstOrDefault(t => t.Shape.Rank == 2);
            if (weight is null || (shift is null && norms[i].Count() == 2) || (bias is null && dense[i].Count() == 2)) return null;
            found[places[$"norm_{i + 1}_scale"]] = [scale];
            found[places[$"norm_{i + 1}_shift"]] = shift is null ? [] : [shift];
            found[places[$"dense_{i + 1}_weight"]] = [weight];
            found[places[$"dense_{i + 1}_bias"]] = bias is null ? [] : [bias];
        }

        return found;
    }

    [GeneratedRegex("^(?:w_?|to_|lin_)?(q|k|v|query|key|value)s?(?:_?(?:proj|projection|lin|linear|layer))?$", RegexOptions.IgnoreCase)]
    private static partial Regex Projection();

    [GeneratedRegex("(weight|kernel)$")]
    private static partial Regex Last();
}
