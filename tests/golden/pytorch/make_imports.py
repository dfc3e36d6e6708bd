#!/usr/bin/env python3
"""Small models of PyTorch with their weights, an input and its output: what `nn import` must reproduce. Debian: apt-get install python3-torch

    /usr/bin/python3 make_imports.py        writes imports.json beside this file
"""
import json
import os
import torch
import torch.nn as nn

torch.manual_seed(3)


class Digits(nn.Module):
    """Convolutions, an image flattened channels first, square dense layers that only their numbers tell apart."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 5, padding=2)
        self.norm = nn.BatchNorm2d(3)
        self.conv2 = nn.Conv2d(3, 4, 5)
        self.fc1 = nn.Linear(4 * 5 * 5, 6)
        self.fc2 = nn.Linear(6, 6)
        self.fc10 = nn.Linear(6, 6)
        self.out = nn.Linear(6, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.norm(self.conv1(x))), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.tanh(self.fc1(x.flatten(1)))
        return torch.softmax(self.out(torch.tanh(self.fc10(torch.tanh(self.fc2(x))))), 1)


class Decoder(nn.Module):
    """A vector that becomes an image."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3 * 4 * 4)
        self.up = nn.ConvTranspose2d(3, 2, 2, stride=2)

    def forward(self, x):
        return torch.sigmoid(self.up(torch.relu(self.fc(x)).view(-1, 3, 4, 4)))


class Recurrent(nn.Module):
    """Two numbers as a sequence of two steps; the last state of each direction."""

    def __init__(self, kind, both=False):
        super().__init__()
        self.rnn = kind(1, 3, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(6 if both else 3, 1)

    def forward(self, x):
        y, _ = self.rnn(x[:, :, None])
        return self.fc(torch.cat([y[:, -1, :3], y[:, 0, 3:]], 1))


class Encoder(nn.Module):
    """Twelve numbers as three places of four features: two encoder layers with norms first, as nn has them."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(2, 12)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 16, activation="gelu", batch_first=True, norm_first=True), 2)
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        return self.out(self.encoder(self.stem(x).view(-1, 3, 4)).flatten(1))


class Attentions(nn.Module):
    """One with projections of their own, one of PyTorch's without biases."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(2, 12)
        self.attention = nn.ModuleDict({n: nn.Linear(4, 4) for n in ("query", "key", "value", "proj")})
        self.mha = nn.MultiheadAttention(4, 2, bias=False, batch_first=True)
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        x = self.stem(x).view(-1, 3, 4)
        q, k, v = (self.attention[n](x) for n in ("query", "key", "value"))
        x = self.attention["proj"](torch.softmax(q @ k.transpose(1, 2) / 2, -1) @ v)
        return self.out(self.mha(x, x, x)[0].flatten(1))


class Gpt(nn.Module):
    """The names and shapes of GPT-2: a table of places longer than the sequence, masks among the weights, tables with the shape of the head."""

    def __init__(self, symbols=7, time=5, width=4):
        super().__init__()
        self.transformer = nn.ModuleDict({"wte": nn.Embedding(symbols, width), "wpe": nn.Embedding(time + 4, width), "h": nn.ModuleList(Block(width, time + 4) for _ in range(2)), "ln_f": nn.LayerNorm(width)})
        self.lm_head = nn.Linear(width, symbols, bias=False)

    def forward(self, x):
        t = self.transformer
        x = t["wte"](x) + t["wpe"](torch.arange(x.size(1)))
        for block in t["h"]:
            x = block(x)
        return torch.softmax(self.lm_head(t["ln_f"](x)), -1)


class Block(nn.Module):
    def __init__(self, width, time):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.ModuleDict({"c_attn": nn.Linear(width, 3 * width), "c_proj": nn.Linear(width, width)})
        self.attn.register_buffer("bias", torch.tril(torch.ones(time, time)).view(1, 1, time, time))
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(width, 4 * width), "c_proj": nn.Linear(4 * width, width)})

    def forward(self, x):
        q, k, v = (t.view(*x.shape[:2], 2, -1).transpose(1, 2) for t in self.attn["c_attn"](self.ln_1(x)).split(x.size(2), 2))
        scores = (q @ k.transpose(2, 3) / k.size(-1) ** 0.5).masked_fill(self.attn.bias[:, :, : x.size(1), : x.size(1)] == 0, float("-inf"))
        x = x + self.attn["c_proj"]((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(x.shape))
        return x + self.mlp["c_proj"](nn.functional.gelu(self.mlp["c_fc"](self.ln_2(x))))


def shaken(model):
    """Norms and biases that are not 1 and 0."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(torch.rand_like(p) - 0.5)
    return model


def numbers(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


def case(model, x):
    model.train()
    for _ in range(3):
        model(torch.randn_like(x) if x.is_floating_point() else x)
    model.eval()
    y = model(x)
    state = model.state_dict()
    # Images channels last, as nn has them.
    x, y = (t.permute(0, 2, 3, 1) if t.dim() == 4 else t for t in (x, y))
    return {
        "weights": {k: {"shape": list(v.shape), "type": str(v.dtype)[6:], "values": numbers(v)} for k, v in state.items()},
        "input": numbers(x), "output": numbers(y),
    }


cases = {
    "digits": case(Digits(), torch.randint(0, 256, (3, 1, 28, 28)) / 255),
    "decoder": case(Decoder(), torch.randn(4, 2)),
    "sequential": case(nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 5), nn.LayerNorm(5), nn.Linear(5, 5), nn.Sigmoid(), nn.Linear(5, 1)), torch.randn(6, 2)),
    "lstm": case(Recurrent(nn.LSTM), torch.randn(5, 2)),
    "gru": case(Recurrent(nn.GRU, both=True), torch.randn(5, 2)),
    "rnn": case(Recurrent(nn.RNN), torch.randn(5, 2)),
    "encoder": case(shaken(Encoder()), torch.randn(5, 2)),
    "attention": case(shaken(Attentions()), torch.randn(5, 2)),
    "gpt": case(shaken(Gpt()), torch.randint(0, 7, (3, 5))),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "imports.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
