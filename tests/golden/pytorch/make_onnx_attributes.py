#!/usr/bin/env python3
"""Small ONNX graphs, in each of which an operator has an attribute or an operand that is not the default, with an input and the output that the published
description of the operator gives: by PyTorch where it has the operator, else by numpy, written out here. Debian: apt-get install python3-torch python3-onnx

    /usr/bin/python3 make_onnx_attributes.py        writes onnx_attributes.json beside this file
"""
import base64
import json
import os
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto as T, helper as h, numpy_helper as nh

rng = np.random.default_rng(11)
cases = {}


def normal(*shape):
    return (rng.standard_normal(shape) * 1.5).round(3).astype(np.float32)


def add(name, nodes, x, expected, stored=None, opset=17, kind=T.FLOAT, tolerance=1e-4):
    """nodes make 'y' from 'x' and stored tensors; expected is a function of x, or an array."""
    y = expected(x) if callable(expected) else expected
    y = y.numpy() if isinstance(y, torch.Tensor) else np.asarray(y)
    graph = h.make_graph(
        nodes, "g", [h.make_tensor_value_info("x", kind, ["n", *x.shape[1:]])], [h.make_tensor_value_info("y", T.FLOAT, None)],
        [nh.from_array(v, k) for k, v in (stored or {}).items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)])
    model.ir_version = 8
    assert name not in cases, name
    cases[name] = {
        "onnx": base64.b64encode(model.SerializeToString()).decode(),
        "tolerance": tolerance, "shape": list(x.shape), "input": [float(f"{v:.7g}") for v in x.ravel()],
        # Nothing is right where a training would draw numbers, or an operator does what is not written out here.
        "expectedShape": list(y.shape), "expected": None if np.isnan(y.astype(np.float64)).any() else [float(f"{v:.7g}") for v in y.astype(np.float64).ravel()],
    }


def node(type, inputs="x", output="y", **attributes):
    return h.make_node(type, inputs.split(), output.split(), **attributes)


def blank(type, inputs, output="y", **attributes):
    """'-' stands for an input that is left out."""
    return h.make_node(type, ["" if i == "-" else i for i in inputs.split()], [output], **attributes)


def t(v):
    return torch.from_numpy(np.ascontiguousarray(v))


def i64(*v):
    return np.array(v, dtype=np.int64)


def f32(*v):
    return np.array(v, dtype=np.float32)


# ---- single elements
v = normal(2, 6)
for name, attributes, value in [
    ("LeakyRelu", {"alpha": 0.3}, lambda x: np.where(x < 0, 0.3 * x, x)),
    ("Elu", {"alpha": 0.7}, lambda x: np.where(x < 0, 0.7 * np.expm1(x), x)),
    ("Celu", {"alpha": 0.6}, lambda x: F.celu(t(x), 0.6)),
    ("Selu", {"alpha": 1.2, "gamma": 0.9}, lambda x: 0.9 * np.where(x < 0, 1.2 * np.expm1(x), x)),
    ("Selu", {"alpha": 1.2}, lambda x: np.float32(1.05070098) * np.where(x < 0, 1.2 * np.expm1(x), x)),
    ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}, lambda x: np.clip(0.3 * x + 0.4, 0, 1)),
    ("HardSigmoid", {}, lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
]:
    add(f"{name} {attributes}", [node(name, **attributes)], v, value)
for low, high in [(None, 0.3), (-0.2, None), (-0.2, 0.3), (0.5, -0.4), (1e-12, None), (None, 1e-12), (1e-3, None), (0, 6), (None, None)]:
    given = {k: np.array(b, dtype=np.float32) for k, b in (("low", low), ("high", high)) if b is not None}
    wanted = v if low is None and high is None else torch.clamp(t(v), low, high)
    add(f"Clip {low} {high}", [blank("Clip", f"x {'low' if low is not None else '-'} {'high' if high is not None else '-'}")], v, wanted, given)
    add(f"Clip opset 6 {low} {high}", [node("Clip", **{k: b for k, b in (("min", low), ("max", high)) if b is not None})], v, wanted, opset=6)
bytes8 = np.array([[-100, -3, 0, 2, 50, 127], [1, 2, 3, 4, 5, 6]], dtype=np.int8)
add("Clip int8 max", [blank("Clip", "x - high")], bytes8, np.minimum(bytes8, 3), {"high": np.array(3, dtype=np.int8)}, kind=T.INT8)
add("Clip int8 min", [blank("Clip", "x low")], bytes8, np.maximum(bytes8, 3), {"low": np.array(3, dtype=np.int8)}, kind=T.INT8)
# PyTorch writes F.normalize so.
zero = normal(3, 4)
zero[1] = 0
add("normalize", [
    node("ReduceL2", "x", "norm", axes=[1], keepdims=1), blank("Clip", "norm low", "kept"), node("Expand", "kept shape", "wide"), node("Div", "x wide")],
    zero, lambda x: F.normalize(t(x), dim=1), {"low": np.array(1e-12, dtype=np.float32), "shape": i64(1, 4)})
