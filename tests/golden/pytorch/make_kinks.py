#!/usr/bin/env python3
"""Slopes that PyTorch takes where functions of the prelude have none, or two: at kinks, and of lengths of 0. Debian: apt-get install python3-torch

    /usr/bin/python3 make_kinks.py        writes kinks.json beside this file
"""
import json
import os
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
POINTS = [-6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0]

ACTIVATIONS = {
    "identity": lambda x: x, "relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.1), "elu": F.elu, "selu": F.selu, "gelu": F.gelu, "silu": F.silu,
    "softsign": F.softsign, "hard_sigmoid": F.hardsigmoid, "mish": F.mish, "clamp": lambda x: torch.clamp(x, 0, 1),
}

# A loss, what it is told before the prediction's gradient is taken, and PyTorch's of the same name; hinge is the two-class form of multi_margin_loss.
LOSSES = {
    "mae": lambda p, y: F.l1_loss(p, y, reduction="none"),
    "huber": lambda p, y: F.huber_loss(p, y, reduction="none"),
    "hinge": lambda p, y: F.relu(1 - y * p),
    "mse": lambda p, y: F.mse_loss(p, y, reduction="none"),
    "half_squared": lambda p, y: F.mse_loss(p, y, reduction="none") / 2,
    "log_cosh": lambda p, y: torch.log(torch.cosh(p - y)),
}


def slope(f, *given):
    x = torch.tensor(given[0]).requires_grad_()
    f(x, *[torch.tensor(g) for g in given[1:]]).sum().backward()
    return x.grad.flatten().tolist()


def main():
    activations = {name: {"x": POINTS, "grad": slope(f, POINTS)} for name, f in ACTIVATIONS.items()}
    # Of one feature each, so that a mean over the features is the value itself: equal, and 1 apart (delta of huber, margin of hinge).
    p, y = [1.0, 0.0, -1.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0, -1.0]
    losses = {name: {"p": p, "y": y, "grad": slope(f, p, y)} for name, f in LOSSES.items()}

    # Rows of anchor, positive and negative: all equal; positive equal; the margin just reached; beyond it.
    a, b, n = [[0.0, 0.0]] * 4, [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [0.0, 3.0]]

    def triplet(x, positive, negative):
        return torch.clamp((x - positive).norm(dim=1) - (x - negative).norm(dim=1) + 1, min=0)

    def contrastive(x, other, same):
        d = (x - other).norm(dim=1)
        return same * d ** 2 + (1 - same) * torch.clamp(1 - d, min=0) ** 2

    same = [1.0, 0.0, 0.0, 0.0]
    vectors = {
        "triplet": {"a": a, "b": b, "n": n, "grad": slope(triplet, a, b, n)},
        "contrastive": {"a": a, "b": [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.25, 0.0]], "n": same,
                        "grad": slope(contrastive, a, [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.25, 0.0]], same)},
        "norm": {"a": [[0.0, 0.0], [3.0, 4.0]], "b": [], "n": [], "grad": slope(lambda x: x.norm(dim=1), [[0.0, 0.0], [3.0, 4.0]])},
    }
    out = {"torch": torch.__version__, "activations": activations, "losses": losses, "vectors": vectors}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "kinks.json"), "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


main()
