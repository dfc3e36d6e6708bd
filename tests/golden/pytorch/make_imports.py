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


def numbers(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


def case(model, x):
    model.train()
    for _ in range(3):
        model(torch.randn_like(x))
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
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "imports.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
