"""ONNX Runtime with scikit-learn's forest, converted beforehand; rows as 32-bit floats, as is usual there."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("model", "x")
import joblib
import numpy as np
import onnxruntime
from skl2onnx import to_onnx

import forest

rows = np.load(asked.x)
model = joblib.load(asked.model)
graph = to_onnx(model, rows[:1].astype(np.float32), options={"zipmap": False})
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = asked.threads
session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
with peer.Clock() as clock:
    (told,) = session.run(["probabilities"], {name: rows.astype(np.float32)})
    told = told[:, 1]
peer.say(clock, forest.scored(told), "onnxruntime", "skl2onnx", "onnx", "scikit-learn", "numpy")
