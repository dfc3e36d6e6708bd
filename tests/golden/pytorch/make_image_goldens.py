#!/usr/bin/env python3
"""Numbers from PyTorch for the layers of images and sequences, in double precision: values, gradients, and training steps of a small resnet.

    /usr/bin/python3 make_image_goldens.py        writes image_goldens.json beside this file
"""
import json
import os
import torch
import torch.nn.functional as F
from make_goldens import hashed, lst


def first(x):
    """Channels after the batch, as PyTorch has them."""
    return x.permute(0, x.dim() - 1, *range(1, x.dim() - 1))


def last(x):
    return x.permute(0, *range(2, x.dim()), 1)


def ones(n, k):
    return [n] * k if isinstance(n, int) else list(n)


def zeros_around(sizes, reaches, strides, padding):
    """Zeros before and after along each axis; "same" keeps size / stride, rounded up, with the odd zero at the end."""
    out = []
    for size, reach, stride in zip(sizes, reaches, strides):
        if padding == "same":
            total = max(0, (-(-size // stride) - 1) * stride + reach - size)
            out.append((total // 2, total - total // 2))
        elif padding == "causal":
            out.append((reach - 1, 0))
        else:
            out.append((padding, padding))
    return out


def pad(x, around, value=0.0):
    return F.pad(x, [n for pair in reversed(around) for n in pair], value=value)


def conv(window, stride=1, padding=0, dilation=1, groups=1):
    def f(x, p):
        axes = x.dim() - 2
        k, s, d = ones(window, axes), ones(stride, axes), ones(dilation, axes)
        z = pad(first(x), zeros_around(x.shape[1:-1], [(n - 1) * m + 1 for n, m in zip(k, d)], s, padding))
        w = p["conv_1.weight"]
        w = (w if axes == 2 else w[0]).permute(*([3, 2, 0, 1] if axes == 2 else [2, 1, 0]))
        return last((F.conv2d if axes == 2 else F.conv1d)(z, w, p.get("conv_1.bias"), stride=s, dilation=d, groups=groups))
    return f


def transposed(window, stride=1, padding=0, dilation=1, groups=1):
    def f(x, p):
        axes = x.dim() - 2
        k, s, d = ones(window, axes), ones(stride, axes), ones(dilation, axes)
        w = p["conv_transpose_1.weight"]
        w = (w if axes == 2 else w[0]).permute(*([3, 2, 0, 1] if axes == 2 else [2, 1, 0]))
        y = (F.conv_transpose2d if axes == 2 else F.conv_transpose1d)(first(x), w, stride=s, dilation=d, groups=groups)
        for axis in range(axes):
            size, reach = x.shape[1 + axis], (k[axis] - 1) * d[axis] + 1
            before, extent = padding, y.shape[2 + axis] - 2 * padding if padding != "same" else 0
            if padding == "same":
                before, extent = max(0, reach - s[axis]) // 2, size * s[axis]
                y = pad(y, [(0, max(0, extent - y.shape[2 + axis]) if a == axis else 0) for a in range(axes)])
            y = y.narrow(2 + axis, before, extent)
        return last(y) + p.get("conv_transpose_1.bias", 0)
    return f


def pool(kind, window, stride, padding=0):
    def f(x, p):
        axes = x.dim() - 2
        k, s = ones(window, axes), ones(stride, axes)
        z = pad(first(x), zeros_around(x.shape[1:-1], k, s, padding), float("-inf") if kind == "max" else 0.0)
        return last({("max", 2): F.max_pool2d, ("avg", 2): F.avg_pool2d, ("max", 1): F.max_pool1d, ("avg", 1): F.avg_pool1d}[kind, axes](z, k, s))
    return f


def resized(factor, mode):
    return lambda x, p: last(F.interpolate(first(x), scale_factor=factor, mode=mode, **({} if mode == "nearest" else {"align_corners": False})))


def groupnorm(groups):
    return lambda x, p: last(F.group_norm(first(x), groups, p["groupnorm_1.scale"], p["groupnorm_1.shift"]))


def batchnorm(training):
    def f(x, p):
        mean, variance = p["batchnorm_1.running_mean"].clone(), p["batchnorm_1.running_variance"].clone()
        y = F.batch_norm(x.reshape(-1, x.shape[-1]), mean, variance, p["batchnorm_1.scale"], p["batchnorm_1.shift"], training).reshape(x.shape)
        f.states = {"batchnorm_1.running_mean": mean, "batchnorm_1.running_variance": variance}
        return y
    f.training = training
    return f


def maxout(x, p):
    return (x @ p["maxout_1.weight"] + p["maxout_1.bias"]).reshape(*x.shape[:-1], 4, 3).amax(-1)


def w(layer, *shape, bias=None):
    return {f"{layer}_1.weight": shape, **({f"{layer}_1.bias": (bias,)} if bias else {})}


def norm(layer, n, running=False):
    return {**({f"{layer}_1.running_mean": (n,), f"{layer}_1.running_variance": (n,)} if running else {}), f"{layer}_1.scale": (n,), f"{layer}_1.shift": (n,)}


CASES = [
    ("conv 4, 3", (2, 9, 3), w("conv", 1, 3, 3, 4, bias=4), conv(3)),
    ("conv 4, 3, same, bias: false", (2, 9, 3), w("conv", 1, 3, 3, 4), conv(3, padding="same")),
    ("conv 4, 3, causal, dilation: 2", (2, 9, 3), w("conv", 1, 3, 3, 4, bias=4), conv(3, padding="causal", dilation=2)),
    ("conv 5, 2, causal, dilation: 16", (1, 40, 2), w("conv", 1, 2, 2, 5, bias=5), conv(2, padding="causal", dilation=16)),
    ("conv 4, 4, same, stride: 3", (2, 11, 2), w("conv", 1, 4, 2, 4, bias=4), conv(4, stride=3, padding="same")),
    ("conv 6, 3, padding: 2, groups: 3", (2, 7, 3), w("conv", 1, 3, 1, 6, bias=6), conv(3, padding=2, groups=3)),
    ("conv 4, 4x4, same, stride: 2", (2, 7, 6, 3), w("conv", 4, 4, 3, 4, bias=4), conv(4, stride=2, padding="same")),
    ("conv 4, 3x5, stride: 2x1, padding: 1x2", (1, 7, 8, 2), w("conv", 3, 5, 2, 4, bias=4),
     lambda x, p: last(F.conv2d(first(x), p["conv_1.weight"].permute(3, 2, 0, 1), p["conv_1.bias"], stride=(2, 1), padding=(1, 2)))),
    ("conv 4, 3x3, same, dilation: 2", (1, 8, 7, 2), w("conv", 3, 3, 2, 4, bias=4), conv(3, padding="same", dilation=2)),
    ("conv 6, 3x3, same, groups: 2", (2, 6, 5, 4), w("conv", 3, 3, 2, 6, bias=6), conv(3, padding="same", groups=2)),
    ("conv 19, 3x3, same, groups: 19", (2, 6, 5, 19), w("conv", 3, 3, 1, 19, bias=19), conv(3, padding="same", groups=19)),
    ("conv 8, 5x3, padding: 2, stride: 2, groups: 8, bias: false", (2, 9, 8, 8), w("conv", 5, 3, 1, 8), conv((5, 3), stride=2, padding=2, groups=8)),
    ("conv 6, 3x3, dilation: 2, groups: 3", (1, 8, 7, 3), w("conv", 3, 3, 1, 6, bias=6), conv(3, dilation=2, groups=3)),
    ("conv_transpose 4, 3x3, stride: 2", (2, 4, 5, 3), w("conv_transpose", 3, 3, 4, 3, bias=4), transposed(3, stride=2)),
    ("conv_transpose 4, 4x4, stride: 2, same", (2, 4, 5, 3), w("conv_transpose", 4, 4, 4, 3, bias=4), transposed(4, stride=2, padding="same")),
    ("conv_transpose 4, 3x3, stride: 2, same", (1, 4, 3, 2), w("conv_transpose", 3, 3, 4, 2, bias=4), transposed(3, stride=2, padding="same")),
    ("conv_transpose 3, 2x2, stride: 3, same", (1, 3, 4, 2), w("conv_transpose", 2, 2, 3, 2, bias=3), transposed(2, stride=3, padding="same")),
    ("conv_transpose 3, 2x2, stride: 2, bias: false", (1, 3, 4, 5), w("conv_transpose", 2, 2, 3, 5), transposed(2, stride=2)),
    ("conv_transpose 4, 5x5, stride: 2, padding: 1", (1, 4, 4, 3), w("conv_transpose", 5, 5, 4, 3, bias=4), transposed(5, stride=2, padding=1)),
    ("conv_transpose 4, 3x3, dilation: 2, padding: 2", (1, 5, 4, 3), w("conv_transpose", 3, 3, 4, 3, bias=4), transposed(3, dilation=2, padding=2)),
    ("conv_transpose 6, 3x3, stride: 2, groups: 2", (1, 4, 3, 4), w("conv_transpose", 3, 3, 3, 4, bias=6), transposed(3, stride=2, groups=2)),
    ("conv_transpose 5, 3x3, stride: 2, same, groups: 5", (2, 4, 3, 5), w("conv_transpose", 3, 3, 1, 5, bias=5), transposed(3, stride=2, padding="same", groups=5)),
    ("conv_transpose 4, 4, stride: 2, same", (2, 6, 3), w("conv_transpose", 1, 4, 4, 3, bias=4), transposed(4, stride=2, padding="same")),
    ("conv_transpose 4, 3, stride: 4", (2, 5, 3), w("conv_transpose", 1, 3, 4, 3, bias=4), transposed(3, stride=4)),
    ("maxpool 3x2, stride: 2, same", (2, 6, 5, 3), {}, pool("max", (3, 2), 2, "same")),
    ("maxpool 3, stride: 2", (2, 9, 5), {}, pool("max", 3, 2)),
    ("avgpool 2", (2, 8, 5), {}, pool("avg", 2, 2)),
    ("maxpool global", (2, 6, 5, 7), {}, lambda x, p: x.amax((1, 2))),
    ("avgpool global", (2, 6, 5, 7), {}, lambda x, p: x.mean((1, 2))),
    ("maxpool global", (3, 11, 4), {}, lambda x, p: x.amax(1)),
    ("avgpool global", (3, 11, 4), {}, lambda x, p: x.mean(1)),
    ("upsample 2", (2, 3, 4, 5), {}, resized(2, "nearest")),
    ("upsample 3x1", (2, 3, 4, 5), {}, resized((3, 1), "nearest")),
    ("upsample 3", (2, 5, 4), {}, resized(3, "nearest")),
    ("upsample 2, bilinear", (2, 3, 4, 5), {}, resized(2, "bilinear")),
    ("upsample 3, bilinear", (1, 1, 5, 2), {}, resized(3, "bilinear")),
    ("upsample 4, bilinear", (2, 5, 3), {}, resized(4, "linear")),
    ("groupnorm 2", (2, 4, 3, 6), norm("groupnorm", 6), groupnorm(2)),
    ("groupnorm 1", (3, 7, 5), norm("groupnorm", 5), groupnorm(1)),
    ("groupnorm 4", (2, 5, 3, 4), norm("groupnorm", 4), groupnorm(4)),
    ("groupnorm 3", (4, 12), norm("groupnorm", 12), groupnorm(3)),
    ("batchnorm", (3, 4, 5, 6), norm("batchnorm", 6, running=True), batchnorm(True)),
    ("batchnorm", (3, 7, 5), norm("batchnorm", 5, running=True), batchnorm(True)),
    ("batchnorm", (6, 5), norm("batchnorm", 5, running=True), batchnorm(True)),
    ("batchnorm", (3, 4, 5, 6), norm("batchnorm", 6, running=True), batchnorm(False)),
    ("batchnorm", (3, 7, 5), norm("batchnorm", 5, running=True), batchnorm(False)),
    ("maxout 4, pieces: 3", (5, 7), w("maxout", 7, 12, bias=12), maxout),
]


def layers():
    out = []
    for model, shape, parameters, f in CASES:
        count = 1
        for d in shape:
            count *= d
        x = hashed(count, 51, -1, 1).reshape(shape).requires_grad_()
        p = {}
        for i, (name, s) in enumerate(parameters.items()):
            state = "running" in name
            low, high = (0.5, 1.5) if "variance" in name else (-1, 1)
            p[name] = hashed(int(torch.tensor(s).prod()), 60 + i, low, high).reshape(s).requires_grad_(not state)
        y = f(x, p)
        r = hashed(y.numel(), 52, -1, 1).reshape(y.shape)
        (y * r).sum().backward()
        out.append({"model": model, "input": list(shape), "training": getattr(f, "training", True),
                    "parameters": {n: list(s) for n, s in parameters.items()}, "output": list(y.shape), "y": lst(y), "dx": lst(x.grad),
                    "gradients": {n: lst(v.grad) for n, v in p.items() if v.grad is not None}, "states": {n: lst(v) for n, v in getattr(f, "states", {}).items()}})
    return out


def resnet():
    """Residual blocks as in examples/resnet.nn on images of 8 x 8; adamw from given weights."""
    shapes, running = {}, {}

    def unit(path, conv, bn, k, i, o):
        shapes[f"{path}conv_{conv}.weight"] = (k, k, i, o)
        for n in ("scale", "shift"):
            shapes[f"{path}batchnorm_{bn}.{n}"] = (o,)
        running[f"{path}batchnorm_{bn}"] = [torch.zeros(o), torch.ones(o)]

    unit("", 1, 1, 3, 1, 6)
    unit("plain_1.", 1, 1, 3, 6, 6); unit("plain_1.", 2, 2, 3, 6, 6)
    unit("basic_1.", 1, 1, 3, 6, 10); unit("basic_1.", 2, 2, 3, 10, 10); unit("basic_1.", 3, 3, 1, 6, 10)
    shapes["dense_1.weight"], shapes["dense_1.bias"] = (10, 5), (5,)
    p = {}
    for i, (name, s) in enumerate(shapes.items()):
        count = int(torch.tensor(s).prod())
        low, high = (0.5, 1.5) if name.endswith("scale") else (-0.1, 0.1) if len(s) == 1 else (-(3.0 / (count / s[-1])) ** 0.5, (3.0 / (count / s[-1])) ** 0.5)
        p[name] = hashed(count, 300 + i, low, high).reshape(s).requires_grad_()

    def step(x, path, c, b, stride=1, k=3):
        size = x.shape[1]
        around = zeros_around((size, size), (k, k), (stride, stride), "same" if k == 3 else 0)
        z = F.conv2d(pad(first(x), around), p[f"{path}conv_{c}.weight"].permute(3, 2, 0, 1), stride=stride)
        m, v = running[f"{path}batchnorm_{b}"]
        return last(F.batch_norm(z, m, v, p[f"{path}batchnorm_{b}.scale"], p[f"{path}batchnorm_{b}.shift"], True))

    opt = torch.optim.AdamW(p.values(), lr=3e-3, weight_decay=0.01)
    xs, ys = hashed(60 * 64, 400, -1, 1).reshape(60, 8, 8, 1), torch.tensor([(i * 7 + i // 3) % 5 for i in range(60)])
    losses = []
    for k in range(10):
        h = F.relu(step(xs[6 * k:6 * k + 6], "", 1, 1))
        h = F.relu(h + step(F.relu(step(h, "plain_1.", 1, 1)), "plain_1.", 2, 2))
        h = F.relu(step(F.relu(step(h, "basic_1.", 1, 1, 2)), "basic_1.", 2, 2) + step(h, "basic_1.", 3, 3, 2, 1))
        loss = F.cross_entropy(h.mean((1, 2)) @ p["dense_1.weight"] + p["dense_1.bias"], ys[6 * k:6 * k + 6])
        opt.zero_grad(); loss.backward(); opt.step()
        losses.append(float(loss))
    for name, (m, v) in running.items():
        p[name + ".running_mean"], p[name + ".running_variance"] = m, v
    return {"losses": losses, "parameters": {n: lst(v.flatten()[:: max(1, v.numel() // 8)][:8]) for n, v in p.items()}, "order": list(shapes)}


if __name__ == "__main__":
    data = {"torch": torch.__version__, "layers": layers(), "resnet": resnet()}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "image_goldens.json"), "w") as f:
        json.dump(data, f, separators=(",", ":"))
        f.write("\n")
