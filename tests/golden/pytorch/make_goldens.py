#!/usr/bin/env python3
"""Numbers from PyTorch that the tests compare with, in double precision. Debian: apt-get install python3-torch

    /usr/bin/python3 make_goldens.py        writes goldens.json beside this file
"""
import json
import os
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def hashed(count, seed, lo, hi):
    """Numbers in lo..hi from a 32-bit hash of position and seed, which any language can repeat; rounded to float32."""
    out = []
    for i in range(count):
        h = (i * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
        h ^= h >> 15
        h = (h * 2246822519) & 0xFFFFFFFF
        h ^= h >> 13
        out.append(lo + (hi - lo) * (h / 4294967296.0))
    return torch.tensor(out).float().double()


def lst(t):
    return [float(f"{v:.10g}") for v in t.detach().flatten().tolist()]


def activations():
    fs = {
        "identity": lambda x: x, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.1),
        "elu": F.elu, "selu": F.selu, "gelu": F.gelu, "silu": F.silu, "softplus": F.softplus, "softsign": F.softsign,
        "hard_sigmoid": F.hardsigmoid, "mish": F.mish, "softmax": lambda x: F.softmax(x, -1), "log_softmax": lambda x: F.log_softmax(x, -1),
        "clamp": lambda x: torch.clamp(x, 0, 1), "sinh": torch.sinh, "cosh": torch.cosh,
    }
    base = [-30.0, -8.5, -2.75, -1.0, -0.3, -1e-3, 1e-3, 0.4, 1.0, 2.25, 7.5, 25.0]
    out = {}
    for name, f in fs.items():
        x = torch.tensor(base).reshape(3, 4).float().double().requires_grad_()
        w = hashed(12, 1, -1, 1).reshape(3, 4)
        y = f(x)
        (y * w).sum().backward()
        out[name] = {"x": lst(x), "w": lst(w), "y": lst(y), "grad": lst(x.grad)}
    return out


