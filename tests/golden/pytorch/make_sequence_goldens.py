#!/usr/bin/env python3
"""Numbers from PyTorch for recurrent layers, in double precision: values, gradients, and training steps of a small network of each kind.

    /usr/bin/python3 make_sequence_goldens.py        writes sequence_goldens.json beside this file
"""
import json
import os
import torch
import torch.nn as nn
import torch.nn.functional as F
from make_goldens import hashed, lst

KINDS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def shapes(kind, features, units, both):
    """Tensors of a layer in the order in which the project makes them; one bias, and for gru that inside of the reset gate."""
    out = {}
    for end in ("", "_reverse") if both else ("",):
        out["weight" + end], out["recurrent" + end], out["bias" + end] = (features, GATES[kind] * units), (units, GATES[kind] * units), (GATES[kind] * units,)
        if kind == "gru":
            out["bias_inner" + end] = (units,)
    return out


def filled(shape, seed, bound=0.5):
    count = 1
    for d in shape:
        count *= d
    return hashed(count, seed, -bound, bound).reshape(shape).requires_grad_()


def run(kind, x, p, units, last, both, activation="tanh"):
    """PyTorch's own layer with these weights."""
    layer = KINDS[kind](x.shape[-1], units, batch_first=True, bidirectional=both, **({"nonlinearity": activation} if kind == "rnn" else {}))
    weights = []
    for end in ("", "_reverse") if both else ("",):
        inner = torch.zeros(GATES[kind] * units)
        inner = torch.cat([inner[: 2 * units], p["bias_inner" + end]]) if kind == "gru" else inner
        weights += [p["weight" + end].T, p["recurrent" + end].T, p["bias" + end], inner]
    layer._flat_weights = [w.contiguous() for w in weights]
    y, state = layer(x)
    if not last:
        return y
    state = state[0] if kind == "lstm" else state
    return torch.cat(list(state), -1)


CASES = [
    ("rnn 5", "rnn", (3, 4, 6), 5, {}), ("rnn 5, relu, last", "rnn", (3, 4, 6), 5, {"last": True, "activation": "relu"}), ("rnn 4, bidirectional", "rnn", (2, 7, 3), 4, {"both": True}),
    ("gru 5", "gru", (3, 4, 6), 5, {}), ("gru 16, last", "gru", (7, 3, 5), 16, {"last": True}), ("gru 4, last, bidirectional", "gru", (2, 5, 3), 4, {"last": True, "both": True}),
    ("lstm 5", "lstm", (3, 4, 6), 5, {}), ("lstm 5, last", "lstm", (3, 4, 6), 5, {"last": True}), ("lstm 16", "lstm", (1, 6, 7), 16, {}), ("lstm 7", "lstm", (1, 1, 1), 7, {}),
    ("lstm 4, bidirectional", "lstm", (2, 5, 3), 4, {"both": True}), ("lstm 17, bidirectional, last", "lstm", (7, 2, 5), 17, {"both": True, "last": True}),
]


def layers():
    out = []
    for model, kind, shape, units, how in CASES:
        both, last = how.get("both", False), how.get("last", False)
        x = hashed(shape[0] * shape[1] * shape[2], 51, -1, 1).reshape(shape).requires_grad_()
        p = {n: filled(s, 60 + i) for i, (n, s) in enumerate(shapes(kind, shape[2], units, both).items())}
        y = run(kind, x, p, units, last, both, how.get("activation", "tanh"))
        (y * hashed(y.numel(), 52, -1, 1).reshape(y.shape)).sum().backward()
        out.append({"model": model, "input": list(shape), "output": list(y.shape), "y": lst(y), "dx": lst(x.grad), "gradients": {n: lst(v.grad) for n, v in p.items()}})
    return out


def training():
    """Two layers of each kind, the second to the last state: adamw with a bound on the norm of the gradient, from given weights."""
    out = {}
    for kind in KINDS:
        time, features, units, classes, batch = 6, 5, 8, 4, 4
        parts = {f"{kind}_{k}.{n}": s for k, width in ((1, features), (2, 2 * units)) for n, s in shapes(kind, width, units, k == 1).items()}
        parts["dense_1.weight"], parts["dense_1.bias"] = (units, classes), (classes,)
        p = {n: filled(s, 500 + i) for i, (n, s) in enumerate(parts.items())}
        xs, ys = hashed(10 * batch * time * features, 600, -1, 1).reshape(-1, time, features), torch.tensor([(i * 7 + i // 3) % classes for i in range(10 * batch)])
        opt, losses = torch.optim.AdamW(p.values(), lr=1e-2, weight_decay=0.01), []
        for k in range(10):
            h = xs[batch * k:batch * k + batch]
            for n, last in ((1, False), (2, True)):
                h = run(kind, h, {name.split(".")[1]: v for name, v in p.items() if name.startswith(f"{kind}_{n}.")}, units, last, n == 1)
            loss = F.cross_entropy(h @ p["dense_1.weight"] + p["dense_1.bias"], ys[batch * k:batch * k + batch])
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(p.values(), 1.0)
            opt.step()
            losses.append(float(loss))
        out[kind] = {"losses": losses, "parameters": {n: lst(v) for n, v in p.items()}}
    return out


if __name__ == "__main__":
    data = {"torch": torch.__version__, "layers": layers(), "training": training()}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sequence_goldens.json"), "w") as f:
        json.dump(data, f, separators=(",", ":"))
        f.write("\n")
