#!/usr/bin/env python3
"""Small models as PyTorch's exporter writes them, with an input and the output: what `nn import` must reproduce. Debian: apt-get install python3-torch python3-onnx

    /usr/bin/python3 make_onnx_imports.py        writes onnx_imports.json beside this file
"""
import base64
import io
import json
import math
import os
import numpy
import onnx.helper
import onnx.numpy_helper
import torch
import torch.nn as nn

torch.manual_seed(5)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 5, stride=4, padding=2)
        self.norm = nn.BatchNorm2d(4)
        self.a = nn.Conv2d(4, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False)
        self.c = nn.Conv2d(4, 2, 1)
        self.head = nn.Linear(6, 10)

    def forward(self, x):
        x = torch.relu(self.norm(self.stem(x)))
        x = x + self.b(nn.functional.leaky_relu(self.a(x), 0.2))
        x = torch.cat([x, torch.sigmoid(self.c(x))], 1)
        return torch.softmax(self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)), 1)


class View(nn.Module):
    """A batch that is flattened by sizes that the model asks for."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 3, 5, stride=6)
        self.b = nn.Linear(48, 6)
        self.norm = nn.LayerNorm(6)
        self.c = nn.Linear(6, 4)

    def forward(self, x):
        x = nn.functional.gelu(self.a(x))
        x = nn.functional.gelu(self.norm(self.b(x.view(x.size(0), -1))))
        return nn.functional.hardsigmoid(self.c(x)) + nn.functional.selu(self.c(x))


class States(nn.Module):
    """A sequence of states, then the last state of another layer."""

    def __init__(self, first, second):
        super().__init__()
        self.a = first(28, 3, batch_first=True)
        self.b = nn.Linear(3, 4)
        self.norm = nn.LayerNorm(4)
        self.c = second(4, 2, batch_first=True)
        self.d = nn.Linear(2, 3)

    def forward(self, x):
        x = self.norm(self.b(self.a(x)[0]))
        return self.d(self.c(x)[0][:, -1])


class Gpt(nn.Module):
    """A decoder as people write it by hand: three projections and gelu with tanh, or one projection, positions from a parameter, and gelu with erf."""

    def __init__(self, joint, symbols=7, time=5, width=8, heads=2, layers=2):
        super().__init__()
        self.joint, self.heads, self.layers = joint, heads, layers
        self.embed = nn.Embedding(symbols, width)
        self.places = nn.Parameter(torch.randn(1, time + 3, width)) if joint else nn.Embedding(time, width)
        for i in range(layers):
            for name, module in {
                "ln_1": nn.LayerNorm(width), "ln_2": nn.LayerNorm(width), "out": nn.Linear(width, width), "fc": nn.Linear(width, 2 * width), "proj": nn.Linear(2 * width, width),
                **({"qkv": nn.Linear(width, 3 * width, bias=False)} if joint else {n: nn.Linear(width, width) for n in ("query", "key", "value")}),
            }.items():
                self.add_module(f"{name}_{i}", module)
        self.register_buffer("mask", torch.tril(torch.ones(time + 3, time + 3)).view(1, 1, time + 3, time + 3))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, symbols, bias=False)

    def attention(self, x, i):
        batch, time, width = x.size()
        if self.joint:
            q, k, v = getattr(self, f"qkv_{i}")(x).split(width, dim=2)
        else:
            q, k, v = (getattr(self, f"{n}_{i}")(x) for n in ("query", "key", "value"))
        q, k, v = (t.view(batch, time, self.heads, width // self.heads).transpose(1, 2) for t in (q, k, v))
        scores = q @ k.transpose(-2, -1) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.mask[:, :, :time, :time] == 0, float("-inf") if self.joint else -1e9)
        y = torch.softmax(scores, dim=-1) @ v
        return getattr(self, f"out_{i}")(y.transpose(1, 2).contiguous().view(batch, time, width))

    def forward(self, tokens):
        time = tokens.size(1)
        x = self.embed(tokens) + (self.places[:, :time] if self.joint else self.places(torch.arange(time)))
        for i in range(self.layers):
            x = x + self.attention(getattr(self, f"ln_1_{i}")(x), i)
            x = x + getattr(self, f"proj_{i}")(self.gelu(getattr(self, f"fc_{i}")(getattr(self, f"ln_2_{i}")(x))))
        return self.head(self.norm(x))

    def gelu(self, x):
        return nn.functional.gelu(x) if self.joint else 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Attention(nn.Module):
    """nn.MultiheadAttention with a mask, then without."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(28, 6)
        self.b = nn.MultiheadAttention(6, 3, batch_first=True)
        self.c = nn.MultiheadAttention(6, 2, bias=False, batch_first=True)

    def forward(self, x):
        x = self.a(x)
        x = x + self.b(x, x, x, need_weights=False, attn_mask=torch.triu(torch.full((28, 28), float("-inf")), 1))[0]
        return self.c(x, x, x)[0]


