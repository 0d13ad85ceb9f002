"""What scikit-learn's forest and tree say of two data sets: the yardstick of ours.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r requirements.txt
    /tmp/oracle/bin/python make_forest.py PATH_TO_DATA   # the folder that holds lab/

writes, beside this file,

forest-flows.bin   flows of data/lab to port 22: the article's features and their byte twins, no addresses;
                   label: the source address tried at least one user name of Mirai's list
forest-made.bin    6,000 made rows of 10 columns, one of them of many values; a twentieth of the labels is wrong
forest.json        what scikit-learn makes of them

Layout of a .bin: one line of JSON (columns, rows, train, arrays), then little-endian f32 column by column, then one
byte a row with the label, then for each name in `arrays` one f32 for each test row. The first `train` rows are the
training rows. scikit-learn computes on f32, so the numbers are f32 to begin with.
"""

import csv
import io
import json
import pathlib
import sys

import numpy as np
import sklearn
import zstandard
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent
SEEDS = [0, 1, 2, 3, 4]
DEPTH = 5


def flows(data):
    """Rows of the flows to port 22 and whether their source tried a name of Mirai's list."""
    with open(data / "lab" / "truth.csv", newline="") as file:
        names = {row["src_ip"]: int(row["n_mirai_usernames"]) for row in csv.DictReader(file)}
    columns = ["packets_in", "packets_out", "packets_total", "packet_ratio",
               "bytes_in", "bytes_out", "bytes_ratio", "fin", "rst"]
    rows, labels = [], []
    with open(data / "lab" / "eve.json.zst", "rb") as file:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file)):
            event = json.loads(line)
            if event["event_type"] != "flow" or event.get("dest_port") != 22:
                continue
            flow, flags = event["flow"], int(event.get("tcp", {}).get("tcp_flags", "0"), 16)
            p_in, p_out = flow["pkts_toclient"], flow["pkts_toserver"]
            b_in, b_out = flow["bytes_toclient"], flow["bytes_toserver"]
            rows.append([p_in, p_out, p_in + p_out, (p_out - p_in) / max(p_out + p_in, 1),
                         b_in, b_out, (b_out - b_in) / max(b_out + b_in, 1),
                         flags & 1, flags >> 2 & 1])
            labels.append(int(names.get(event["src_ip"], 0) > 0))
    return columns, np.array(rows), np.array(labels)


def made():
    """A target of two columns that work together, a step and a band; four columns say nothing."""
    rng = np.random.default_rng(2016)
    rows = 6_000
    x = np.column_stack([
        rng.lognormal(3.0, 1.5, rows),                # 0: as many values as rows
        rng.integers(0, 2, rows),                     # 1
        rng.integers(0, 5, rows),                     # 2
        rng.poisson(12, rows),                        # 3
        rng.normal(size=rows),                        # 4
        np.round(rng.normal(size=rows), 1),           # 5
        rng.normal(size=(rows, 2)),                   # 6, 7
        rng.integers(0, 2, rows),                     # 8
        rng.integers(0, 300, rows),                   # 9
    ])
    level = np.log(x[:, 0])
    score = np.sin(2.5 * level) + 0.8 * (x[:, 1] == (x[:, 2] > 2)) + 0.4 * (x[:, 3] > 13) + 0.7 * x[:, 4] * x[:, 5]
    y = (score > 0.75).astype(int) ^ (rng.random(rows) < 0.05)
    return [f"column_{i}" for i in range(x.shape[1])], x, y


def scores(y, p):
    told = p > 0.5
    return {"accuracy": accuracy_score(y, told), "roc_auc": roc_auc_score(y, p), "f1": f1_score(y, told)}


def structure(tree):
    """Feature and threshold of every split, parents before children, left before right; null for a leaf."""
    t = tree.tree_
    walk, todo = [], [0]
    while todo:
        node = todo.pop()
        if t.children_left[node] < 0:
            walk.append(None)
        else:
            walk.append([int(t.feature[node]), float(t.threshold[node])])
            todo += [t.children_right[node], t.children_left[node]]
    return walk


def record(name, columns, x, y):
    order = np.random.default_rng(7).permutation(len(y))
    x, y = x[order].astype("<f4"), y[order].astype("u1")
    train = len(y) * 7 // 10
    seen, unseen = slice(0, train), slice(train, None)
    forests = []
    for seed in SEEDS:
        # One job: with more, the order of the sums and so the last digits change from run to run.
        forest = RandomForestClassifier(100, random_state=seed, oob_score=True, n_jobs=1).fit(x[seen], y[seen])
        forests.append(scores(y[unseen], forest.predict_proba(x[unseen])[:, 1])
                       | {"out_of_bag": forest.oob_score_, "importances": forest.feature_importances_.tolist()})
    trees = {
        "tree_shallow": DecisionTreeClassifier(max_depth=DEPTH, random_state=0),
        "tree_leaves": DecisionTreeClassifier(max_leaf_nodes=40, min_samples_leaf=5, random_state=0),
        "tree_balanced": DecisionTreeClassifier(max_depth=DEPTH, class_weight="balanced", random_state=0),
        "tree_full": DecisionTreeClassifier(random_state=0),
    }
    told = {key: tree.fit(x[seen], y[seen]).predict_proba(x[unseen])[:, 1] for key, tree in trees.items()}
    # Deep down many splits are equally good and scikit-learn takes one by chance: how often do two of its own agree?
    others = [DecisionTreeClassifier(random_state=seed).fit(x[seen], y[seen]).predict_proba(x[unseen])[:, 1]
              for seed in SEEDS[1:]]
    header = {"columns": columns, "rows": len(y), "train": train, "arrays": list(told)}
    with open(HERE / f"forest-{name}.bin", "wb") as file:
        file.write(json.dumps(header).encode() + b"\n")
        file.write(x.tobytes(order="F"))
        file.write(y.tobytes())
        for p in told.values():
            file.write(p.astype("<f4").tobytes())
    return {
        "positives": int(y.sum()),
        "forests": forests,
        "mean": {key: float(np.mean([f[key] for f in forests])) for key in ("accuracy", "roc_auc", "f1", "out_of_bag")},
        "importances": np.mean([f["importances"] for f in forests], axis=0).tolist(),
        "trees": {key: scores(y[unseen], p) for key, p in told.items()},
        "tree_full_agrees_with_itself": float(np.mean([np.mean(other == told["tree_full"]) for other in others])),
        "splits": structure(trees["tree_shallow"]),
    }


def main():
    data = pathlib.Path(sys.argv[1])
    found = {"scikit_learn": sklearn.__version__,
             "flows": record("flows", *flows(data)),
             "made": record("made", *made())}
    (HERE / "forest.json").write_text(json.dumps(found, indent=1) + "\n")
    for name in ("flows", "made"):
        print(name, found[name]["positives"], found[name]["mean"], found[name]["trees"],
              found[name]["tree_full_agrees_with_itself"])


main()
