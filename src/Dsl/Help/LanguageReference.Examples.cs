using Nn.Ops;

namespace Nn.Dsl;

public static partial class LanguageReference
{
    // Lines with functions that are neither an activation by themselves nor a loss of prediction and target.
    private static readonly Dictionary<string, string> FunctionExamples = new(
        ElementwiseOps.Functions.Select(o => KeyValuePair.Create(o.Function!.Word, o.Function.Example))
            .Concat(OpTable.All.Where(o => o.Word is not null).Select(o => KeyValuePair.Create(o.Word!.Word, o.Word.Example))))
    {
        ["min"] = "fn capped(x) = min(max(x, 0), 6)",
        ["max"] = "fn capped(x) = min(max(x, 0), 6)",
        ["mean"] = "fn centred(x) = x - mean(x)",
        ["var"] = "fn scaled(x) = x / sqrt(var(x) + 1e-5)",
        ["norm"] = "fn unit(x) = x / (norm(x) + 1e-6)",
        ["size"] = "fn average(x) = sum(x) / size(x)",
        ["target"] = "fn error(p, y) = mean(abs(p - target(y, p)))",
        ["normal"] = "loss mse(net(x + 0.1 * normal(6)), y)",
        ["uniform"] = "loss mse(net(x + 0.1 * uniform(6)), y)",
        ["concat"] = "fn with_mean(x) = concat(x, mean(x))",
        ["shifted"] = "loss cross_entropy(decoder(shifted(target), encoder(source)), target)",
        ["transpose"] = "fn gram(x) = transpose(x) @ x",
        ["gather"] = "fn row(x) = gather([[0, 1], [1, 0], [1, 1], [0, 0]], argmax(x))",
        ["zeros"] = "fn padded(x) = concat(x, zeros(2))",
        ["ones"] = "fn with_one(x) = concat(x, ones(1))",
        ["sort"] = "fn median(x) = sort(x)[.., size(x) / 2]",
        ["top"] = "fn keep_best(x, k = 2) = if x < top(x, k)[.., k - 1] then 0 else x",
        ["clamp"] = "fn relu6(x) = clamp(x, 0, 6)",
        ["sinh"] = "fn exact(p) = sin(pi * p[0]) * sinh(pi * p[1]) / sinh(pi)",
        ["cosh"] = "fn sech(x) = 1 / cosh(x)",
        ["grad"] = "loss mse(net(x), y) + 0.1 * norm(grad(sum(net(x)), by: x), over: all) ^ 2",
        ["divergence"] = "loss divergence(x * sum(net(x)), by: x) ^ 2",
        ["laplacian"] = "loss laplacian(sum(net(x)), by: x) ^ 2",
        ["loss"] = "optimizer climb(step = 0.1) { v = w + step * normal(); w = if loss(v) < loss(w) then v else w }",
        [Alignments.Name] = "loss ctc",
        ["triplet"] = "loss triplet(net(x[0..2]), net(x[2..4]), net(x[4..6]))",
        ["contrastive"] = "loss contrastive(net(x[0..3]), net(x[3..6]), y)",
        ["inertia"] = "loss inertia(net(x))",
        ["nearest"] = "nearest",
        ["filled"] = "optimizer average(lr = 0.1) { state m = 0; m = 0.9 * m + 0.1 * g; w -= lr * m / filled(0.9, t) }",
        ["metropolis_move"] = "optimizer walk(step = 0.1) { w = metropolis_move(w, step, 0.01) }",
    };
}