class Encoder(nn.Module):
    """nn.TransformerEncoder with either order of norms, and the mean over the positions or the first of them."""

    def __init__(self, first, mean):
        super().__init__()
        self.mean = mean
        self.a = nn.Linear(28, 8)
        self.b = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, activation="gelu" if first else "relu", batch_first=True, norm_first=first), 2)
        self.c = nn.Linear(8, 3)

    def forward(self, x):
        x = self.b(self.a(x))
        return self.c(x.mean(1) if self.mean else x[:, 0])


class Ends(nn.Module):
    """Recurrent layers of which the last states are used, from both directions or several layers."""

    def __init__(self, kind, end, **options):
        super().__init__()
        self.end = end
        self.a = kind(28, 3, batch_first=True, **options)
        self.b = nn.Linear(6 if end in ("cat", "all") else 3, 2)

    def forward(self, x):
        y, h = self.a(x)
        h = h[0] if isinstance(h, tuple) else h
        return self.b(torch.cat([h[-2], h[-1]], 1) if self.end == "cat" else y if self.end == "all" else h[-1] if self.end == "h" else y[:, -1])


class Excited(nn.Module):
    """Means over the image: kept as an image that scales its channels, and as a vector."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 4, 5, stride=4)
        self.b = nn.Conv2d(4, 2, 1)
        self.c = nn.Conv2d(2, 4, 1)
        self.d = nn.Linear(4, 3)

    def forward(self, x):
        x = nn.functional.silu(self.a(x))
        x = x * torch.sigmoid(self.c(torch.relu(self.b(x.mean([2, 3], keepdim=True)))))
        return self.d(torch.mean(x, dim=(2, 3)))


class Patches(nn.Module):
    """An image as a sequence of patches, with places added, encoded, and the mean."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 6, 7, stride=7)
        self.places = nn.Parameter(torch.rand(1, 16, 6))
        self.b = nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, activation="gelu", batch_first=True, norm_first=True), 1)
        self.c = nn.Linear(6, 3)

    def forward(self, x):
        return self.c(self.b(self.a(x).flatten(2).transpose(1, 2) + self.places).mean(1))


class Einsum(nn.Module):
    """Attention whose products name their axes."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(6, 18)
        self.b = nn.Linear(6, 6)
        self.c = nn.Parameter(torch.rand(28, 6))

    def forward(self, x):
        q, k, v = (t.view(x.size(0), x.size(1), 2, 3) for t in self.a(torch.einsum("btf,fe->bte", x, self.c)).chunk(3, -1))
        return self.b(torch.einsum("bhts,bshd->bthd", torch.softmax(torch.einsum("bthd,bshd->bhts", q, k) / 2, -1), v).flatten(2))


class Lengths(nn.Module):
    """Vectors of length 1, sums and least values over an image, windows that reach beyond its end."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 4, 5, stride=4)

    def forward(self, x):
        x = self.a(x)
        y = torch.max_pool2d(x, 3, 2, ceil_mode=True)
        return torch.cat([nn.functional.normalize(x.sum([2, 3])), x.amin([2, 3]), y.amax([2, 3]) * y.flatten(1).size(1)], 1)


