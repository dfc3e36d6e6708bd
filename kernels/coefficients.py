"""Coefficients of the polynomials in src/Runtime/Planning/MathExpansions.cs.

Each is the polynomial p of given degree with the smallest largest value of weight(x)*|p(x) - f(x)| over an interval, found by the
exchange algorithm of Remez in double precision. Needs nothing but Python: python3 kernels/coefficients.py
"""
import math


def solve(a, b):
    """Gaussian elimination with partial pivoting."""
    n = len(b)
    m = [row[:] + [v] for row, v in zip(a, b)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[pivot] = m[pivot], m[i]
        for r in range(i + 1, n):
            q = m[r][i] / m[i][i]
            for c in range(i, n + 1):
                m[r][c] -= q * m[i][c]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (m[i][n] - sum(m[i][c] * x[c] for c in range(i + 1, n))) / m[i][i]
    return x


def horner(p, x):
    y = 0.0
    for c in reversed(p):
        y = y * x + c
    return y


def remez(f, weight, low, high, degree, rounds=30, grid=4000):
    points = [low + (high - low) * (1 - math.cos(math.pi * i / (degree + 1))) / 2 for i in range(degree + 2)]
    xs = [low + (high - low) * (1 - math.cos(math.pi * i / grid)) / 2 for i in range(grid + 1)]
    for _ in range(rounds):
        rows = [[x ** k for k in range(degree + 1)] + [(-1) ** i / weight(x)] for i, x in enumerate(points)]
        p = solve(rows, [f(x) for x in points])[:-1]
        errors = [weight(x) * (horner(p, x) - f(x)) for x in xs]
        # The largest error between every two changes of sign.
        extremes, start = [], 0
        for i in range(1, len(xs) + 1):
            if i == len(xs) or (errors[i] > 0) != (errors[start] > 0):
                extremes.append(max(range(start, i), key=lambda k: abs(errors[k])))
                start = i
        while len(extremes) > degree + 2:
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        if len(extremes) < degree + 2:
            break
        points = [xs[i] for i in extremes]
    return p, max(abs(e) for e in errors)


def show(name, f, weight, low, high, degree):
    p, error = remez(f, weight, low, high, degree)
    print(f"{name}: largest weighted error {error:.2g}")
    print("    [" + ", ".join(f"{c:.9g}" for c in p) + "]")


def exp_tail(r):
    return sum(r ** k / math.factorial(k + 2) for k in range(20))


def log_tail(f):
    return sum((-1) ** (k + 1) * f ** k / (k + 2) for k in range(60))


def sin_tail(z):
    return sum((-1) ** (k + 1) * z ** k / math.factorial(2 * k + 3) for k in range(15))


def erf_tail(z):
    return sum((-1) ** k * z ** k / (math.factorial(k) * (2 * k + 1)) for k in range(40)) * 2 / math.sqrt(math.pi)


def erfc_exponent(t):
    return math.log(math.erfc(t))


if __name__ == "__main__":
    half = math.log(2) / 2
    show("exp: (e^r - 1 - r) / r^2", exp_tail, lambda r: r * r / math.exp(r), -half * 1.001, half * 1.001, 4)
    show("log: (log(1 + f) - f) / f^2", log_tail, lambda f: f * f / max(abs(math.log1p(f)), 1e-9), math.sqrt(0.5) - 1.001, math.sqrt(2) - 0.999, 8)
    show("sin: (sin r - r) / r^3 in r^2", sin_tail, lambda z: z ** 1.5 / max(math.sin(math.sqrt(z)), 1e-9), 1e-9, 1.5718 ** 2, 3)
    show("erf: erf(x) / x in x^2", erf_tail, lambda z: math.sqrt(z) / max(math.erf(math.sqrt(z)), 1e-9), 1e-9, 1.0, 5)
    show("erfc: log erfc(t), t = 0.99..4", erfc_exponent, lambda t: math.erfc(t) / math.erf(t), 0.99, 4.0, 6)
