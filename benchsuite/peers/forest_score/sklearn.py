"""scikit-learn's forest, loaded beforehand, and its `predict_proba`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("model", "x")
import joblib
import numpy as np

import forest

model = joblib.load(asked.model)
model.n_jobs = asked.threads
rows = np.load(asked.x)
with peer.Clock() as clock:
    told = model.predict_proba(rows)[:, 1]
peer.say(clock, forest.scored(told), "scikit-learn", "numpy")
