"""Writes weighted-losses.json: the losses and gradients of PyTorch where classes or samples count differently."""
import json
import os
import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(11)
samples, classes = 9, 3
x = torch.randn(samples, 4, generator=generator)
y = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
importance = torch.rand(samples, generator=generator) + 0.25
w = torch.randn(4, classes, generator=generator) * 0.5
b = torch.randn(classes, generator=generator) * 0.5


def case(name, loss):
    weight, bias = w.clone().requires_grad_(), b.clone().requires_grad_()
    value = loss(x @ weight + bias)
    value.backward()
    return {"name": name, "loss": value.item(), "weight": weight.grad.flatten().tolist(), "bias": bias.grad.tolist()}


counts = torch.bincount(y, minlength=classes).double()
balanced = samples / (classes * counts)
cross_entropy = torch.nn.functional.cross_entropy
cases = [
    case("cross_entropy, weights: balanced", lambda z: cross_entropy(z, y, weight=balanced)),
    case("cross_entropy, weights: [1, 3, 0.5]", lambda z: cross_entropy(z, y, weight=torch.tensor([1.0, 3.0, 0.5]))),
    case("cross_entropy, weights: importance", lambda z: (cross_entropy(z, y, reduction="none") * importance).sum() / importance.sum()),
    case("cross_entropy(smoothing: 0.1)", lambda z: cross_entropy(z, y, label_smoothing=0.1)),
]
file = {"x": x.tolist(), "y": y.tolist(), "importance": importance.tolist(), "weight": w.flatten().tolist(), "bias": b.tolist(), "balanced": balanced.tolist(),
        "cases": cases}
with open(os.path.join(os.path.dirname(__file__), "weighted-losses.json"), "w") as out:
    json.dump(file, out, indent=1)
    out.write("\n")