def losses():
    out = {}

    def case(name, p, y, value, arguments=""):
        value.backward()
        out[name] = {"p": lst(p), "shape": list(p.shape), "y": y.tolist() if y.dtype == torch.int64 else lst(y), "classes": y.dtype == torch.int64,
                     "value": float(value), "grad": lst(p.grad), "arguments": arguments}

    def free(seed):
        return (hashed(12, seed, -2, 2).reshape(4, 3)).requires_grad_()

    def prob(seed):
        return hashed(12, seed, 0.05, 0.95).reshape(4, 3).requires_grad_()

    classes = torch.tensor([0, 2, 1, 2])
    onehot = F.one_hot(classes, 3).double()
    y = hashed(12, 9, -2, 2).reshape(4, 3)
    p = free(2); case("mse", p, y, F.mse_loss(p, y))
    p = free(2); case("mae", p, y, F.l1_loss(p, y))
    p = free(2); case("huber", p, y, F.huber_loss(p, y))
    p = free(2); case("log_cosh", p, y, torch.log(torch.cosh(p - y)).mean())
    p = free(2); case("half_squared", p, y, (0.5 * (y - p) ** 2).sum(1).mean())
    b = (hashed(12, 4, 0, 1).reshape(4, 3) > 0.5).double()
    p = prob(3); case("bce", p, b, F.binary_cross_entropy(p, b))
    q = prob(5).detach(); q = (q / q.sum(1, keepdim=True)).requires_grad_()
    case("cross_entropy", q, classes, F.nll_loss(torch.log(q), classes))
    q = q.detach().clone().requires_grad_(); case("cross_entropy one-hot", q, onehot, -(onehot * torch.log(q)).sum(1).mean())
    q = q.detach().clone().requires_grad_()
    case("cross_entropy smoothed", q, classes, -((onehot * 0.9 + 0.1 / 3) * torch.log(q)).sum(1).mean(), "smoothing: 0.1")
    p = free(6); case("nll", p, classes, F.nll_loss(p, classes))
    s = b * 2 - 1
    p = free(7); case("hinge", p, s, torch.clamp(1 - s * p, min=0).mean())
    t = hashed(12, 8, 0.1, 1).reshape(4, 3); t = t / t.sum(1, keepdim=True)
    q = q.detach().clone().requires_grad_(); case("kl", q, t, F.kl_div(torch.log(q), t, reduction="batchmean"))
    q = q.detach().clone().requires_grad_(); pt = (onehot * q).sum(1); case("focal", q, classes, (-(1 - pt) ** 2 * torch.log(pt)).mean())
    # Through the activation: the joint forms must hold where the separate ones overflow.
    z = torch.tensor([[-50.0, -3.0, 0.25], [50.0, 20.0, -0.5], [0.1, -20.0, 4.0], [30.0, -30.0, 0.0]]).requires_grad_()
    case("bce of sigmoid", z, b, F.binary_cross_entropy_with_logits(z, b))
    z = z.detach().clone().requires_grad_(); case("cross_entropy of softmax", z, classes, F.cross_entropy(z, classes))
    a, pp, n = [hashed(12, k, -1, 1).reshape(4, 3) for k in (11, 12, 13)]
    a = a.requires_grad_(); d = (a - pp).norm(dim=1) - (a - n).norm(dim=1) + 1
    v = torch.clamp(d, min=0).mean(); v.backward()
    out["triplet"] = {"p": lst(a), "shape": [4, 3], "y": lst(torch.cat([pp, n])), "classes": False, "value": float(v), "grad": lst(a.grad), "arguments": ""}
    a = a.detach().clone().requires_grad_(); same = torch.tensor([1.0, 0.0, 1.0, 0.0]); d = (a - pp).norm(dim=1)
    v = (same * d ** 2 + (1 - same) * torch.clamp(1 - d, min=0) ** 2).mean(); v.backward()
    out["contrastive"] = {"p": lst(a), "shape": [4, 3], "y": lst(torch.cat([pp.flatten(), same])), "classes": False, "value": float(v), "grad": lst(a.grad), "arguments": ""}
    return out


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, params, lr=1e-4, b1=0.9, b2=0.99, decay=0.0):
        super().__init__(params, dict(lr=lr, b1=b1, b2=b2, decay=decay))

    def step(self):
        for g in self.param_groups:
            for p in g["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                u = torch.sign(g["b1"] * m + (1 - g["b1"]) * p.grad)
                p.data -= g["lr"] * (u + g["decay"] * p.data)
                m.mul_(g["b2"]).add_(p.grad, alpha=1 - g["b2"])


class NAdam(torch.optim.Optimizer):
    """Dozat 2016. PyTorch 1.13's own multiplies the product of momenta by mu once too often for the next step; later releases do not."""

    def __init__(self, params, lr=2e-3, b1=0.9, b2=0.999, eps=1e-8, psi=4e-3):
        super().__init__(params, dict(lr=lr, b1=b1, b2=b2, eps=eps, psi=psi))

    def step(self):
        for d in self.param_groups:
            for p in d["params"]:
                s = self.state[p]
                if not s:
                    s.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p), c=1.0)
                s["t"] += 1
                mu, nxt = [d["b1"] * (1 - 0.5 * 0.96 ** (k * d["psi"])) for k in (s["t"], s["t"] + 1)]
                s["c"] *= mu
                s["m"] = d["b1"] * s["m"] + (1 - d["b1"]) * p.grad
                s["v"] = d["b2"] * s["v"] + (1 - d["b2"]) * p.grad ** 2
                m = (1 - mu) / (1 - s["c"]) * p.grad + nxt / (1 - s["c"] * nxt) * s["m"]
                p.data -= d["lr"] * m / ((s["v"] / (1 - d["b2"] ** s["t"])).sqrt() + d["eps"])


class Lamb(torch.optim.Optimizer):
    """You et al. 2020, algorithm 2, with bias correction and phi the identity; where a norm is 0 the ratio is 1."""

    def __init__(self, params, lr=1e-3, b1=0.9, b2=0.999, eps=1e-6, decay=0.01):
        super().__init__(params, dict(lr=lr, b1=b1, b2=b2, eps=eps, decay=decay))

    def step(self):
        for d in self.param_groups:
            for p in d["params"]:
                s = self.state[p]
                if not s:
                    s.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                s["t"] += 1
                s["m"] = d["b1"] * s["m"] + (1 - d["b1"]) * p.grad
                s["v"] = d["b2"] * s["v"] + (1 - d["b2"]) * p.grad ** 2
                m, v = s["m"] / (1 - d["b1"] ** s["t"]), s["v"] / (1 - d["b2"] ** s["t"])
                r = m / (v.sqrt() + d["eps"]) + d["decay"] * p.data
                ratio = p.data.norm() / r.norm() if p.data.norm() > 0 and r.norm() > 0 else 1.0
                p.data -= d["lr"] * ratio * r


