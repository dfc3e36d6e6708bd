#!/usr/bin/env python3
"""Small models as PyTorch's exporter writes them, with an input and the output: what `nn import` must reproduce. Debian: apt-get install python3-torch

    /usr/bin/python3 make_onnx_imports.py        writes onnx_imports.json beside this file
"""
import base64
import io
import json
import os
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
        return {"channels first": x.squeeze(1).transpose(1, 2).contiguous(), "channels last": x.squeeze(1), None: x}[sequences]

    for _ in range(3):
        model(given(torch.rand(8, 1, 28, 28)))
    model.eval()
    pixels = torch.randint(0, 256, (2, 1, 28, 28))
    x = given(pixels / 255)
    file = io.BytesIO()
    torch.onnx.export(model, x[:1], file, opset_version=13, **(export or {"do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE}))
    y = model(x)
    y = y.movedim(1, -1)
    return {
        "onnx": base64.b64encode(file.getvalue()).decode(), "pixels": pixels.flatten().tolist(), "output": [float(f"{v:.9g}") for v in y.detach().flatten().tolist()],
    }


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
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx_imports.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
