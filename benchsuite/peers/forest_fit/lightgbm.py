"""LightGBM's random-forest mode, set to what the other forests are.

Squared error on labels 0 and 1 splits as Gini does and makes a leaf the share of its rows: the mean
over the trees is then the same probability. Rows are drawn without repetition, as many as a bootstrap
has on average; columns are drawn at every node; a leaf may hold one row.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("train-x", "train-y", "test-x", "test-y", "trees", "seed", "out")
import os

# Nodes are small at the end of a tree: threads that spin while they wait cost four times the time.
os.environ["OMP_WAIT_POLICY"] = "passive"
import lightgbm as lgb

import forest

x, y = forest.data(asked)
settings = {
    "boosting_type": "rf",
    "objective": "regression",
    "bagging_freq": 1,
    "bagging_fraction": 0.632,
    "feature_fraction_bynode": x.shape[1] ** -0.5,
    "num_leaves": min(131_072, max(2, len(x) // 3)),
    "min_data_in_leaf": 1,
    "min_sum_hessian_in_leaf": 0,
    "seed": int(asked.seed),
    "num_threads": asked.threads,
    "verbosity": -1,
}
with peer.Clock() as clock:
    model = lgb.train(settings, lgb.Dataset(x, y), num_boost_round=int(asked.trees))
model.save_model(asked.out)
answer = forest.judged(asked, model.predict)
answer["nodes"] = sum(2 * tree["num_leaves"] - 1 for tree in model.dump_model()["tree_info"])
peer.say(clock, answer, "lightgbm", "numpy")
