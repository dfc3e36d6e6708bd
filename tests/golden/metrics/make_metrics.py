"""Metrics of random outputs by their definitions, in plain Python: python3 make_metrics.py > metrics.json

AUC counts every pair of a positive and a negative; precision, recall and f1 are means over the classes that occur or are predicted; r2 sums the
variances of the outputs.
"""
import json
import math
import random
import struct


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def pairs(scores, positive):
    won = total = 0.0
    for i, p in enumerate(positive):
        for j, q in enumerate(positive):
            if p and not q:
                total += 1
                won += 1 if scores[i] > scores[j] else 0.5 if scores[i] == scores[j] else 0
    return won / total if total else None


def mean(values):
    return sum(values) / len(values)


def per_class(actual, predicted, c):
    hits = sum(a == c and p == c for a, p in zip(actual, predicted))
    said, there = predicted.count(c), actual.count(c)
    precision = hits / said if said else 0.0
    recall = hits / there if there else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def classes(rng, n, width, present, ties):
    rows, actual = [], []
    for _ in range(n):
        weights = [math.exp(rng.gauss(0, 1)) for _ in range(width)]
        c = rng.choice(present)
        weights[c] *= 2.5
        p = [f32(w / sum(weights)) for w in weights]
        rows.append([f32(round(v * 8) / 8) for v in p] if ties else p)
        actual.append(c)
    predicted = [row.index(max(row)) for row in rows]
    seen = sorted(set(actual) | set(predicted))
    scores = [per_class(actual, predicted, c) for c in seen]
    if width == 2:
        auc = pairs([r[1] for r in rows], [a == 1 for a in actual])
    else:
        auc = mean([v for v in (pairs([r[c] for r in rows], [a == c for a in actual]) for c in range(width)) if v is not None])
    rank = [sum(v > r[a] or (v == r[a] and i < a) for i, v in enumerate(r)) for r, a in zip(rows, actual)]
    return {
        "width": width, "outputs": [v for r in rows for v in r], "classes": actual,
        "expected": {
            "precision": mean([s[0] for s in scores]), "recall": mean([s[1] for s in scores]), "f1": mean([s[2] for s in scores]), "auc": auc,
            "top_1": mean([r < 1 for r in rank]), "top_2": mean([r < 2 for r in rank]),
            "perplexity": math.exp(mean([-math.log(max(1e-37, r[a])) for r, a in zip(rows, actual)])),
        },
    }


def binary(rng, n):
    outputs, values = [], []
    for _ in range(n):
        y = rng.random() < 0.4
        outputs.append(f32(round(min(1, max(0, rng.gauss(0.65 if y else 0.4, 0.2))), 2)))
        values.append(1.0 if y else 0.0)
    actual, predicted = [int(v) for v in values], [int(o > 0.5) for o in outputs]
    precision, recall, f1 = per_class(actual, predicted, 1)
    return {
        "width": 1, "outputs": outputs, "values": values,
        "expected": {"precision": precision, "recall": recall, "f1": f1, "auc": pairs(outputs, [a == 1 for a in actual])},
    }


def numbers(rng, n, width):
    targets = [[f32(rng.gauss(c, c + 1)) for c in range(width)] for _ in range(n)]
    outputs = [[f32(t + rng.gauss(0.1, 0.5)) for t in row] for row in targets]
    rest = total = 0.0
    for c in range(width):
        m = mean([row[c] for row in targets])
        rest += sum((t[c] - o[c]) ** 2 for t, o in zip(targets, outputs))
        total += sum((t[c] - m) ** 2 for t in targets)
    return {"width": width, "outputs": [v for r in outputs for v in r], "values": [v for r in targets for v in r], "expected": {"r2": 1 - rest / total}}


def labels(rng, n, width):
    """Labels beside each other, each a yes or no of its own; the last occurs in few rows."""
    rows = [[rng.random() < 0.5 / (c + 1) for c in range(width)] for _ in range(n)]
    outputs = [[f32(round(min(1, max(0, rng.gauss(0.65 if y else 0.35, 0.25))), 2)) for y in row] for row in rows]
    columns = [([int(r[c]) for r in rows], [int(o[c] > 0.5) for o in outputs]) for c in range(width)]
    scores = [per_class(actual, predicted, 1) for actual, predicted in columns]
    return {
        "width": width, "labels": True, "outputs": [v for o in outputs for v in o], "values": [float(v) for r in rows for v in r],
        "expected": {
            "accuracy": mean([a == p for actual, predicted in columns for a, p in zip(actual, predicted)]),
            "precision": mean([s[0] for s in scores]), "recall": mean([s[1] for s in scores]), "f1": mean([s[2] for s in scores]),
            "auc": mean([pairs([o[c] for o in outputs], [r[c] for r in rows]) for c in range(width)]),
        },
    }


rng = random.Random(7)
print(json.dumps({
    "three classes": classes(rng, 60, 3, [0, 1, 2], False),
    "three classes with ties": classes(rng, 60, 3, [0, 1, 2], True),
    "two classes": classes(rng, 50, 2, [0, 1], False),
    "six classes of which two never occur": classes(rng, 40, 6, [0, 2, 3, 5], False),
    "one output with ties": binary(rng, 80),
    "one number": numbers(rng, 40, 1),
    "three numbers": numbers(rng, 30, 3),
    "three labels": labels(rng, 70, 3),
    "five labels": labels(rng, 40, 5),
}))
