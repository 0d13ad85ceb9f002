"""scikit-learn's random forest as it is, its trees grown to purity by exact splits."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("train-x", "train-y", "test-x", "test-y", "trees", "seed", "out")
import joblib
from sklearn.ensemble import RandomForestClassifier

import forest

x, y = forest.data(asked)
model = RandomForestClassifier(int(asked.trees), random_state=int(asked.seed), n_jobs=asked.threads)
with peer.Clock() as clock:
    model.fit(x, y)
joblib.dump(model, asked.out)
answer = forest.judged(asked, lambda rows: model.predict_proba(rows)[:, 1])
answer["nodes"] = sum(tree.tree_.node_count for tree in model.estimators_)
peer.say(clock, answer, "scikit-learn", "numpy")
