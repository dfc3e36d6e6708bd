#!/usr/bin/env python3
"""Numbers of Gaussian process regression that the tests compare with, from NumPy. Debian: apt-get install python3-numpy

    /usr/bin/python3 make_gp.py        writes gp.json beside this file
"""
import json
import math
import os
import numpy as np

rng = np.random.default_rng(7)


def kernel(a, b, lengths, signal):
    r = np.sqrt((((a[:, None, :] - b[None, :, :]) / lengths) ** 2).sum(-1))
    return signal * (1 + math.sqrt(5) * r + 5 / 3 * r ** 2) * np.exp(-math.sqrt(5) * r)


def likelihood(x, y, lengths, signal, noise):
    k = kernel(x, x, lengths, signal) + noise * np.eye(len(x))
    return -0.5 * y @ np.linalg.solve(k, y) - 0.5 * np.linalg.slogdet(k)[1] - 0.5 * len(x) * math.log(2 * math.pi)


def improvement(mean, variance, best):
    s = math.sqrt(variance)
    z = (best - mean) / s
    return (best - mean) * 0.5 * (1 + math.erf(z / math.sqrt(2))) + s * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def case(n, d, lengths, signal, noise):
    x, at = rng.uniform(size=(n, d)), rng.uniform(size=(4, d))
    y = np.sin(5 * x[:, 0]) + x.sum(1) ** 2 + 0.1 * rng.normal(size=n)
    y = (y - y.mean()) / y.std(ddof=1)
    lengths = np.array(lengths)
    k = kernel(x, x, lengths, signal) + noise * np.eye(n)
    cross = kernel(at, x, lengths, signal)
    mean = cross @ np.linalg.solve(k, y)
    variance = signal - np.einsum("ij,ji->i", cross, np.linalg.solve(k, cross.T))
    # The largest likelihood among many priors, then around the best of them: what a fit must reach.
    low, high = np.log([0.05] * d + [0.05, 1e-6]), np.log([10] * d + [10, 1])
    tried = [(likelihood(x, y, np.exp(v[:d]), np.exp(v[d]), np.exp(v[d + 1])), v) for v in rng.uniform(low, high, size=(4000, d + 2))]
    top, v = max(tried, key=lambda t: t[0])
    for scale in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01):
        for _ in range(2000):
            w = np.clip(v + scale * rng.normal(size=d + 2), low, high)
            if (l := likelihood(x, y, np.exp(w[:d]), np.exp(w[d]), np.exp(w[d + 1]))) > top:
                top, v = l, w
    return {
        "x": x.tolist(), "y": y.tolist(), "lengths": lengths.tolist(), "signal": signal, "noise": noise, "at": at.tolist(), "mean": mean.tolist(),
        "variance": variance.tolist(), "likelihood": likelihood(x, y, lengths, signal, noise), "best_likelihood": top,
        "improvement": [improvement(m, s, -0.5) for m, s in zip(mean, variance)],
    }


out = [case(6, 1, [0.3], 1.0, 1e-2), case(12, 2, [0.4, 1.5], 1.7, 1e-3), case(20, 3, [0.2, 0.9, 3.0], 0.6, 0.1)]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gp.json"), "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