for floor in [1e-12, 1e-7, 1e-5, 0.01]:
    add(f"Max {floor}", [node("Max", "x c")], np.array([[-1, 0, floor / 2, 2 * floor]], dtype=np.float32), lambda x: np.maximum(x, np.float32(floor)), {"c": f32(floor)})
    add(f"log of sigmoid and {floor}", [node("Sigmoid", "x", "s"), node("Add", "s c", "p"), node("Log", "p")], f32(-60, -3, 0, 5).reshape(1, 4),
        lambda x: np.log(1 / (1 + np.exp(-x.astype(np.float64))) + np.float32(floor)), {"c": f32(floor)})
add("Mul nearly 1", [node("Mul", "x c")], v * 1e4, lambda x: x * np.float32(1.00001), {"c": f32(1.00001)})
add("Min most", [node("Min", "x c")], v * 1e6, lambda x: np.minimum(x, np.float32(1e5)), {"c": f32(1e5)})
add("relu and at most 1e12", [node("Relu", "x", "r"), node("Min", "r c")], np.array([[-1, 1, 5e11, 3e12]], dtype=np.float32), lambda x: np.clip(x, 0, np.float32(1e12)), {"c": f32(1e12)})
for name, value in [("Add", np.add), ("Sub", np.subtract), ("Mul", np.multiply), ("Div", np.divide), ("Pow", np.power)]:
    add(f"{name} broadcast", [node(name, "x c", broadcast=1)], np.abs(v), lambda x: value(x, np.float32(2)), {"c": f32(2)}, opset=6)
for name, value in [("Less", np.less), ("Greater", np.greater), ("Equal", np.equal)]:
    add(f"{name} broadcast", [node(name, "x c", "b", broadcast=1), node("Cast", "b", "y", to=T.FLOAT)], v, lambda x: value(x, np.float32(0.25)).astype(np.float32), {"c": f32(0.25)}, opset=6)
for name, value in [("And", np.logical_and), ("Or", np.logical_or)]:
    add(f"{name} broadcast", [node("Less", "x c", "a"), node("Less", "d x", "b"), node(name, "a b", "f", broadcast=1), node("Cast", "f", "y", to=T.FLOAT)], v,
        lambda x: value(x < np.float32(0.25), np.float32(-0.5) < x).astype(np.float32), {"c": f32(0.25), "d": f32(-0.5)}, opset=7)
image = normal(2, 3, 4, 5)
add("Add axis", [node("Add", "x c", broadcast=1, axis=1)], image, lambda x: x + np.arange(3, dtype=np.float32).reshape(3, 1, 1), {"c": np.arange(3, dtype=np.float32)}, opset=6)
add("PRelu of channels, opset 6", [node("PRelu", "x c")], normal(2, 3, 3, 3), lambda x: np.where(x < 0, x * np.array([0.1, 0.2, 0.3], dtype=np.float32).reshape(3, 1, 1), x), {"c": f32(0.1, 0.2, 0.3)}, opset=6)
add("PRelu of channels", [node("PRelu", "x c")], normal(2, 3, 4, 5), lambda x: F.prelu(t(x), t(f32(0.1, 0.2, 0.3))), {"c": f32(0.1, 0.2, 0.3).reshape(3, 1, 1)})
for to, value in [(T.INT64, np.trunc), (T.INT32, np.trunc), (T.UINT8, lambda x: np.abs(np.trunc(x))), (T.BOOL, lambda x: (x != 0) * 1.0), (T.DOUBLE, lambda x: x), (T.FLOAT16, lambda x: x.astype(np.float16)), (T.BFLOAT16, lambda x: x)]:
    add(f"Cast to {to}", [node("Cast", "x", "c", to=to), node("Cast", "c", "y", to=T.FLOAT)], np.abs(v) if to == T.UINT8 else v, lambda x: value(x).astype(np.float32),
        # Floating point of any size is computed in 32 bits.
        tolerance=1e-3 if to == T.FLOAT16 else 1e-4)
add("Cast saturate, round_mode", [node("Cast", to=T.FLOAT, saturate=0, round_mode="down")], v, v, opset=17)
add("Dropout ratio, seed", [node("Dropout", ratio=0.9, seed=3)], v, v, opset=11)
add("Dropout is_test", [node("Dropout", is_test=1, ratio=0.9)], v, v, opset=6)
add("Dropout for training, ratio 0", [node("Dropout", "x r b")], v, v, {"r": np.array(0, dtype=np.float32), "b": np.array(True)})
# What is exported for training comes in as layers that draw in training alone: it predicts as in eval mode.
add("Dropout for training, ratio 1", [node("Dropout", "x r b")], v, v, {"r": np.array(1 - 1e-6, dtype=np.float32), "b": np.array(True)})
add("Dropout opset 6 for training", [node("Dropout", ratio=0.5)], v, v, opset=6)

# ---- what is computed from stored numbers alone
square = normal(3, 3)
three = normal(2, 3, 3)
for upper, k in [(1, 0), (0, 0), (1, 1), (0, -1)]:
    add(f"Trilu {upper} {k}", [node("Trilu", "c k", "m", upper=upper), node("Add", "x m")], three, lambda x: x + (np.triu if upper else np.tril)(square, k), {"c": square, "k": np.array(k, dtype=np.int64)})
row = normal(6)
for attributes, value in [({}, np.cumsum(row)), ({"exclusive": 1}, np.cumsum(row) - row), ({"reverse": 1}, np.cumsum(row[::-1])[::-1])]:
    add(f"CumSum {attributes}", [node("CumSum", "c zero", "s", **attributes), node("Add", "x s")], v, lambda x: x + value, {"c": row, "zero": np.array(0, dtype=np.int64)})
