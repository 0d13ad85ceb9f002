"""XGBoost's random forest, as its documentation sets one up: one round of many parallel trees, rate 1.

Squared error on labels 0 and 1 splits as Gini does and makes a leaf the share of its rows: the mean
over the trees is then the same probability. Trees grow to purity; columns are drawn at every node.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("train-x", "train-y", "test-x", "test-y", "trees", "seed", "out")
import xgboost as xgb

import forest

x, y = forest.data(asked)
settings = {
    "objective": "reg:squarederror",
    "num_parallel_tree": int(asked.trees),
    "learning_rate": 1.0,
    "subsample": 0.632,
    "colsample_bynode": x.shape[1] ** -0.5,
    "max_depth": 0,
    "min_child_weight": 0,
    "reg_lambda": 0.0,
    "tree_method": "hist",
    "seed": int(asked.seed),
    "nthread": asked.threads,
}
with peer.Clock() as clock:
    model = xgb.train(settings, xgb.QuantileDMatrix(x, y, nthread=asked.threads), num_boost_round=1)
Path(asked.out).write_bytes(model.save_raw("ubj"))
answer = forest.judged(asked, model.inplace_predict)
answer["nodes"] = sum(dump.count("\n") for dump in model.get_dump())
peer.say(clock, answer, "xgboost-cpu", "numpy")
