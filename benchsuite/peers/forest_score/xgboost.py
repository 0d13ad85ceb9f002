"""XGBoost's forest, loaded beforehand, and its `inplace_predict`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("model", "x")
import numpy as np
import xgboost as xgb

import forest

model = xgb.Booster({"nthread": asked.threads}, model_file=bytearray(Path(asked.model).read_bytes()))
model.set_param({"nthread": asked.threads})
rows = np.load(asked.x)
with peer.Clock() as clock:
    told = model.inplace_predict(rows)
peer.say(clock, forest.scored(told), "xgboost-cpu", "numpy")
