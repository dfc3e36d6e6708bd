#!/usr/bin/env python3
"""Small ONNX graphs with an input and the output that the published description of the operator gives, written out here in plain Python, in double precision.
It needs nothing but Python: the files are encoded here as well.

    python3 make_onnx_operators.py        writes onnx_operators.json beside this file
"""
import base64
import itertools
import json
import math
import os
import random
import struct

draw = random.Random(5)
cases = {}
FLOAT, INT64, BOOL = 1, 7, 9


# ---- tensors: a list of numbers with extents
def count(shape):
    return math.prod(shape)


def normal(*shape):
    return [round(draw.gauss(0, 1.5), 3) for _ in range(count(shape))]


def places(shape):
    return itertools.product(*(range(d) for d in shape))


def at(values, shape, place):
    index = 0
    for d, p in zip(shape, place):
        index = index * d + p
    return values[index]


# ---- the file format: fields of a number, text, bytes or message
def varint(n):
    out = b""
    n &= (1 << 64) - 1
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)


def node(type, inputs="x", output="y", **attributes):
    """'-' stands for an input that is left out."""
    return (b"".join(field(1, "" if i == "-" else i) for i in inputs.split()) + field(2, output) + field(4, type)
            + b"".join(field(5, attribute(k, v)) for k, v in attributes.items()))


def tensor(name, shape, values, kind=FLOAT):
    packed = struct.pack(f"<{len(values)}{ {FLOAT: 'f', INT64: 'q', BOOL: '?'}[kind] }", *values)
    return b"".join(field(1, d) for d in shape) + field(2, kind) + field(8, name) + field(9, packed)


def value(name, shape):
    dims = b"" if shape is None else field(2, b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in shape))
    return field(1, name) + field(2, field(1, field(1, FLOAT) + dims))


def add(name, nodes, shape, x, y_shape, y, stored=(), opset=17, tolerance=1e-4):
    """nodes make 'y' from 'x' and stored tensors (name, shape, values[, kind])."""
    graph = (b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, tensor(*t)) for t in stored)
             + field(11, value("x", ["n", *shape[1:]])) + field(12, value("y", None)))
    model = field(1, 8) + field(7, graph) + field(8, field(2, opset))
    assert name not in cases, name
    assert len(y) == count(y_shape), name
    cases[name] = {"onnx": base64.b64encode(model).decode(), "tolerance": tolerance, "shape": list(shape), "input": x,
                   "expectedShape": list(y_shape), "expected": [float(f"{v:.7g}") for v in y]}


# ---- single elements
def gelu(v):
    return v / 2 * (1 + math.erf(v / math.sqrt(2)))


def gelu_tanh(v):
    return v / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v ** 3)))


x = normal(2, 6)
for type, attributes, f, opset in [
    ("Gelu", {}, gelu, 20),
    ("Gelu", {"approximate": "none"}, gelu, 20),
    ("Gelu", {"approximate": "tanh"}, gelu_tanh, 20),
    ("Swish", {}, lambda v: v / (1 + math.exp(-v)), 24),
    ("Swish", {"alpha": 1.5}, lambda v: v / (1 + math.exp(-1.5 * v)), 24),
    ("ThresholdedRelu", {}, lambda v: v if v > 1 else 0, 22),
    ("ThresholdedRelu", {"alpha": 0.25}, lambda v: v if v > 0.25 else 0, 22),
    ("Shrink", {}, lambda v: v if v < -0.5 or v > 0.5 else 0, 9),
    ("Shrink", {"lambd": 0.75, "bias": 0.25}, lambda v: v + 0.25 if v < -0.75 else v - 0.25 if v > 0.75 else 0, 9),
]:
    add(f"{type} {attributes}", [node(type, **attributes)], (2, 6), x, (2, 6), [f(v) for v in x], opset=opset)

row = normal(6)
for type, f in [("Less", lambda a, b: a < b), ("LessOrEqual", lambda a, b: a <= b), ("Greater", lambda a, b: a > b),
                ("GreaterOrEqual", lambda a, b: a >= b), ("Equal", lambda a, b: a == b)]:
    same = x[:3] + row[3:]
    # As a number that is chosen by it, so that it is one in the file as well.
    both = [node(type, "x w", "c"), node("Where", "c two three")]
    numbers = [("w", (6,), same), ("two", (), [2.0]), ("three", (), [3.0])]
    add(f"{type} with numbers", both, (2, 6), x, (2, 6), [2 if f(v, same[i % 6]) else 3 for i, v in enumerate(x)], numbers)
    turned = [node(type, "w x", "c"), node("Where", "c two three")]
    add(f"{type} of numbers", turned, (2, 6), x, (2, 6), [2 if f(same[i % 6], v) else 3 for i, v in enumerate(x)], numbers)