class Causal(nn.Module):
    """Zeros before a sequence, and gates."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv1d(28, 8, 3, dilation=2)
        self.b = nn.Conv1d(4, 2, 1)

    def forward(self, x):
        a, b = self.a(nn.functional.pad(x, (4, 0))).chunk(2, 1)
        return self.b(torch.tanh(a) * torch.sigmoid(b))


class Image(nn.Module):
    """A vector as an image."""

    def __init__(self, *sizes):
        super().__init__()
        self.sizes = sizes

    def forward(self, x):
        return x.view(-1, *self.sizes)


class Elements(nn.Module):
    """Activations that are several operations, halves of a value that meet, numbers of each channel."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 6, 5, stride=5)
        self.b = nn.Conv2d(3, 4, 3, padding=1)
        self.prelu = nn.PReLU(4)
        self.scale = nn.Parameter(torch.rand(1, 4, 1, 1))
        self.shift = nn.Parameter(torch.rand(4, 1, 5))

    def forward(self, x):
        x = self.prelu(self.b(nn.functional.glu(nn.functional.mish(self.a(x)), 1)))
        x = nn.functional.hardswish(3 * x) * self.scale - nn.functional.relu6(4 * x) / 3
        x = nn.functional.gelu(x, approximate="tanh") + self.shift
        a, b = x.chunk(2, 1)
        return torch.cat([torch.exp(-a * a), torch.max(a, b) * 0.5, torch.clamp(b, min=-0.2)], 1)


def shaken(model):
    """Norms whose scales and shifts are not 1 and 0."""
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, (nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)) and m.weight is not None:
                m.weight.uniform_(0.5, 1.5)
                m.bias.uniform_(-1, 1)
    return model


def sizes(model, sequences=None):
    """As users export: constants folded, any size of the batch."""
    return case(shaken(model), sequences, do_constant_folding=True, training=torch.onnx.TrainingMode.EVAL, input_names=["x"], dynamic_axes={"x": {0: "n"}})


