"""Asks ONNX Runtime for every row of a folder and says how far it is from what is expected there.

usage: compare_onnx.py MODEL.onnx FOLDER

The folder holds meta.json (the inputs, in order), a file an input (64-bit numbers, or a JSON list of texts), and the
expected probability, cluster and distance. Prints one JSON document.
"""

import json
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime

model, folder = sys.argv[1], Path(sys.argv[2])
onnx.checker.check_model(onnx.load(model), full_check=True)
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
meta = json.loads((folder / "meta.json").read_text())
types = {one.name: one.type for one in session.get_inputs()}


def read(name, kind):
    return numpy.fromfile(folder / name, dtype=kind)


feed = {}
for at, name in enumerate(meta["inputs"]):
    if types[name] == "tensor(string)":
        values = numpy.array(json.loads((folder / f"{at}.json").read_text()), dtype=object)
    else:
        values = read(f"{at}.f64", "<f8").astype({"tensor(double)": "f8", "tensor(float)": "f4"}[types[name]])
    feed[name] = values.reshape(-1, 1)
assert sorted(feed) == sorted(types), (sorted(feed), sorted(types))

probability = read("probability.f64", "<f8")
said = dict(zip([one.name for one in session.get_outputs()], session.run(None, feed)))
expected = (probability >= 0.5).astype("i8")
found = {
    "rows": len(probability),
    "ones": int(expected.sum()),
    "ties": int((probability == 0.5).sum()),
    "labels_differ": int((said["label"] != expected).sum()),
    "probability_off": float(numpy.abs(said["probabilities"][:, 1] - probability).max()),
    "sum_off": float(numpy.abs(said["probabilities"].sum(axis=1) - 1).max()),
}
if meta["clustered"]:
    found["clusters_differ"] = int((said["cluster"] != read("cluster.i64", "<i8")).sum())
    found["distances_differ"] = int((said["cluster_distance"] != read("distance.f64", "<f8")).sum())
# One row at a time the runtime may sum trees on several threads, in another order; where the mean is a half, that shows
# first.
order = numpy.argsort(numpy.abs(probability - 0.5), kind="stable")[:1000]
alone = [session.run(["label"], {name: values[row : row + 1] for name, values in feed.items()})[0][0] for row in order]
found["alone"] = len(order)
found["alone_differ"] = int((numpy.array(alone) != expected[order]).sum())
print(json.dumps(found))
