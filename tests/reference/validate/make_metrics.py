"""Records what scikit-learn makes of fixed labels and probabilities.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python make_metrics.py > metrics.json

The vectors come from a small generator written here, so that the file is the same on every machine.
Where scikit-learn warns and puts in a 0 for a value that is not defined, null is recorded; the rule
stands beside each such metric. The intervals are a plain cluster bootstrap: rows are copied, numpy
draws, scikit-learn computes.
"""

import json
import math
import sys
import warnings

import numpy as np
from sklearn import metrics as sk

warnings.simplefilter("ignore")
DRAWS = 1500


def vectors():
    """Name, labels, probabilities, address of each row, threshold."""
    rng = np.random.Generator(np.random.PCG64(20161007))

    def mixed(rows, share, pull, steps=None, addresses=None):
        address = rng.integers(0, addresses or rows, rows)
        # Labels belong to addresses, as a threat list gives them.
        of_address = (rng.random(addresses or rows) < share).astype(int)
        y = of_address[address]
        p = np.clip(rng.random(rows) * (1 - pull) + pull * y, 0, 1)
        if steps:
            p = np.round(p * steps) / steps
        return y, p, address

    yield "no ties", *mixed(200, 0.3, 0.35), 0.5
    yield "ties", *mixed(300, 0.4, 0.25, steps=8, addresses=60), 0.5
    yield "ties, other threshold", *mixed(300, 0.2, 0.3, steps=20, addresses=40), 0.3
    yield "rare positives", *mixed(2000, 0.02, 0.5, steps=100, addresses=400), 0.5
    yield "worse than a guess", *mixed(150, 0.5, -0.3), 0.5
    y, p, address = mixed(80, 0.5, 0.2)
    yield "perfect", y, np.where(y == 1, 0.75 + p / 8, p / 8), address, 0.5
    yield "sure and wrong", y, (1 - y).astype(float), address, 0.5
    yield "constant", y, np.full(80, 0.4), address, 0.5
    yield "constant at the threshold", y, np.full(80, 0.5), address, 0.5
    yield "no positives", np.zeros(80, int), p, address, 0.5
    yield "no negatives", np.ones(80, int), p, address, 0.5
    yield "nothing called 1", y, p / 3, address, 0.5
    yield "two rows", np.array([0, 1]), np.array([0.2, 0.8]), np.array([0, 1]), 0.5


def number(value):
    value = float(value)
    return value if math.isfinite(value) else None


def measure(y, p, threshold):
    call = (p >= threshold).astype(int)
    nan = dict(zero_division=np.nan)
    both = 0 < y.sum() < len(y)
    found = {
        "accuracy": sk.accuracy_score(y, call),
        # scikit-learn averages over the labels that occur.
        "balanced_accuracy": sk.balanced_accuracy_score(y, call) if both else np.nan,
        # scikit-learn says 0 when one of the four sums is 0.
        "matthews": sk.matthews_corrcoef(y, call) if both and 0 < call.sum() < len(y) else np.nan,
        "roc_auc": sk.roc_auc_score(y, p) if both else np.nan,
        # scikit-learn says 0 without positives.
        "average_precision": sk.average_precision_score(y, p) if y.any() else np.nan,
        "log_loss": sk.log_loss(y, p, labels=[0, 1]),
        "brier": np.mean((p - y) ** 2) if not both else sk.brier_score_loss(y, p),
    }
    for label in (1, 0):
        end = "" if label else "_0"
        found["precision" + end] = sk.precision_score(y, call, pos_label=label, **nan)
        found["recall" + end] = sk.recall_score(y, call, pos_label=label, **nan)
        found["f1" + end] = sk.f1_score(y, call, pos_label=label, **nan)
    for limit in ("0.01", "0.001"):
        recall = np.nan
        if both:
            false_positives, true_positives, _ = sk.roc_curve(y, p, drop_intermediate=False)
            recall = true_positives[false_positives <= float(limit)].max()
        found["recall_at_fpr_" + limit] = recall
    return {name: number(value) for name, value in found.items()}


def curves(y, p):
    roc, pr = [], []
    if 0 < y.sum() < len(y):
        x, recall, _ = sk.roc_curve(y, p, drop_intermediate=False)
        roc = np.stack([x, recall], axis=1).tolist()
    if y.any():
        precision, recall, _ = sk.precision_recall_curve(y, p)
        pr = np.stack([recall, precision], axis=1)[::-1].tolist()
    return roc, pr


def bootstrap(y, p, address, threshold):
    """Ends of the 95 % interval by drawing addresses, with numpy's generator."""
    rng = np.random.Generator(np.random.PCG64(1))
    names = np.unique(address)
    rows_of = {name: np.flatnonzero(address == name) for name in names}
    drawn = {}
    for _ in range(DRAWS):
        rows = np.concatenate([rows_of[name] for name in rng.choice(names, len(names))])
        drawn_y, drawn_p = y[rows], p[rows]
        if drawn_y.min() == drawn_y.max():
            continue
        for name, value in {
            "f1": sk.f1_score(drawn_y, drawn_p >= threshold),
            "accuracy": sk.accuracy_score(drawn_y, drawn_p >= threshold),
            "roc_auc": sk.roc_auc_score(drawn_y, drawn_p),
            "average_precision": sk.average_precision_score(drawn_y, drawn_p),
            "brier": sk.brier_score_loss(drawn_y, drawn_p),
        }.items():
            drawn.setdefault(name, []).append(value)
    return {
        name: [float(end) for end in np.percentile(values, [2.5, 97.5])]
        for name, values in drawn.items()
    }


def main():
    cases = []
    for name, y, p, address, threshold in vectors():
        roc, pr = curves(y, p)
        cases.append(
            {
                "name": name,
                "threshold": threshold,
                "y": y.tolist(),
                "p": p.tolist(),
                "address": address.tolist(),
                "confusion": sk.confusion_matrix(y, p >= threshold, labels=[0, 1]).tolist(),
                "metrics": measure(y, p, threshold),
                "roc": roc,
                "pr": pr,
                "intervals": bootstrap(y, p, address, threshold) if name.startswith("ties") else {},
            }
        )
    json.dump({"draws": DRAWS, "cases": cases}, sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
