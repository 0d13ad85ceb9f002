"""Treelite's own predictor with scikit-learn's forest, converted beforehand."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("model", "x")
import joblib
import numpy as np
import treelite

import forest

model = treelite.sklearn.import_model(joblib.load(asked.model))
rows = np.load(asked.x)
with peer.Clock() as clock:
    told = treelite.gtil.predict(model, rows, nthread=asked.threads).reshape(len(rows), -1)[:, -1]
peer.say(clock, forest.scored(told), "treelite", "scikit-learn", "numpy")