for fmod in [0, 1]:
    whole = np.array([-7, 7, -3, 5, 4, -1], dtype=np.int64)
    add(f"Mod {fmod}", [node("Mod", "c three", "m", fmod=fmod), node("Cast", "m", "f", to=T.FLOAT), node("Add", "x f")], v, lambda x: x + (np.fmod if fmod else np.mod)(whole, 3), {"c": whole, "three": i64(3)})
add("ConstantOfShape", [node("ConstantOfShape", "s", "c", value=nh.from_array(f32(2.5))), node("Add", "x c")], v, lambda x: x + 2.5, {"s": i64(1, 6)})
for name, value, dims in [("value", nh.from_array(f32(2, 3, 4, 5, 6, 7)), 6), ("value_float", 2.5, 0), ("value_floats", [1.0, 2, 3, 4, 5, 6], 6)]:
    add(f"Constant {name}", [node("Constant", "", "c", **{name: value}), node("Mul", "x c")], v, lambda x: x * (nh.to_array(value) if name == "value" else np.float32(value)))
for name, value in [("value_int", 1), ("value_ints", [1])]:
    add(f"Constant {name}", [node("Constant", "", "c", **{name: value}), node("Cast", "c", "f", to=T.FLOAT), node("Add", "x f")], v, lambda x: x + 1)
for keep, axes in [(0, None), (1, None), (0, [0])]:
    attributes = {"keepdims": keep, **({"axes": axes} if axes else {})}
    add(f"ReduceProd {attributes}", [node("ReduceProd", "c", "p", **attributes), node("Mul", "x p")], v, lambda x: x * np.prod(row[:3]), {"c": row[:3]})
add("ReduceProd of one axis", [node("ReduceProd", "c", "p", axes=[0], keepdims=0), node("Mul", "x p")], v, lambda x: x * np.prod(np.outer([1, 2], row).astype(np.float32), 0), {"c": np.outer([1, 2], row).astype(np.float32)})
add("ReduceProd noop", [node("ReduceProd", "c", "p", noop_with_empty_axes=1), node("Mul", "x p")], v, lambda x: x * row, {"c": row}, opset=18)
add("Shape start, end", [node("Shape", "x", "s", start=-1, end=2), node("Cast", "s", "f", to=T.FLOAT), node("Div", "x f")], v, lambda x: x / 6)

# ---- windows
def spread(x, pads):
    return F.pad(t(x), (pads[1], pads[3], pads[0], pads[2]))


