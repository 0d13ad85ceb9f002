"""LightGBM's forest, loaded beforehand, and its `predict`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("model", "x")
import lightgbm as lgb
import numpy as np

import forest

model = lgb.Booster(model_file=asked.model)
rows = np.load(asked.x)
with peer.Clock() as clock:
    told = model.predict(rows, num_threads=asked.threads)
peer.say(clock, forest.scored(told), "lightgbm", "numpy")
