using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Layers that learn from the data without a gradient, or start from them.</summary>
internal static class ClassicLayers
{
    /// <summary>The rows of the table.</summary>
    public static StandardLayer[] Rows =>
    [
        new("kmeans", [new("clusters", OptionKind.Whole, null, "number of centroids"), new("init", OptionKind.Initializer, "kmeans_plus_plus", Meanings.Init)],
            "the squared distance to each of some centroids, which start at samples of the training data; with loss inertia", "kmeans 3", KMeans),
        new("pca", [new("components", OptionKind.Whole, null, "number of principal components")],
            "the principal components of the training data: the directions in which they vary most, from their mean; not trained", "pca 2",
            PrincipalComponents),
    ];

    private static Node KMeans(LayerCall c)
    {
        GraphBuilder g = c.Graph;
        int clusters = c.Whole("clusters"), features = checked((int)c.Sample.Count);
        Node centroids = c.Tensor("centroids", new Shape(clusters, features), ParameterKind.Weight, c.Init(new Initializer(InitializerKind.KMeansPlusPlus)),
            features, clusters);
        Node d = g.Sub(g.Reshape(c.Input, new Shape(c.Input.Shape[0], 1, features)), centroids);
        return g.Reshape(g.Sum(g.Mul(d, d), new Shape(-1)), new Shape(c.Input.Shape[0], clusters));
    }

    private static Node PrincipalComponents(LayerCall c)
    {
        GraphBuilder g = c.Graph;
        int components = c.Whole("components"), features = checked((int)c.Sample.Count);
        if (components > features)
            throw BindError.OutOfRange(c.SpanOf("components"), "pca", components, $"at most {features}, the number of features before it");
        Parameter mean = c.Stored("mean", new Shape(features), ParameterKind.State, new Initializer(InitializerKind.DataMean), features, features);
        Parameter directions = c.Stored("components", new Shape(features, components), ParameterKind.State,
            new Initializer(InitializerKind.PrincipalComponents), features, components);
        Node x = g.Reshape(c.Input, new Shape(c.Input.Shape[0], features));
        return g.MatMul(g.Sub(x, c.Scope.Read(mean)), c.Scope.Read(directions));
    }
}