def case(model, sequences=None, **export):
    # Rows of an image are the positions of a sequence, their pixels its channels.
    def given(x):
        return {"channels first": x.squeeze(1).transpose(1, 2).contiguous(), "channels last": x.squeeze(1), "time first": x.squeeze(1).transpose(0, 1).contiguous(), None: x}[sequences]

    for _ in range(3):
        model(given(torch.rand(8, 1, 28, 28)))
    model.eval()
    pixels = torch.randint(0, 256, (2, 1, 28, 28))
    x = given(pixels / 255)
    file = io.BytesIO()
    torch.onnx.export(model, x[:, :1] if sequences == "time first" else x[:1], file, **{"opset_version": 13, **(export or {"do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE})})
    y = model(x)
    y = y.transpose(0, 1) if sequences == "time first" else y if sequences == "channels last" else y.movedim(1, -1)
    return fixture(file.getvalue(), y, pixels=pixels)


def fixture(onnx, output, **given):
    return {
        "onnx": base64.b64encode(onnx).decode(), **{k: v.flatten().tolist() for k, v in given.items()}, "output": [float(f"{v:.9g}") for v in output.detach().flatten().tolist()],
    }


def tokens(model, symbols, time, **export):
    """Numbers of symbols as input."""
    shaken(model).eval()
    x = torch.randint(0, symbols, (3, time))
    file = io.BytesIO()
    torch.onnx.export(model, x[:1], file, **{"opset_version": 13, "do_constant_folding": True, "input_names": ["x"], "dynamic_axes": {"x": {0: "n"}}, **export})
    return {**fixture(file.getvalue(), model(x), tokens=x), "time": time}


def written(nodes, stored, output, opset, **given):
    """Operations that the exporter does not write, or not in this form: nodes as (type, inputs, outputs, attributes), the numbers expected from PyTorch's functions."""
    tensors = [onnx.numpy_helper.from_array(v.detach().numpy() if torch.is_tensor(v) else numpy.array(v), k) for k, v in stored.items()]
    given_as = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", *given.pop("shape")])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(kind, inputs, outputs, **attributes) for kind, inputs, outputs, attributes in nodes], "g", [given_as],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)], tensors)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)])
    return fixture(model.SerializeToString(), output, **given)


def by_hand():
    """Newer and older operators, and forms of recurrent layers that other tools write."""
    f, draw = nn.functional, torch.Generator().manual_seed(11)

    def rand(*dims):
        return torch.rand(*dims, generator=draw) * 2 - 1

    pixels = torch.randint(0, 256, (2, 1, 28, 28), generator=draw)
    image, rows = pixels / 255, pixels[:, 0] / 255
    one, whole = {"shape": [1, 28, 28], "pixels": pixels}, {"shape": [28, 28], "pixels": pixels}
    scale, shift, w, b, k = rand(28), rand(28), rand(28, 6), rand(6), rand(4, 1, 3, 3)
    y = f.linear(f.layer_norm(rows, (28,), scale, shift, 1e-4), w.t())
    yield "layer norm as one operation", written(
        [("LayerNormalization", ["x", "scale", "shift"], ["a"], {"epsilon": 1e-4, "axis": -1}), ("MatMul", ["a", "w"], ["b"], {}), ("LayerNormalization", ["b", "ones"], ["y"], {})],
        {"scale": scale, "shift": shift, "w": w, "ones": torch.ones(6)}, f.layer_norm(y, (6,), torch.ones(6)), 17, **whole)

    y = f.conv2d(image, k, stride=3)
    for opset, node in (7, ("Upsample", ["a"], ["y"], {"scales": [1.0, 1.0, 2.0, 3.0]})), (9, ("Upsample", ["a", "s"], ["y"], {"mode": "nearest"})):
        yield f"upsampled, opset {opset}", written(
            [("Conv", ["x", "k"], ["a"], {"strides": [3, 3]}), node], {"k": k, **({"s": torch.tensor([1.0, 1.0, 2.0, 3.0])} if opset == 9 else {})},
            f.interpolate(y, scale_factor=(2, 3), mode="nearest").permute(0, 2, 3, 1), opset, **one)

    # Axes and sizes as attributes, as they were before opset 13; a bias of one number; softmax over what is left of the axes.
    y = f.avg_pool2d(f.pad(y, (1, 1, 1, 1)), 2).flatten(1) @ (w2 := rand(100, 4)).t().reshape(4, 100).t() + 0.5
    yield "old attributes", written(
        [("Conv", ["x", "k"], ["a"], {"strides": [3, 3]}), ("Pad", ["a"], ["b"], {"pads": [0, 0, 1, 1, 0, 0, 1, 1]}), ("AveragePool", ["b"], ["c"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
         ("Flatten", ["c"], ["d"], {}), ("Gemm", ["d", "w", "bias"], ["e"], {}), ("Split", ["e"], ["p", "q"], {"axis": 1, "split": [1, 3]}), ("Unsqueeze", ["q"], ["r"], {"axes": [2]}), ("Squeeze", ["r"], ["s"], {"axes": [2]}),
         ("Concat", ["s", "p"], ["t"], {"axis": 1}), ("Softmax", ["t"], ["y"], {})],
        {"k": k, "w": w2, "bias": torch.tensor([0.5])}, torch.softmax(torch.cat([y[:, 1:], y[:, :1]], 1), 1), 9, **one)

    # Samples first, both directions, an activation for each; the gates of the file in its own order.
    lstm, rnn = nn.LSTM(28, 3, batch_first=True, bidirectional=True), nn.RNN(6, 2, batch_first=True, nonlinearity="relu")
    order = torch.cat([torch.arange(g * 3, g * 3 + 3) for g in (0, 3, 1, 2)])
    state = {
        "w": torch.stack([getattr(lstm, f"weight_ih_l0{s}")[order] for s in ("", "_reverse")]), "r": torch.stack([getattr(lstm, f"weight_hh_l0{s}")[order] for s in ("", "_reverse")]),
        "b": torch.stack([torch.cat([getattr(lstm, f"bias_{p}_l0{s}")[order] for p in ("ih", "hh")]) for s in ("", "_reverse")]),
        "w2": rnn.weight_ih_l0[None], "r2": rnn.weight_hh_l0[None], "b2": torch.cat([rnn.bias_ih_l0, rnn.bias_hh_l0])[None],
    }
    yield "recurrent layers, samples first", written(
        [("LSTM", ["x", "w", "r", "b"], ["a"], {"hidden_size": 3, "layout": 1, "direction": "bidirectional", "activations": ["Sigmoid", "Tanh", "Tanh"] * 2}), ("Reshape", ["a", "s"], ["b3"], {}),
         ("RNN", ["b3", "w2", "r2", "b2"], ["", "c"], {"hidden_size": 2, "layout": 1, "activations": ["Relu"]}), ("Squeeze", ["c", "one"], ["y"], {})],
        {**state, "s": numpy.array([0, 0, -1]), "one": numpy.array([1])}, rnn(lstm(rows)[0])[1][0], 14, **whole)

    # Queries that share their keys and values, the mask added before the factor; no projection after the heads.
    q, kv = rand(28, 28), rand(28, 14)
    heads = (rows @ q).view(2, 28, 2, 14).transpose(1, 2)
    both = (rows @ kv)[:, None].expand(2, 2, 28, 14)
    mask = torch.triu(torch.full((28, 28), -1e9), 1)
    y = (torch.softmax((heads @ both.transpose(2, 3) + mask) * 0.3, 3) @ both).transpose(1, 2).reshape(2, 28, 28)
    yield "shared keys", written(
        [("MatMul", ["x", "q"], ["a"], {}), ("Reshape", ["a", "heads"], ["b"], {}), ("Transpose", ["b"], ["c"], {"perm": [0, 2, 1, 3]}), ("MatMul", ["x", "kv"], ["d"], {}), ("Unsqueeze", ["d", "one"], ["e"], {}),
         ("Expand", ["e", "twice"], ["g"], {}), ("Transpose", ["g"], ["h"], {"perm": [0, 1, 3, 2]}), ("MatMul", ["c", "h"], ["i"], {}), ("Add", ["i", "mask"], ["j"], {}), ("Mul", ["j", "f"], ["l"], {}),
         ("Softmax", ["l"], ["m"], {"axis": -1}), ("MatMul", ["m", "g"], ["o"], {}), ("Transpose", ["o"], ["p"], {"perm": [0, 2, 1, 3]}), ("Reshape", ["p", "flat"], ["y"], {})],
        {"q": q, "kv": kv, "heads": numpy.array([0, 28, 2, 14]), "one": numpy.array([1]), "twice": numpy.array([1, 2, 1, 1]), "mask": mask, "f": torch.tensor(0.3), "flat": numpy.array([0, 28, 28])}, y, 13, **whole)


cases = {
    "mlp": case(nn.Sequential(nn.Flatten(), nn.Linear(784, 4), nn.ELU(0.5), nn.Dropout(0.3), nn.Linear(4, 5, bias=False), nn.LogSoftmax(1))),
    "convolutions": case(nn.Sequential(
        nn.Conv2d(1, 3, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 3, stride=(2, 1), dilation=2), nn.Tanh(), nn.AvgPool2d(3, 2, 1),
        nn.Flatten(), nn.Linear(4 * 3 * 5, 5), nn.Sigmoid(), nn.Linear(5, 10), nn.Softmax(1))),
    "residual": case(Residual()),
    "image to image": case(nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Softplus(), nn.Conv2d(2, 2, 3, stride=4), nn.Softmax(1))),
    "computed sizes": sizes(View()),
    "enlarged": sizes(nn.Sequential(
        nn.Conv2d(1, 4, 7, stride=7), nn.GroupNorm(2, 4), nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1, groups=2), nn.InstanceNorm2d(6, affine=True), nn.AvgPool2d(8),
        nn.ConvTranspose2d(6, 3, 3, stride=2, padding=1, output_padding=1, bias=False), nn.InstanceNorm2d(3), nn.ConvTranspose2d(3, 2, (2, 3), dilation=(2, 1)), nn.Upsample(scale_factor=(1, 2)), nn.Upsample(scale_factor=2, mode="bilinear"))),
    "sequences": sizes(nn.Sequential(
        nn.Conv1d(28, 6, 5, stride=2, padding=1), nn.BatchNorm1d(6), nn.ReLU(), nn.MaxPool1d(3), nn.Conv1d(6, 4, 2, groups=2), nn.ConvTranspose1d(4, 2, 4, stride=2, padding=1),
        nn.AvgPool1d(3, 1), nn.Flatten(), nn.Linear(2 * 4, 3)), sequences="channels first"),
    "sequence to sequence": sizes(nn.Sequential(nn.Conv1d(28, 3, 5, stride=2), nn.Tanh(), nn.Upsample(scale_factor=3), nn.Conv1d(3, 2, 3, padding=2, dilation=2)), sequences="channels first"),
    "lstm and gru": sizes(States(nn.LSTM, nn.GRU), sequences="channels last"),
    "gru and lstm": sizes(States(nn.GRU, nn.LSTM), sequences="channels last"),
    "largest of each channel": sizes(nn.Sequential(nn.Conv2d(1, 5, 3, stride=3), nn.BatchNorm2d(5), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(5, 3))),
    "gpt": tokens(Gpt(False), 7, 5),
    "gpt with one projection": tokens(Gpt(True), 7, 5, opset_version=14),
    "gpt for one sample": tokens(Gpt(True, layers=1), 7, 5, dynamic_axes=None),
    "multi-head attention": sizes(Attention(), sequences="channels last"),
    "encoder": sizes(Encoder(False, True), sequences="channels last"),
    "encoder with norms first": sizes(Encoder(True, False), sequences="channels last"),
    "encoder with time first": case(
        shaken(nn.TransformerEncoder(nn.TransformerEncoderLayer(28, 4, 5), 1)), sequences="time first", do_constant_folding=True, training=torch.onnx.TrainingMode.EVAL,
        input_names=["x"], dynamic_axes={"x": {1: "n"}}),
    "lstm of both directions": sizes(Ends(nn.LSTM, "all", bidirectional=True), sequences="channels last"),
    "gru of both directions, last states": sizes(Ends(nn.GRU, "cat", bidirectional=True, num_layers=2), sequences="channels last"),
    "rnn with relu, two layers": sizes(Ends(nn.RNN, "h", nonlinearity="relu", num_layers=2), sequences="channels last"),
    "rnn": sizes(Ends(nn.RNN, "y"), sequences="channels last"),
    "lstm of three layers": sizes(Ends(nn.LSTM, "h", num_layers=3, dropout=0.3), sequences="channels last"),
    "lstm of both directions, last layer": sizes(Ends(nn.LSTM, "h", num_layers=2, bidirectional=True), sequences="channels last"),
    "means over an image": sizes(Excited()),
    "elements": case(Elements(), do_constant_folding=True, training=torch.onnx.TrainingMode.EVAL, opset_version=16, input_names=["x"], dynamic_axes={"x": {0: "n"}}),
    "vector to image": sizes(nn.Sequential(
        nn.Flatten(), nn.Linear(784, 18), nn.BatchNorm1d(18), nn.ReLU(), Image(2, 3, 3), nn.ConvTranspose2d(2, 3, 3, stride=2), nn.Sigmoid())),
    "groups of a sequence": sizes(nn.Sequential(nn.Conv1d(28, 6, 3, padding=1), nn.GroupNorm(3, 6), nn.SiLU(), nn.Conv1d(6, 4, 3), nn.InstanceNorm1d(4, affine=True)), sequences="channels first"),
    **dict(by_hand()),
    "patches": sizes(Patches()),
    "einsum": sizes(Einsum(), sequences="channels last"),
    "lengths": sizes(Lengths()),
    "causal convolution": sizes(Causal(), sequences="channels first"),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx_imports.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