def optimizers():
    """Ten steps on two tensors, of four and of two weights."""
    o = torch.optim
    cases = {
        "sgd(lr: 0.1)": lambda p: o.SGD(p, lr=0.1), "sgd(lr: 0.1, momentum: 0.9)": lambda p: o.SGD(p, lr=0.1, momentum=0.9),
        "sgd(lr: 0.1, momentum: 0.9, nesterov: true)": lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        "adagrad(lr: 0.1)": lambda p: o.Adagrad(p, lr=0.1), "adadelta(lr: 1)": lambda p: o.Adadelta(p, lr=1.0),
        "rmsprop(lr: 0.01)": lambda p: o.RMSprop(p, lr=0.01), "adam(lr: 0.01)": lambda p: o.Adam(p, lr=0.01),
        "adamw(lr: 0.01, decay: 0.1)": lambda p: o.AdamW(p, lr=0.01, weight_decay=0.1), "adamax(lr: 0.01)": lambda p: o.Adamax(p, lr=0.01),
        "nadam(lr: 0.01)": lambda p: NAdam(p, lr=0.01), "lion(lr: 0.01, decay: 0.1)": lambda p: Lion(p, lr=0.01, decay=0.1),
        "lamb(lr: 0.01, decay: 0.1)": lambda p: Lamb(p, lr=0.01, decay=0.1),
    }
    g = hashed(60, 21, -1, 1).reshape(10, 6)
    out = {}
    for name, make in cases.items():
        w = [t.clone().requires_grad_() for t in hashed(6, 20, -1, 1).split([4, 2])]
        opt = make(w)
        steps = []
        for k in range(10):
            for t, part in zip(w, g[k].split([4, 2])):
                t.grad = part.clone()
            opt.step()
            steps.append(lst(torch.cat(w)))
        out[name] = {"w": lst(hashed(6, 20, -1, 1)), "g": [lst(r) for r in g], "steps": steps}
    return out