def same(x, window, stride, dilation, lower):
    pads = []
    for a in (0, 1):
        size, reach = x.shape[2 + a], dilation[a] * (window[a] - 1) + 1
        total = max(0, (-(-size // stride[a]) - 1) * stride[a] + reach - size)
        pads.append((total - total // 2, total // 2) if lower else (total // 2, total - total // 2))
    return [pads[0][0], pads[1][0], pads[0][1], pads[1][1]]


w, bias = normal(4, 3, 3, 3), normal(4)
for name, attributes in [
    ("strides", {"strides": [2, 1]}), ("dilations", {"dilations": [1, 2]}), ("kernel_shape", {"kernel_shape": [3, 3]}), ("pads", {"pads": [1, 1, 1, 1]}), ("pads of rows", {"pads": [1, 0, 1, 0]}),
    ("pads of columns", {"pads": [0, 2, 0, 2]}), ("pads, each side", {"pads": [0, 1, 2, 0]}), ("pads at the end", {"pads": [0, 0, 1, 1], "strides": [2, 2]}),
    ("auto_pad SAME_UPPER", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}), ("auto_pad SAME_LOWER", {"auto_pad": "SAME_LOWER", "strides": [2, 2]}), ("auto_pad VALID", {"auto_pad": "VALID"}),
]:
    x = normal(2, 3, 6, 7)
    stride, dilation = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    pads = same(x, [3, 3], stride, dilation, "LOWER" in attributes["auto_pad"]) if "SAME" in attributes.get("auto_pad", "") else attributes.get("pads", [0] * 4)
    add(f"Conv {name}", [node("Conv", "x w b", **attributes)], x, F.conv2d(spread(x, pads), t(w), t(bias), stride, 0, dilation), {"w": w, "b": bias})
for auto in ["VALID", "SAME_UPPER", "NOTSET"]:
    x = normal(2, 3, 6, 7)
    padded = spread(x, [1, 1, 1, 1]).numpy()
    pads = same(padded, [3, 3], [1, 1], [1, 1], False) if "SAME" in auto else [0] * 4
    add(f"Pad, Conv {auto}", [node("Pad", "x p", "z"), node("Conv", "z w b", auto_pad=auto)], x, F.conv2d(spread(padded, pads), t(w), t(bias)), {"p": i64(0, 0, 1, 1, 0, 0, 1, 1), "w": w, "b": bias})
grouped = normal(4, 2, 3, 3)
add("Conv group", [node("Conv", "x w", group=2)], normal(2, 4, 5, 5), lambda x: F.conv2d(t(x), t(grouped), groups=2), {"w": grouped})
line = normal(4, 3, 3)
for pads in [[2, 0], [0, 2], [1, 1], [2, 1]]:
    add(f"Conv of sequences {pads}", [node("Conv", "x w", pads=pads)], normal(2, 3, 8), lambda x: F.conv1d(F.pad(t(x), pads), t(line)), {"w": line})
up = normal(3, 4, 3, 3)
for name, attributes in [
    ("strides", {"strides": [2, 3]}), ("dilations", {"dilations": [2, 1]}), ("kernel_shape", {"kernel_shape": [3, 3]}), ("pads", {"pads": [1, 1, 1, 1]}), ("pads of rows", {"pads": [1, 0, 1, 0]}),
    ("pads, each side", {"pads": [0, 1, 2, 0]}), ("output_padding", {"strides": [2, 2], "output_padding": [1, 1]}), ("output_padding of rows", {"strides": [2, 2], "output_padding": [1, 0]}),
]:
    x = normal(2, 3, 4, 5)
    stride, dilation, pads = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1]), attributes.get("pads", [0] * 4)
    full = F.conv_transpose2d(t(x), t(up), None, stride, 0, attributes.get("output_padding", [0, 0]), 1, dilation)
    add(f"ConvTranspose {name}", [node("ConvTranspose", "x w", **attributes)], x, full[:, :, pads[0]:full.shape[2] - pads[2], pads[1]:full.shape[3] - pads[3]], {"w": up})
upgrouped = normal(4, 2, 2, 2)
add("ConvTranspose group", [node("ConvTranspose", "x w", group=2)], normal(2, 4, 3, 3), lambda x: F.conv_transpose2d(t(x), t(upgrouped), groups=2), {"w": upgrouped})
x = normal(2, 3, 4, 5)
full = F.conv_transpose2d(t(x), t(up), None, 2)
add("ConvTranspose output_shape", [node("ConvTranspose", "x w", strides=[2, 2], output_shape=[8, 10])], x, full[:, :, :8, :10], {"w": up})
add("ConvTranspose auto_pad SAME_UPPER", [node("ConvTranspose", "x w", strides=[2, 2], auto_pad="SAME_UPPER")], x, full[:, :, :8, :10], {"w": up})
add("ConvTranspose auto_pad VALID", [node("ConvTranspose", "x w", strides=[2, 2], auto_pad="VALID")], x, full, {"w": up})


def pool(x, largest, window, stride, pads=(0, 0, 0, 0), dilation=(1, 1), ceil=0, counted=0):
    n, c, *size = x.shape
    out = []
    for a in (0, 1):
        reach = dilation[a] * (window[a] - 1) + 1
        room = size[a] + pads[a] + pads[a + 2] - reach
        count = (-(-room // stride[a]) if ceil else room // stride[a]) + 1
        if ceil and (count - 1) * stride[a] >= size[a] + pads[a]:
            count -= 1
        out.append(count)
    y = np.zeros((n, c, *out))
    for i in range(out[0]):
        for j in range(out[1]):
            rows = [i * stride[0] - pads[0] + k * dilation[0] for k in range(window[0])]
            columns = [j * stride[1] - pads[1] + k * dilation[1] for k in range(window[1])]
            inside = x[:, :, [r for r in rows if 0 <= r < size[0]]][:, :, :, [r for r in columns if 0 <= r < size[1]]]
            if largest:
                y[:, :, i, j] = inside.max((2, 3))
            else:
                # Padding counts where it is asked for; what lies beyond the padding never does.
                cells = sum(-pads[0] <= r < size[0] + pads[2] for r in rows) * sum(-pads[1] <= r < size[1] + pads[3] for r in columns)
                y[:, :, i, j] = inside.sum((2, 3)) / (cells if counted else inside.shape[2] * inside.shape[3])
    return y


for name, attributes in [
    ("strides", {"strides": [2, 3]}), ("pads", {"pads": [1, 1, 1, 1]}), ("pads of rows", {"pads": [1, 0, 1, 0]}), ("pads, each side", {"pads": [0, 1, 2, 0]}), ("dilations", {"dilations": [2, 1]}),
    ("ceil_mode", {"ceil_mode": 1, "strides": [2, 2]}), ("ceil_mode, pads", {"ceil_mode": 1, "strides": [2, 2], "pads": [1, 1, 1, 1]}), ("auto_pad SAME_UPPER", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ("auto_pad SAME_LOWER", {"auto_pad": "SAME_LOWER", "strides": [2, 2]}), ("auto_pad VALID", {"auto_pad": "VALID"}), ("storage_order", {"storage_order": 1}), ("pads, counted", {"pads": [1, 1, 1, 1], "count_include_pad": 1}),
    ("pads of rows, counted", {"pads": [1, 0, 1, 0], "count_include_pad": 1}), ("pads at the end, counted", {"pads": [0, 0, 2, 1], "strides": [2, 2], "count_include_pad": 1}),
]:
    x = normal(2, 2, 6, 8)
    stride, dilation = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    pads = same(x, [3, 3], stride, dilation, "LOWER" in attributes["auto_pad"]) if "SAME" in attributes.get("auto_pad", "") else attributes.get("pads", [0] * 4)
    for type in ["MaxPool"] if "storage_order" in attributes else ["AveragePool"] if "count_include_pad" in attributes else ["MaxPool", "AveragePool"]:
        add(f"{type} {name}", [node(type, kernel_shape=[3, 3], **attributes)], x,
            pool(x, type == "MaxPool", [3, 3], stride, pads, dilation, attributes.get("ceil_mode", 0), attributes.get("count_include_pad", 0)), opset=19)
for mode, value in [("constant", {"constant_values": 0}), ("constant", {"constant_values": 2.5}), ("edge", {}), ("reflect", {})]:
    x = normal(2, 2, 4, 4)
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode, **value)
    stored = {"p": i64(0, 0, 1, 1, 0, 0, 1, 1), "v": np.array(value.get("constant_values", 0), dtype=np.float32), "w": normal(2, 2, 3, 3)}
    add(f"Pad {mode} {value}", [node("Pad", "x p v", "z", mode=mode), node("Conv", "z w")], x, F.conv2d(t(wide), t(stored["w"])), stored)
    if mode == "constant":
        add(f"Pad opset 10 {value}", [node("Pad", "x", "z", pads=[0, 0, 1, 1, 0, 0, 1, 1], value=float(value["constant_values"])), node("Conv", "z w")], x, F.conv2d(t(wide), t(stored["w"])), {"w": stored["w"]}, opset=10)
add("Pad axes", [blank("Pad", "x p - a", "z"), node("Conv", "z w")], x, F.conv2d(F.pad(t(x), (1, 1)), t(stored["w"])), {"p": i64(1, 1), "a": i64(3), "w": stored["w"]}, opset=18)


def resized(x, size, coordinate, mode, nearest="floor"):
    """Along each axis: where a place of the result comes from, by the descriptions of coordinate_transformation_mode."""
    for a in (2, 3):
        old, new = x.shape[a], size[a - 2]
        places = np.arange(new)
        at = {
            "half_pixel": (places + 0.5) * old / new - 0.5, "pytorch_half_pixel": (places + 0.5) * old / new - 0.5 if new > 1 else places * 0.0,
            "asymmetric": places * old / new, "align_corners": places * (old - 1) / (new - 1),
        }[coordinate]
        if mode == "nearest":
            chosen = {"floor": np.floor(at), "ceil": np.ceil(at), "round_prefer_floor": np.ceil(at - 0.5), "round_prefer_ceil": np.floor(at + 0.5)}[nearest]
            x = np.take(x, np.clip(chosen, 0, old - 1).astype(int), a)
        else:
            low = np.floor(at).astype(int)
            share = (at - low).reshape([-1 if i == a else 1 for i in range(4)])
            x = np.take(x, np.clip(low, 0, old - 1), a) * (1 - share) + np.take(x, np.clip(low + 1, 0, old - 1), a) * share
    return x


x = normal(2, 2, 3, 4)
for coordinate in ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"]:
    for mode, nearest in [("linear", "floor")] + [("nearest", n) for n in ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]]:
        add(f"Resize {coordinate} {mode} {nearest}", [blank("Resize", "x - s", coordinate_transformation_mode=coordinate, mode=mode, nearest_mode=nearest)], x,
            resized(x, [6, 12], coordinate, mode, nearest), {"s": f32(1, 1, 2, 3)})
add("Resize sizes", [blank("Resize", "x - - s", mode="nearest")], x, resized(x, [6, 8], "half_pixel", "nearest", "round_prefer_floor"), {"s": i64(1, 2, 6, 8)})
add("Resize smaller, antialias", [blank("Resize", "x - s", mode="linear", antialias=1)], x, x * np.nan, {"s": f32(1, 1, 0.5, 0.5)}, opset=18)
add("Resize axes", [blank("Resize", "x - s", mode="nearest", axes=[3])], x, resized(x, [3, 8], "half_pixel", "nearest", "round_prefer_floor"), {"s": f32(2)}, opset=18)
add("Resize keep_aspect_ratio_policy", [blank("Resize", "x - - s", mode="nearest", keep_aspect_ratio_policy="not_larger")], x, resized(x, [6, 8], "half_pixel", "nearest", "round_prefer_floor"), {"s": i64(2, 2, 9, 8)}, opset=18)
add("Resize cubic_coeff_a", [blank("Resize", "x - s", mode="cubic", cubic_coeff_a=-0.5)], x, x * np.nan, {"s": f32(1, 1, 2, 2)})
add("Resize exclude_outside", [blank("Resize", "x - s", mode="linear", exclude_outside=1)], x, np.full((2, 2, 6, 8), np.nan), {"s": f32(1, 1, 2, 2)})
add("Resize extrapolation_value", [blank("Resize", "x roi s", mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=7.0)], x, np.full((2, 2, 6, 8), 7.0),
    {"roi": f32(0, 0, 2, 2, 1, 1, 3, 3), "s": f32(1, 1, 2, 2)})
add("Resize opset 10", [node("Resize", "x s", mode="nearest")], x, resized(x, [6, 8], "asymmetric", "nearest"), {"s": f32(1, 1, 2, 2)}, opset=10)
add("Resize opset 10 linear", [node("Resize", "x s", mode="linear")], x, resized(x, [6, 8], "asymmetric", "linear"), {"s": f32(1, 1, 2, 2)}, opset=10)
for mode in ["nearest", "linear"]:
    add(f"Upsample {mode}", [node("Upsample", "x s", mode=mode)], x, resized(x, [6, 8], "asymmetric", mode), {"s": f32(1, 1, 2, 2)}, opset=9)
    add(f"Upsample opset 7 {mode}", [node("Upsample", mode=mode, scales=[1.0, 1, 2, 2])], x, resized(x, [6, 8], "asymmetric", mode), opset=7)

# ---- products
a, b = normal(6, 4), normal(4)
for name, attributes, value in [
    ("alpha", {"alpha": 0.5}, lambda x: 0.5 * (x @ a) + b), ("beta", {"beta": 2.0}, lambda x: x @ a + 2 * b), ("broadcast", {"broadcast": 1}, lambda x: x @ a + b),
]:
    add(f"Gemm {name}", [node("Gemm", "x a b", **attributes)], v, value, {"a": a, "b": b}, opset=6 if name == "broadcast" else 17)
add("Gemm transB", [node("Gemm", "x a b", transB=1)], v, lambda x: x @ a + b, {"a": np.ascontiguousarray(a.T), "b": b})
add("Gemm alpha without bias", [node("Gemm", "x a", alpha=-2.0)], v, lambda x: -2 * (x @ a), {"a": a})
turned = normal(2, 4)
add("Gemm transA", [node("Gemm", "x a", transA=1)], normal(3, 6), lambda x: x.T @ a[:3], {"a": a[:3]})
add("Einsum equation", [node("Einsum", "x a", equation="bi,io->bo")], v, lambda x: x @ a, {"a": a})
add("Einsum equation, turned", [node("Einsum", "x a", equation="bi,oi->bo")], v, lambda x: x @ a, {"a": np.ascontiguousarray(a.T)})

# ---- norms, softmax, reductions
channels = [normal(3), normal(3), normal(3), np.abs(normal(3)) + 0.1]
stored = dict(zip("smav", channels))
image = normal(2, 3, 4, 5)
for name, attributes, opset in [("epsilon", {"epsilon": 0.1}, 17), ("momentum", {"momentum": 0.5}, 17), ("training_mode", {"training_mode": 1}, 17), ("spatial", {"spatial": 0}, 8), ("is_test", {"is_test": 1}, 6), ("opset 6", {}, 6)]:
    wanted = F.batch_norm(t(image), t(channels[2]), t(channels[3]), t(channels[0]), t(channels[1]), eps=attributes.get("epsilon", 1e-5))
    add(f"BatchNormalization {name}", [node("BatchNormalization", "x s m a v", **attributes)], image, wanted * (np.nan if name in ("training_mode", "spatial", "opset 6") else 1), stored, opset=opset)
add("InstanceNormalization epsilon", [node("InstanceNormalization", "x s m", epsilon=0.1)], image, F.instance_norm(t(image), weight=t(channels[0]), bias=t(channels[1]), eps=0.1), {"s": channels[0], "m": channels[1]})
seq, gain, shift = normal(2, 4, 6), normal(6), normal(6)
add("LayerNormalization epsilon", [node("LayerNormalization", "x s m", epsilon=0.1)], seq, F.layer_norm(t(seq), [6], t(gain), t(shift), 0.1), {"s": gain, "m": shift})
add("LayerNormalization without shift", [node("LayerNormalization", "x s")], seq, F.layer_norm(t(seq), [6], t(gain)), {"s": gain})
two = normal(4, 6)
add("LayerNormalization axis", [node("LayerNormalization", "x s", axis=1)], seq, F.layer_norm(t(seq), [4, 6], t(two)), {"s": two})
add("LayerNormalization stash_type", [node("LayerNormalization", "x s", stash_type=11)], seq, F.layer_norm(t(seq), [6], t(gain)), {"s": gain})
for extra in [1e-10, 1e-3]:
    add(f"a norm of the deviation plus {extra}", [
        node("ReduceMean", "x", "mean", axes=[-1]), node("Sub", "x mean", "c"), node("Mul", "c c", "q"), node("ReduceMean", "q", "var", axes=[-1]), node("Sqrt", "var", "dev"), node("Add", "dev e", "d"), node("Div", "c d")],
        seq * np.float32(1e-9), lambda x: (x - x.mean(-1, keepdims=True)) / (x.std(-1, keepdims=True) + extra), {"e": f32(extra)})
for type, value in [("Softmax", torch.softmax), ("LogSoftmax", torch.log_softmax)]:
    for axis in [1, 2, -1, -2]:
        add(f"{type} axis {axis}", [node(type, axis=axis)], seq, value(t(seq), axis))
        flat = t(seq).reshape(2 if axis in (1, -2) else 8, -1)
        add(f"{type} axis {axis} opset 11", [node(type, axis=axis)], seq, value(flat, 1).reshape(2, 4, 6), opset=11)
    add(f"{type} default axis opset 11", [node(type)], v, value(t(v), 1), opset=11)
reductions = {"ReduceMean": np.mean, "ReduceSum": np.sum, "ReduceMax": np.max, "ReduceMin": np.min, "ReduceL2": lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))}
for type, value in reductions.items():
    later = type == "ReduceSum"
    for keep in [0, 1]:
        for x, axes in [(image, (2, 3)), (image, (1,)), (image, (-1,)), (image, (1, 2, 3)), (seq, (2,)), (seq, (1,)), (v, (1,)), (v, (-1,))]:
            add(f"{type} {len(x.shape)} {axes} {keep}", [node(type, "x a" if later else "x", keepdims=keep, **({} if later else {"axes": axes}))], x, value(x, axis=axes, keepdims=bool(keep)), {"a": i64(*axes)} if later else {})
    add(f"{type} default keepdims", [node(type, "x a" if later else "x", **({} if later else {"axes": [1]}))], seq, value(seq, axis=1, keepdims=True), {"a": i64(1)} if later else {})
    add(f"{type} axes given, opset 18", [node(type, "x a", keepdims=0)], seq, value(seq, axis=2, keepdims=False), {"a": i64(2)}, opset=18)
    add(f"{type} axes, opset 11", [node(type, axes=[1], keepdims=0)], v, value(v, axis=1, keepdims=False), opset=11)
    add(f"{type} noop_with_empty_axes", [node(type, noop_with_empty_axes=1), ], seq, np.abs(seq) if type == "ReduceL2" else seq, opset=18)
    add(f"{type} no axes", [node(type, "x a", keepdims=1, noop_with_empty_axes=1)], seq, np.abs(seq) if type == "ReduceL2" else seq, {"a": np.zeros(0, dtype=np.int64)}, opset=18)
ties = np.array([[1, 3, 3, 0], [2, 2, 1, 2]], dtype=np.float32)
for attributes, value in [({"axis": 1, "keepdims": 0}, [1, 0]), ({"axis": -1, "keepdims": 1}, [[1], [0]]), ({"axis": 1, "keepdims": 0, "select_last_index": 1}, [2, 3]), ({"axis": 0, "keepdims": 0}, [1, 0, 0, 1]), ({}, [[1, 0, 0, 1]])]:
    add(f"ArgMax {attributes}", [node("ArgMax", "x", "i", **attributes), node("Cast", "i", "y", to=T.FLOAT)], ties, np.array(value, dtype=np.float32))

# ---- what moves elements
add("Concat axis", [node("Neg", "x", "n"), node("Concat", "x n", axis=-1)], seq, lambda x: np.concatenate([x, -x], -1))
add("Concat axis of time", [node("Neg", "x", "n"), node("Concat", "x n", axis=1)], seq, lambda x: np.concatenate([x, -x], 1))
add("Split split", [node("Split", "x", "p q", axis=2, split=[2, 4]), node("Identity", "q", "y")], seq, lambda x: x[:, :, 2:], opset=11)
add("Split of the operand", [node("Split", "x s", "p q", axis=2), node("Identity", "q", "y")], seq, lambda x: x[:, :, 2:], {"s": i64(2, 4)})
add("Split num_outputs", [node("Split", "x", "p q", axis=2, num_outputs=2), node("Identity", "q", "y")], normal(2, 3, 7), lambda x: x[:, :, 4:], opset=18)
add("Split axis", [node("Split", "x", "p q", axis=1), node("Identity", "q", "y")], seq, lambda x: x[:, 2:])
add("Slice attributes", [node("Slice", starts=[1, 2], ends=[4, 5], axes=[1, 2])], seq, lambda x: x[:, 1:4, 2:5], opset=9)
add("Slice without axes", [blank("Slice", "x s e - p")], seq, lambda x: x[0:2, 1:4:2], {"s": i64(0, 1), "e": i64(99, 4), "p": i64(1, 2)})
add("Slice steps", [node("Slice", "x s e a p")], seq, lambda x: x[:, :, 1:6:2], {"s": i64(1), "e": i64(99), "a": i64(-1), "p": i64(2)})
add("Slice backwards", [node("Slice", "x s e a p")], seq, lambda x: x[:, :, ::-1], {"s": i64(-1), "e": i64(-99), "a": i64(2), "p": i64(-1)})
table = normal(4, 6)
add("Slice of stored numbers without axes", [blank("Slice", "c s e - p", "r"), node("Add", "x r")], normal(2, 2, 6), lambda x: x + table[1:4:2], {"c": table, "s": i64(1), "e": i64(4), "p": i64(2)})
add("Gather axis", [node("Gather", "x i", axis=2)], seq, lambda x: x[:, :, 3], {"i": np.array(3, dtype=np.int64)})
add("Gather negative", [node("Gather", "x i", axis=1)], seq, lambda x: x[:, -1], {"i": np.array(-1, dtype=np.int64)})
add("Reshape with 0", [node("Reshape", "x s")], seq, lambda x: x.reshape(2, 24), {"s": i64(0, -1)})
add("Reshape allowzero", [node("Reshape", "x s", allowzero=1)], seq, lambda x: x.reshape(2, 24), {"s": i64(2, 24)})
add("Reshape allowzero of 0", [node("Reshape", "x s", allowzero=1)], seq, seq * np.nan, {"s": i64(0, 24)})
for axis in [1, -2, 2]:
    add(f"Flatten axis {axis}", [node("Flatten", axis=axis)], seq, lambda x: x.reshape(2 if axis != 2 else 8, -1))
add("Transpose perm", [node("Transpose", "x", "z", perm=[0, 2, 1]), node("Softmax", "z", "y", axis=2)], seq, lambda x: torch.softmax(t(x).transpose(1, 2), 2))
add("Transpose without perm", [node("Transpose")], v, lambda x: x.T)
one = normal(2, 1, 6)
add("Squeeze axes", [node("Squeeze", axes=[1])], one, lambda x: x[:, 0], opset=11)
add("Squeeze of the operand", [node("Squeeze", "x a")], one, lambda x: x[:, 0], {"a": i64(1)})
add("Squeeze all", [node("Squeeze")], one, lambda x: x[:, 0])
add("Unsqueeze axes", [node("Unsqueeze", axes=[1, -1])], v, lambda x: x[:, None, :, None], opset=11)
add("Unsqueeze of the operand", [node("Unsqueeze", "x a")], v, lambda x: x[:, :, None], {"a": i64(-1)})

# ---- recurrent layers: the equations of the descriptions
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {"Tanh": np.tanh, "Sigmoid": sigmoid, "Relu": lambda x: np.maximum(x, 0), "Softsign": lambda x: x / (1 + np.abs(x))}


def recurrent(type, x, w, r, b, direction="forward", activations=None, clip=None, linear_before_reset=0, input_forget=0, initial=None):
    """x: steps, samples, features; returns steps, directions, samples, units."""
    units = r.shape[2]
    names = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}[type]
    every = []
    for d in range(w.shape[0]):
        f = [ACTIVATIONS[n] for n in (activations[d * len(names):(d + 1) * len(names)] if activations else names)]
        cut = (lambda v: np.clip(v, -clip, clip)) if clip else (lambda v: v)
        wb, rb = np.split(b[d], 2)
        hidden = np.zeros((x.shape[1], units)) if initial is None else initial[d]
        memory = np.zeros((x.shape[1], units))
        states = []
        backwards = direction == "reverse" or d == 1
        for step in (x[::-1] if backwards else x):
            given = np.split(step @ w[d].T + wb, len(r[d]) // units, 1)
            own = np.split(hidden @ r[d].T + rb, len(r[d]) // units, 1)
            if type == "RNN":
                hidden = f[0](cut(given[0] + own[0]))
            elif type == "GRU":
                z, reset = f[0](cut(given[0] + own[0])), f[0](cut(given[1] + own[1]))
                inner = reset * own[2] if linear_before_reset else (reset * hidden) @ r[d][2 * units:].T + rb[2 * units:]
                hidden = (1 - z) * f[1](cut(given[2] + inner)) + z * hidden
            else:
                i, o, forget = f[0](cut(given[0] + own[0])), f[0](cut(given[1] + own[1])), f[0](cut(given[2] + own[2]))
                forget = 1 - i if input_forget else forget
                memory = forget * memory + i * f[1](cut(given[3] + own[3]))
                hidden = o * f[2](memory)
            states.append(hidden)
        every.append(np.stack(states[::-1] if backwards else states))
    return np.stack(every, 1)


units, features, samples, steps = 3, 4, 2, 5
for type, gates in [("RNN", 1), ("GRU", 3), ("LSTM", 4)]:
    linear = {"linear_before_reset": 1} if type == "GRU" else {}
    settings = [
        ({}, {}), ({"direction": "reverse"}, {}), ({"direction": "bidirectional"}, {}), ({"clip": 0.5}, {}), ({"layout": 1}, {}), ({"hidden_size": units}, {}), ({}, {"initial": 1}), ({}, {"lengths": 1}),
        ({"activations": {"RNN": ["Relu"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}[type]}, {}),
        ({"activations": {"RNN": ["Softsign"], "GRU": ["Sigmoid", "Softsign"], "LSTM": ["Sigmoid", "Softsign", "Tanh"]}[type]}, {}),
        ({"activations": {"RNN": ["Tanh", "Relu"], "GRU": ["Sigmoid", "Tanh", "Sigmoid", "Relu"], "LSTM": ["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Tanh", "Relu"]}[type], "direction": "bidirectional"}, {}),
    ] + ([({"linear_before_reset": 0}, {})] if type == "GRU" else []) + ([({"input_forget": 1}, {})] if type == "LSTM" else [])
    for attributes, more in settings:
        directions = 2 if attributes.get("direction") == "bidirectional" else 1
        w, r, b = normal(directions, gates * units, features), normal(directions, gates * units, units), normal(directions, 2 * gates * units)
        x = normal(samples, steps, features)
        stored = {"w": w, "r": r, "b": b, "start": normal(directions, samples, units), "lengths": np.array([steps, steps - 2], dtype=np.int32)}
        given = {k: v for k, v in {**linear, **attributes}.items() if k not in ("layout", "hidden_size")}
        states = recurrent(type, x.transpose(1, 0, 2), w, r, b, **given, initial=stored["start"] if "initial" in more else None)
        first = attributes.get("layout", 0) == 1
        own = blank(type, f"{'x' if first else 'z'} w r b {'lengths' if 'lengths' in more else '-'} {'start' if 'initial' in more else '-'}", "s", **{"hidden_size": units, **linear, **attributes})
        # The states of each step, both directions side by side.
        y = states.transpose(2, 0, 1, 3).reshape(samples, steps, directions * units)
        nodes = [own, node("Reshape", "s shape")] if first else [node("Transpose", "x", "z", perm=[1, 0, 2]), own, node("Transpose", "s", "p", perm=[2, 0, 1, 3]), node("Reshape", "p shape")]
        if "lengths" in more:
            y = y * np.nan
        stored = {k: v for k, v in stored.items() if k in own.input} | {"shape": i64(0, 0, -1) if first else i64(0, 0, -1)}
        add(f"{type} {attributes} {' '.join(more)}", nodes, x, y, stored)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx_attributes.json"), "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(c, separators=(',', ':'))}" for k, c in cases.items()) + "\n}\n")
print(len(cases), "cases")
