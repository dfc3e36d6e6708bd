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


def case(model):
    for _ in range(3):
        model(torch.rand(8, 1, 28, 28))
    model.eval()
    pixels = torch.randint(0, 256, (2, 1, 28, 28))
    x = pixels / 255
    file = io.BytesIO()
    torch.onnx.export(model, x[:1], file, opset_version=13, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    y = model(x)
    y = y.permute(0, 2, 3, 1) if y.dim() == 4 else y
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
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx_imports.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
