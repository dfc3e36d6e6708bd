#!/usr/bin/env python3
"""Numbers for sounds, in double precision: torch.stft, held against numpy.fft, and mel bands with the gradients of both; torch's ctc_loss.

    /usr/bin/python3 make_sound_goldens.py        writes sound_goldens.json beside this file
"""
import json
import os
import numpy as np
import torch
from make_goldens import hashed, lst


def spectrogram(window, hop):
    """Power, as torch.stft has it with a periodic Hann window and without padding; numpy's transform of each piece must agree."""
    def f(x):
        hann = torch.hann_window(window, periodic=True, dtype=torch.float64)
        z = torch.stft(x[..., 0], window, hop_length=hop, win_length=window, window=hann, center=False, onesided=True, return_complex=True)
        power = z.abs() ** 2
        sound = x[..., 0].detach().numpy()
        pieces = np.stack([sound[:, i:i + window] for i in range(0, sound.shape[1] - window + 1, hop)], 1)
        by_numpy = np.abs(np.fft.rfft(pieces * hann.numpy(), axis=-1)) ** 2
        assert np.allclose(by_numpy, power.detach().permute(0, 2, 1).numpy(), rtol=1e-10, atol=1e-12)
        return power.permute(0, 2, 1)[..., None]
    return f


def mel(bands, rate, low=0.0, high=None):
    """Triangles of height 1 on the mel scale of HTK, by their definition: a straight line up from the point before, and down to the one after."""
    def f(x):
        bins = x.shape[2]
        top = rate / 2 if high is None else high
        to_mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
        points = 700 * (10 ** (np.linspace(to_mel(low), to_mel(top), bands + 2) / 2595) - 1)
        triangles = np.zeros((bins, bands))
        for k, hertz in enumerate(np.linspace(0, rate / 2, bins)):
            for b in range(bands):
                triangles[k, b] = np.interp(hertz, points[b:b + 3], [0, 1, 0], left=0, right=0)
        return (x[..., 0] @ torch.from_numpy(triangles))[..., None]
    return f


def after(first, second):
    return lambda x: second(first(x))


CASES = [
    ("spectrogram 16, hop: 4", (2, 40, 1), spectrogram(16, 4)),
    ("spectrogram window: 12, hop: 5", (2, 31, 1), spectrogram(12, 5)),
    ("spectrogram 8, hop: 11", (2, 50, 1), spectrogram(8, 11)),
    ("spectrogram 10", (1, 37, 1), spectrogram(10, 5)),
    ("spectrogram 512", (1, 1024, 1), spectrogram(512, 256)),
    ("spectrogram 1000, hop: 300", (1, 1300, 1), spectrogram(1000, 300)),
    ("mel 5, rate: 8000", (2, 3, 33, 1), mel(5, 8000)),
    ("mel 4, low: 300, high: 3400, rate: 8000", (2, 2, 65, 1), mel(4, 8000, 300, 3400)),
    ("spectrogram 128, hop: 64; mel 10, rate: 16000", (2, 256, 1), after(spectrogram(128, 64), mel(10, 16000))),
]


def layers():
    out = []
    for model, shape, f in CASES:
        x = hashed(int(np.prod(shape)), 51, -1, 1).reshape(shape).requires_grad_()
        y = f(x)
        (y * hashed(y.numel(), 52, -1, 1).reshape(y.shape)).sum().backward()
        out.append({"model": model, "input": list(shape), "training": True, "parameters": {}, "output": list(y.shape), "y": lst(y), "dx": lst(x.grad),
                    "gradients": {}, "states": {}})
    return out


# Places, symbols with the blank (the last), targets: with repeats, with as few places as they need, and of one place.
TARGETS = [
    (9, 5, [[0, 1, 2], [1, 1], [3]]),
    (5, 3, [[0, 0, 0], [0, 1, 0], [1, 1]]),
    (1, 4, [[2], [0]]),
    (40, 8, [[0, 1, 2, 3, 4, 5, 6], [6, 6, 6, 6], [2, 5, 2], [1, 0, 0, 1, 0]]),
]


def ctc():
    out = []
    for places, width, targets in TARGETS:
        z = hashed(len(targets) * places * width, 71, -3, 3).reshape(len(targets), places, width).requires_grad_()
        longest = max(len(t) for t in targets)
        padded = torch.tensor([t + [-1] * (longest - len(t)) for t in targets])
        lengths = torch.tensor([len(t) for t in targets])
        p = torch.log_softmax(z, -1).permute(1, 0, 2)
        each = torch.nn.functional.ctc_loss(p, padded.clamp(min=0), torch.full((len(targets),), places), lengths, blank=width - 1, reduction="none")
        (each * hashed(len(targets), 72, 0.5, 1.5)).sum().backward()
        out.append({"shape": list(z.shape), "y": padded.flatten().tolist(), "value": lst(each), "grad": lst(z.grad)})
    return out


if __name__ == "__main__":
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sound_goldens.json"), "w") as f:
        json.dump({"torch": torch.__version__, "numpy": np.__version__, "layers": layers(), "ctc": ctc()}, f, separators=(",", ":"))
        f.write("\n")
