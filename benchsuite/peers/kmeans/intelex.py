"""The Extension for scikit-learn's KMeans, the same call."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("matrix", "k", "restarts", "seed")
import numpy as np
from sklearnex.cluster import KMeans

rows = np.load(asked.matrix)
search = KMeans(
    int(asked.k),
    n_init=int(asked.restarts),
    algorithm="lloyd",
    random_state=int(asked.seed),
    n_jobs=asked.threads,
)
with peer.Clock() as clock:
    search.fit(rows)
peer.say(clock, {"inertia": float(search.inertia_)}, "scikit-learn-intelex", "scikit-learn", "numpy")