flags = [True, False, True, True, False, False]
for type, f in [("And", lambda a, b: a and b), ("Or", lambda a, b: a or b), ("Xor", lambda a, b: a != b)]:
    nodes = [node("Greater", "x zero", "p"), node(type, "p w", "c"), node("Where", "c two three")]
    stored = [("w", (6,), flags, BOOL), ("zero", (), [0.0]), ("two", (), [2.0]), ("three", (), [3.0])]
    add(f"{type} with flags", nodes, (2, 6), x, (2, 6), [2 if f(v > 0, flags[i % 6]) else 3 for i, v in enumerate(x)], stored)
add("CastLike", [node("CastLike", "x w", saturate=1, round_mode="up")], (2, 6), x, (2, 6), x, [("w", (1,), [0.0])], opset=25)


# ---- norms
def normed(v, eps):
    mean = sum(v) / len(v)
    return [(a - mean) / math.sqrt(sum((b - mean) ** 2 for b in v) / len(v) + eps) for a in v]


shape = (2, 6, 3, 2)
x = normal(*shape)
for opset, each in [(18, 3), (21, 6)]:
    scale, bias = normal(each), normal(each)
    y, members = [], 2
    for start in range(0, len(x), members * 6):
        group = start // (members * 6) % 3
        for i, v in enumerate(normed(x[start:start + members * 6], 1e-3)):
            own = group if each == 3 else group * members + i // 6
            y.append(v * scale[own] + bias[own])
    # The standard deviation is computed in 32 bits, as here.
    add(f"GroupNormalization of opset {opset}", [node("GroupNormalization", "x s b", num_groups=3, epsilon=1e-3, stash_type=1)], shape, x, shape, y,
        [("s", (each,), scale), ("b", (each,), bias)], opset=opset)

scale, bias = normal(36), normal(36)
y = [v * scale[i] + bias[i] for start in (0, 36) for i, v in enumerate(normed(x[start:start + 36], 1e-5))]
add("LayerNormalization over the sample", [node("LayerNormalization", "x s b", axis=1)], shape, x, shape, y, [("s", (6, 3, 2), scale), ("b", (6, 3, 2), bias)])
y = [v * scale[i] for start in (0, 36) for i, v in enumerate(normed(x[start:start + 36], 1e-5))]
add("LayerNormalization over the sample without bias", [node("LayerNormalization", "x s", axis=-3)], shape, x, shape, y, [("s", (6, 3, 2), scale)])