def lbfgs():
    """Logistic regression on 40 samples of three features; the loss before each of fifteen steps, and the weights after them."""
    x = hashed(120, 500, -2, 2).reshape(40, 3)
    y = (x @ torch.tensor([1.0, -2.0, 0.5]) + hashed(40, 501, -1, 1) > 0.2).double().reshape(40, 1)
    w, b = torch.zeros(3, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    opt = torch.optim.LBFGS([w, b], lr=1, max_iter=1, history_size=10, line_search_fn="strong_wolfe")
    losses = []

    def closure():
        opt.zero_grad()
        loss = F.binary_cross_entropy_with_logits(x @ w + b, y) + 1e-2 * (w ** 2).sum()
        loss.backward()
        return loss

    for _ in range(15):
        losses.append(float(opt.step(closure)))
    return {"y": lst(y), "losses": losses, "weights": lst(torch.cat([w.flatten(), b]))}


def clipping():
    """torch.nn.utils on two gradients together: by norm where it is above and below the bound, and by value."""
    cases = {
        "norm: 1": lambda p: nn.utils.clip_grad_norm_(p, 1.0), "norm: 100": lambda p: nn.utils.clip_grad_norm_(p, 100.0),
        "value: 0.5": lambda p: nn.utils.clip_grad_value_(p, 0.5),
    }
    out = {}
    for name, clip in cases.items():
        p = [torch.zeros(4, requires_grad=True), torch.zeros(2, requires_grad=True)]
        g = hashed(6, 22, -2, 2)
        for t, part in zip(p, g.split([4, 2])):
            t.grad = part.clone()
        clip(p)
        out[name] = {"g": lst(g), "clipped": lst(torch.cat([t.grad for t in p]))}
    return out


def nhwc(t):
    return t.permute(0, 2, 3, 1)


def convolutions():
    out = []
    for (n, h, w, c, ky, kx, f, stride, pad, dil, groups) in [
        (2, 7, 6, 1, 3, 3, 4, 1, 1, 1, 1), (1, 9, 8, 2, 3, 3, 5, 2, 1, 1, 1), (2, 9, 9, 3, 5, 5, 6, 1, 2, 1, 1),
        (1, 9, 9, 2, 3, 3, 3, 1, 2, 2, 1), (2, 5, 6, 4, 3, 3, 6, 1, 0, 1, 2),
    ]:
        x = hashed(n * h * w * c, 31, -1, 1).reshape(n, h, w, c).requires_grad_()
        k = hashed(ky * kx * (c // groups) * f, 32, -1, 1).reshape(ky, kx, c // groups, f).requires_grad_()
        y = nhwc(F.conv2d(x.permute(0, 3, 1, 2), k.permute(3, 2, 0, 1), stride=stride, padding=pad, dilation=dil, groups=groups))
        r = hashed(y.numel(), 33, -1, 1).reshape(y.shape)
        (y * r).sum().backward()
        out.append({"image": [n, h, w, c], "weights": [ky, kx, c // groups, f], "stride": stride, "pad": pad, "dilation": dil, "groups": groups,
                    "y": lst(y), "dx": lst(x.grad), "dw": lst(k.grad)})
    return out


def pools():
    out = []
    for (n, h, w, c, win, stride, pad) in [(2, 6, 6, 3, 2, 2, 0), (1, 7, 8, 5, 3, 2, 1), (1, 5, 5, 2, 3, 1, 0)]:
        for kind in ("max", "average"):
            x = hashed(n * h * w * c, 41, -1, 1).reshape(n, h, w, c).requires_grad_()
            f = F.max_pool2d if kind == "max" else F.avg_pool2d
            y = nhwc(f(x.permute(0, 3, 1, 2), win, stride, pad))
            r = hashed(y.numel(), 42, -1, 1).reshape(y.shape)
            (y * r).sum().backward()
            out.append({"kind": kind, "image": [n, h, w, c], "window": win, "stride": stride, "pad": pad, "y": lst(y), "dx": lst(x.grad)})
    return out


def lenet():
    shapes = {"conv_1.weight": (5, 5, 1, 6), "conv_1.bias": (6,), "conv_2.weight": (5, 5, 6, 16), "conv_2.bias": (16,), "dense_1.weight": (400, 120), "dense_1.bias": (120,),
              "dense_2.weight": (120, 84), "dense_2.bias": (84,), "dense_3.weight": (84, 10), "dense_3.bias": (10,)}
    p = {}
    for i, (name, s) in enumerate(shapes.items()):
        count = 1
        for d in s:
            count *= d
        bound = 0.1 if len(s) == 1 else (3.0 / (count / s[-1])) ** 0.5
        p[name] = hashed(count, 100 + i, -bound, bound).reshape(s).requires_grad_()
    xs, ys = hashed(160 * 784, 200, -1, 1).reshape(160, 28, 28, 1), torch.tensor([(i * 7 + i // 3) % 10 for i in range(160)])
    opt = torch.optim.Adam(p.values(), lr=1e-3)
    losses = []
    for k in range(20):
        x, y = xs[8 * k:8 * k + 8].permute(0, 3, 1, 2), ys[8 * k:8 * k + 8]
        h = F.max_pool2d(F.relu(F.conv2d(x, p["conv_1.weight"].permute(3, 2, 0, 1), p["conv_1.bias"], padding=2)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, p["conv_2.weight"].permute(3, 2, 0, 1), p["conv_2.bias"])), 2)
        h = h.permute(0, 2, 3, 1).flatten(1)
        h = F.relu(h @ p["dense_1.weight"] + p["dense_1.bias"])
        h = F.relu(h @ p["dense_2.weight"] + p["dense_2.bias"])
        z = h @ p["dense_3.weight"] + p["dense_3.bias"]
        loss = F.cross_entropy(z, y) + 1e-4 * sum((v ** 2).sum() for n, v in p.items() if n.endswith("weight"))
        opt.zero_grad(); loss.backward(); opt.step()
        losses.append(float(loss))
    return {"losses": losses, "parameters": {n: {"sum": float(v.sum()), "squares": float((v ** 2).sum()), "sample": lst(v.flatten()[:: max(1, v.numel() // 8)][:8])} for n, v in p.items()}}


def embedding():
    table = hashed(7 * 3, 300, -1, 1).reshape(7, 3).requires_grad_()
    index = torch.tensor([[2, 0, 6, 2], [5, 2, 0, 0]])
    y = F.embedding(index, table)
    (y * hashed(y.numel(), 301, -1, 1).reshape(y.shape)).sum().backward()
    return {"index": index.flatten().tolist(), "y": lst(y), "grad": lst(table.grad)}


def filled(shapes, seed):
    """Parameters by name: biases in ±0.1, scales around 1, weights in ±√(3 ÷ rows)."""
    p = {}
    for i, (name, s) in enumerate(shapes.items()):
        count = 1
        for d in s:
            count *= d
        bound = 0.1 if len(s) == 1 else (3.0 / s[0]) ** 0.5
        p[name] = (hashed(count, seed + i, -bound, bound).reshape(s) + (1 if name.endswith("scale") else 0)).float().double().requires_grad_()
    return p


def attend(x, p, name, heads, causal):
    """nn.MultiheadAttention, whose weights are stored the other way round."""
    d = x.shape[-1]
    m = nn.MultiheadAttention(d, heads, batch_first=True)
    mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1) if causal else None
    w = {"in_proj_weight": p[name + "qkv_weight"].T, "in_proj_bias": p[name + "qkv_bias"], "out_proj.weight": p[name + "out_weight"].T, "out_proj.bias": p[name + "out_bias"]}
    return torch.nn.utils.stateless.functional_call(m, w, (x, x, x), {"attn_mask": mask, "need_weights": False})[0]


def attention_shapes(prefix, d):
    return {prefix + "qkv_weight": (d, 3 * d), prefix + "qkv_bias": (3 * d,), prefix + "out_weight": (d, d), prefix + "out_bias": (d,)}


def attention():
    out = []
    for (b, t, d, heads, causal) in [(2, 5, 8, 2, True), (2, 5, 8, 2, False), (1, 1, 6, 3, True), (3, 17, 4, 1, True), (1, 33, 20, 4, False)]:
        p = filled(attention_shapes("", d), 310)
        x = hashed(b * t * d, 320, -2, 2).reshape(b, t, d).requires_grad_()
        y = attend(x, p, "", heads, causal)
        (y * hashed(y.numel(), 321, -1, 1).reshape(y.shape)).sum().backward()
        out.append({"batch": b, "time": t, "features": d, "heads": heads, "causal": causal, "y": lst(y), "dx": lst(x.grad), "gradients": [lst(v.grad) for v in p.values()]})
    return out


def gpt():
    b, t, d, heads, v, blocks = 4, 6, 8, 2, 11, 2
    shapes = {"embed_1.weight": (v, d), "positions_1.weight": (t, d)}
    for i in range(1, blocks + 1):
        at = f"transformer_{i}."
        shapes.update({at + "layernorm_1.scale": (d,), at + "layernorm_1.shift": (d,), **attention_shapes(at + "attention_1.", d), at + "layernorm_2.scale": (d,), at + "layernorm_2.shift": (d,),
                       at + "dense_1.weight": (d, 4 * d), at + "dense_1.bias": (4 * d,), at + "dense_2.weight": (4 * d, d), at + "dense_2.bias": (d,)})
    shapes.update({"layernorm_1.scale": (d,), "layernorm_1.shift": (d,), "dense_1.weight": (d, v), "dense_1.bias": (v,)})
    p = filled(shapes, 400)
    text = torch.tensor([(i * i // 3 + 5 * i) % v for i in range(10 * b * t + 1)])
    xs, ys = text[:-1].reshape(-1, t), text[1:].reshape(-1, t)
    opt = torch.optim.AdamW(p.values(), lr=1e-2, weight_decay=0.1)
    losses, norms = [], []

    def norm(h, name):
        return F.layer_norm(h, (d,), p[name + ".scale"], p[name + ".shift"])

    for k in range(10):
        h = F.embedding(xs[b * k:b * k + b], p["embed_1.weight"]) + p["positions_1.weight"]
        for i in range(1, blocks + 1):
            at = f"transformer_{i}."
            h = h + attend(norm(h, at + "layernorm_1"), p, at + "attention_1.", heads, True)
            m = F.gelu(norm(h, at + "layernorm_2") @ p[at + "dense_1.weight"] + p[at + "dense_1.bias"])
            h = h + m @ p[at + "dense_2.weight"] + p[at + "dense_2.bias"]
        z = norm(h, "layernorm_1") @ p["dense_1.weight"] + p["dense_1.bias"]
        loss = F.cross_entropy(z.flatten(0, 1), ys[b * k:b * k + b].flatten())
        opt.zero_grad(); loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(p.values(), 1.0)))
        opt.step()
        losses.append(float(loss))
    return {"losses": losses, "norms": norms, "parameters": {n: lst(w) for n, w in p.items()}}


if __name__ == "__main__":
    data = {"torch": torch.__version__, "activations": activations(), "losses": losses(), "optimizers": optimizers(), "clipping": clipping(), "lbfgs": lbfgs(), "convolutions": convolutions(), "pools": pools(), "lenet": lenet(), "embedding": embedding(), "attention": attention(), "gpt": gpt()}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens.json"), "w") as f:
        json.dump(data, f, separators=(",", ":"))
        f.write("\n")