shape = (2, 3, 4)
x = normal(*shape)
x[4:8] = [0.0] * 4
scale = normal(4)
for attributes, eps in [({}, 1e-5), ({"epsilon": 0.25, "axis": -1, "stash_type": 1}, 0.25), ({"axis": 2}, 1e-5)]:
    y = [v / math.sqrt(sum(b * b for b in x[i // 4 * 4:i // 4 * 4 + 4]) / 4 + eps) * scale[i % 4] for i, v in enumerate(x)]
    add(f"RMSNormalization {attributes}", [node("RMSNormalization", "x s", **attributes)], shape, x, shape, y, [("s", (4,), scale)], opset=23)
for attributes in [{}, {"p": 1}, {"p": 2, "axis": 2}, {"axis": -1, "p": 1}]:
    y = []
    for i, v in enumerate(x):
        of = x[i // 4 * 4:i // 4 * 4 + 4]
        length = sum(abs(a) for a in of) if attributes.get("p", 2) == 1 else math.sqrt(sum(a * a for a in of))
        y.append(v / length if length else 0)
    add(f"LpNormalization {attributes}", [node("LpNormalization", "x", **attributes)], shape, x, shape, y, opset=22)

# ---- reductions
x = normal(*shape)
positive = [abs(v) + 0.1 for v in x]
for type, f, given in [("ReduceL1", lambda v: sum(abs(a) for a in v), x), ("ReduceSumSquare", lambda v: sum(a * a for a in v), x),
                       ("ReduceLogSum", lambda v: math.log(sum(v)), positive)]:
    rows = [f(given[i:i + 4]) for i in range(0, 24, 4)]
    add(f"{type} over features", [node(type, "x", axes=[-1], keepdims=1)], shape, given, (2, 3, 1), rows)
    add(f"{type} over features, without them", [node(type, "x axes", keepdims=0, noop_with_empty_axes=1)], shape, given, (2, 3), rows, [("axes", (1,), [2], INT64)], opset=18)
    columns = [f([given[s * 12 + t * 4 + c] for t in range(3)]) for s in range(2) for c in range(4)]
    add(f"{type} over places", [node(type, "x", axes=[1], keepdims=0)], shape, given, (2, 4), columns)


# ---- windows
def sizes(extents, window, strides, pads, ceil=False):
    out = []
    for a, extent in enumerate(extents):
        room = extent + pads[a] + pads[a + len(extents)] - window[a]
        n = (-(-room // strides[a]) if ceil else room // strides[a]) + 1
        # A window must begin within the value or what is before it.
        out.append(n - 1 if ceil and (n - 1) * strides[a] >= extent + pads[a] else n)
    return out


def same(extents, window, strides, lower):
    total = [max(0, (-(-e // s) - 1) * s + w - e) for e, w, s in zip(extents, window, strides)]
    small, large = [t // 2 for t in total], [t - t // 2 for t in total]
    return large + small if lower else small + large


def averages(x, shape, window, strides, pads, include, ceil=False):
    extents, rank = shape[2:], len(shape) - 2
    out = sizes(extents, window, strides, pads, ceil)
    y = []
    for place in places((*shape[:2], *out)):
        total, within = 0, 0
        for w in places(window):
            p = [place[2 + a] * strides[a] - pads[a] + w[a] for a in range(rank)]
            if all(0 <= p[a] < extents[a] for a in range(rank)):
                total += at(x, shape, (*place[:2], *p))
                within += 1
            elif include and all(-pads[a] <= p[a] < extents[a] + pads[a + rank] for a in range(rank)):
                within += 1
        y.append(total / within)
    return (*shape[:2], *out), y


shape = (2, 2, 5, 6)
x = normal(*shape)
for name, window, strides, pads, include, more in [
    ("padding left out", (3, 3), (1, 1), [1, 1, 1, 1], False, {"pads": [1, 1, 1, 1]}),
    ("padding left out, strides", (3, 2), (2, 3), [1, 0, 2, 1], False, {"pads": [1, 0, 2, 1]}),
    ("padding counted", (3, 2), (2, 3), [1, 0, 2, 1], True, {"pads": [1, 0, 2, 1], "count_include_pad": 1}),
    ("SAME_UPPER", (3, 2), (2, 1), same((5, 6), (3, 2), (2, 1), False), False, {"auto_pad": "SAME_UPPER"}),
    ("SAME_LOWER", (2, 2), (1, 1), same((5, 6), (2, 2), (1, 1), True), False, {"auto_pad": "SAME_LOWER"}),
    ("SAME_LOWER counted", (2, 2), (1, 1), same((5, 6), (2, 2), (1, 1), True), True, {"auto_pad": "SAME_LOWER", "count_include_pad": 1}),
    ("beyond the end", (2, 4), (2, 3), [0, 0, 0, 0], False, {"ceil_mode": 1}),
    ("beyond the end, padding counted", (3, 3), (2, 2), [1, 1, 1, 1], True, {"ceil_mode": 1, "pads": [1, 1, 1, 1], "count_include_pad": 1}),
    ("beyond the end, padding left out", (3, 3), (3, 2), [1, 1, 1, 1], False, {"ceil_mode": 1, "pads": [1, 1, 1, 1]}),
]:
    y_shape, y = averages(x, shape, window, strides, pads, include, "ceil_mode" in more)
    add(f"AveragePool, {name}", [node("AveragePool", "x", kernel_shape=window, strides=strides, **more)], shape, x, y_shape, y, opset=19)
line = (2, 3, 7)
x1 = normal(*line)
y_shape, y = averages(x1, line, (3,), (2,), [1, 1], False)
add("AveragePool of a sequence, padding left out", [node("AveragePool", "x", kernel_shape=[3], strides=[2], pads=[1, 1])], line, x1, y_shape, y)


def convolved(x, shape, w, w_shape, strides, pads):
    out = sizes(shape[2:], w_shape[2:], strides, pads)
    y = []
    for n, o, *place in places((shape[0], w_shape[0], *out)):
        total = 0
        for c, *k in places(w_shape[1:]):
            p = [place[a] * strides[a] - pads[a] + k[a] for a in range(len(place))]
            if all(0 <= p[a] < shape[2 + a] for a in range(len(p))):
                total += at(x, shape, (n, c, *p)) * at(w, w_shape, (o, c, *k))
        y.append(total)
    return (shape[0], w_shape[0], *out), y


def transposed(x, shape, w, w_shape, strides, out, begin):
    """Every element spreads over a window; what lies before 'begin' or behind 'out' is cut off."""
    y_shape = (shape[0], w_shape[1], *out)
    y = dict.fromkeys(places(y_shape), 0.0)
    for n, c, *p in places(shape):
        for o, *k in places(w_shape[1:]):
            place = (n, o, *(p[a] * strides[a] + k[a] - begin[a] for a in range(len(p))))
            if place in y:
                y[place] += at(x, shape, (n, c, *p)) * at(w, w_shape, (c, o, *k))
    return y_shape, list(y.values())


w_shape = (3, 2, 2, 4)
w = normal(*w_shape)
for name, pads, more in [("SAME_LOWER", same((5, 6), (2, 4), (1, 1), True), {"auto_pad": "SAME_LOWER"}), ("SAME_UPPER", same((5, 6), (2, 4), (1, 1), False), {"auto_pad": "SAME_UPPER"})]:
    y_shape, y = convolved(x, shape, w, w_shape, (1, 1), pads)
    add(f"Conv, {name} of an even window", [node("Conv", "x w", **more)], shape, x, y_shape, y, [("w", w_shape, w)])
w_shape = (2, 3, 3, 4)
w = normal(*w_shape)
for name, out, upper, more in [
    ("SAME_UPPER", (10, 12), True, {"auto_pad": "SAME_UPPER"}),
    ("SAME_LOWER", (10, 12), False, {"auto_pad": "SAME_LOWER"}),
    ("output_shape", (9, 12), False, {"output_shape": [9, 12]}),
    ("output_shape of all", (11, 14), False, {"output_shape": [11, 14]}),
]:
    total = [(e - 1) * 2 + k - o for e, k, o in zip((5, 6), (3, 4), out)]
    begin = [t // 2 if upper else t - t // 2 for t in total]
    y_shape, y = transposed(x, shape, w, w_shape, (2, 2), out, begin)
    add(f"ConvTranspose, {name} of strides", [node("ConvTranspose", "x w", strides=[2, 2], **more)], shape, x, y_shape, y, [("w", w_shape, w)])

# ---- enlarging
small = (1, 2, 2, 3)
xs = normal(*small)
for name, way, nearest in [("tf_half_pixel_for_nn", "tf_half_pixel_for_nn", "floor"), ("pytorch_half_pixel", "pytorch_half_pixel", "round_prefer_ceil")]:
    y = [at(xs, small, (n, c, p // 2, q // 3)) for n, c, p, q in places((1, 2, 4, 9))]
    add(f"Resize, {name}", [node("Resize", "x - scales", mode="nearest", coordinate_transformation_mode=way, nearest_mode=nearest)], small, xs, (1, 2, 4, 9), y,
        [("scales", (4,), [1.0, 1.0, 2.0, 3.0])], opset=13)
y = [at(xs, small, (n, c, p // 2, q // 3)) for n, c, p, q in places((1, 2, 4, 9))]
add("Resize of axes", [node("Resize", "x - scales", mode="nearest", axes=[3, 2])], small, xs, (1, 2, 4, 9), y, [("scales", (2,), [3.0, 2.0])], opset=18)
add("Resize of axes to sizes", [node("Resize", "x - - sizes", mode="nearest", axes=[-2, -1])], small, xs, (1, 2, 4, 9), y, [("sizes", (2,), [4, 9], INT64)], opset=18)

# ---- running sums
rows = (2, 4, 3)
xs = normal(*rows)
for axis in (1, 2, -1):
    for exclusive in (0, 1):
        over = axis % 3
        y = [sum(at(xs, rows, (*p[:over], k, *p[over + 1:])) for k in range(p[over] + 1 - exclusive)) for p in places(rows)]
        add(f"CumSum over {axis}{', without itself' if exclusive else ''}", [node("CumSum", "x axis", exclusive=exclusive)], rows, xs, rows, y, [("axis", (), [axis], INT64)])

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx_operators.json"), "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(c, separators=(',', ':'))}" for k, c in cases.items()) + "\n}\n")
print(len(cases), "cases")
