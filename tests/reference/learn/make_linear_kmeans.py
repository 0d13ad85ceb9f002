"""What scikit-learn answers about k-means, scaling, silhouettes, logistic regression, naive Bayes and one-hot names.

Writes the data sets (blobs.csv, mixed.csv, lab.csv) and the answers (linear_kmeans.json) beside this file; the
tests of botany-learn read both. To make them again:

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python make_linear_kmeans.py EVE.json.zst

where EVE.json.zst is the flows of the bundled capture; without it lab.csv is kept and only the rest is made.
"""

import csv
import io
import json
import pathlib
import sys

import numpy as np
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = pathlib.Path(__file__).parent
SEED = 20161223


def pcr_range(i, o):
    if o == 0:
        return "Empty" if i == 0 else "Pure Pull"
    if 3 * o > 7 * i:
        return "Pure Push"
    if o > i:
        return "70:30 Export"
    if o == i:
        return "Balanced Exchange"
    return "3:1 Import" if i <= 3 * o else "Pure Pull"


def write(name, header, rows):
    with open(HERE / name, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows([[v if isinstance(v, str) else repr(v) for v in row] for row in rows])


def read(name):
    with open(HERE / name, newline="") as file:
        header, *rows = csv.reader(file)
    columns = {n: [row[j] for row in rows] for j, n in enumerate(header)}
    return {n: c if n == "packet_pcr_range" else np.array(c, float) for n, c in columns.items()}


def make_blobs(rng):
    centres = np.array([[0, 0, 0], [4, 0, 1], [0, 5, -2], [6, 6, 3]], float)
    points = np.vstack([c + rng.normal(size=(100, 3)) * s for c, s in zip(centres, [1, 0.7, 1.2, 0.9])])
    points = points[rng.permutation(len(points))]
    write("blobs.csv", ["x", "y", "z"], [[float(v) for v in np.round(row, 6)] for row in points])


def make_mixed(rng):
    """Columns of very different size and shape, one of them constant, and a label of one in five."""
    n = 600
    small = rng.normal(size=n)
    large = np.round(rng.lognormal(6, 1.5, size=n))
    mix = small * 2 + rng.normal(size=n)
    flag = (rng.random(n) < 0.3).astype(float)
    odds = 1.1 * small - 0.8 * flag + 0.0008 * large + rng.logistic(size=n) - 2.9
    rows = zip(small, large, mix, flag, np.full(n, 0.1), (odds > 0).astype(int))
    names = ["small", "large", "mix", "flag", "still", "label"]
    write("mixed.csv", names, [[float(np.round(v, 6)) for v in row[:5]] + [int(row[5])] for row in rows])


def make_lab(rng, path):
    """The packet counts of 3,000 flows to port 22, and a made-up label: numbers only."""
    import zstandard

    counts = []
    with open(path, "rb") as file:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file)):
            event = json.loads(line)
            if event["event_type"] == "flow" and event.get("dest_port") == 22:
                counts.append((event["flow"]["pkts_toclient"], event["flow"]["pkts_toserver"]))
    chosen = np.sort(rng.choice(len(counts), 3000, replace=False))
    rows = []
    for i, o in (counts[at] for at in chosen):
        label = int(0.05 * (i + o) - 1.5 + rng.logistic() > 0)
        rows.append([i, o, i + o, (o - i) / (o + i), pcr_range(i, o), label])
    names = ["packets_in", "packets_out", "packets_total", "packet_ratio", "packet_pcr_range", "label"]
    write("lab.csv", names, rows)


def article_matrix(table):
    """The article's features, one-hot, columns sorted by name."""
    columns = {n: table[n] for n in ["packets_in", "packets_out", "packets_total", "packet_ratio"]}
    encoder = OneHotEncoder(sparse_output=False, feature_name_combiner=lambda f, v: f"{f}={v}")
    words = np.array(table["packet_pcr_range"], object).reshape(-1, 1)
    encoded = encoder.fit_transform(words)
    for j, name in enumerate(encoder.get_feature_names_out(["packet_pcr_range"])):
        columns[name] = encoded[:, j]
    names = sorted(columns)
    return names, np.column_stack([columns[n] for n in names])


def digits(labels):
    return "".join(str(int(v)) for v in labels)


def main():
    make_blobs(np.random.default_rng(SEED))
    make_mixed(np.random.default_rng(SEED + 1))
    if len(sys.argv) > 1:
        make_lab(np.random.default_rng(SEED + 2), sys.argv[1])

    blobs, mixed, lab = read("blobs.csv"), read("mixed.csv"), read("lab.csv")
    names = ["small", "large", "mix", "flag", "still"]
    matrices = {
        "blobs": (["x", "y", "z"], np.column_stack([blobs[n] for n in "xyz"])),
        "mixed": (names, np.column_stack([mixed[n] for n in names])),
        "lab": article_matrix(lab),
    }
    labels = {"mixed": mixed["label"].astype(int), "lab": lab["label"].astype(int)}
    scalers = {n: StandardScaler().fit(x) for n, (_, x) in matrices.items()}
    values = {n: x for n, (_, x) in matrices.items()}
    values |= {f"{n} scaled": s.transform(values[n]) for n, s in scalers.items()}

    answers = {"onehot": matrices["lab"][0]}
    answers["scaler"] = {n: {"mean": s.mean_.tolist(), "scale": s.scale_.tolist()} for n, s in scalers.items()}

    answers["kmeans"] = []
    for name in ["blobs", "mixed scaled", "lab", "lab scaled"]:
        for k in [2, 3, 4, 5, 8]:
            fits = [KMeans(k, n_init=10, random_state=seed).fit(values[name]) for seed in range(5)]
            inertias = [f.inertia_ for f in fits]
            answers["kmeans"].append({"data": name, "k": k, "inertias": inertias})

    answers["kmeans_from"] = []
    rng = np.random.default_rng(SEED + 3)
    for name, k in [("blobs", 4), ("blobs", 6), ("mixed scaled", 5), ("lab", 5), ("lab scaled", 7)]:
        x = values[name]
        distinct = np.unique(x, axis=0)
        start = distinct[rng.choice(len(distinct), k, replace=False)]
        answers["kmeans_from"].append(from_start(name, x, start))
    # One start so far away that its cluster is empty at first.
    x = values["blobs"]
    answers["kmeans_from"].append(from_start("blobs", x, np.vstack([x[:3], [[900.0, 900.0, 900.0]]])))

    answers["logistic"] = []
    for name, c, weight in [
        ("mixed scaled", 1.0, None),
        ("mixed scaled", 0.01, None),
        ("mixed", 1.0, None),
        ("mixed", 1.0, "balanced"),
        ("lab", 1.0, None),
        ("lab", 1.0, "balanced"),
    ]:
        # A stricter tolerance than the default: what is recorded is the minimum itself.
        model = LogisticRegression(C=c, class_weight=weight, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        y = labels[name.split()[0]]
        model.fit(values[name], y)
        answers["logistic"].append({
            "data": name,
            "c": c,
            "class_weight": weight or "none",
            "coefficients": model.coef_[0].tolist(),
            "intercept": float(model.intercept_[0]),
            "probabilities": model.predict_proba(values[name])[:50, 1].tolist(),
        })

    answers["naive_bayes"] = []
    for name in ["mixed", "lab"]:
        model = GaussianNB().fit(values[name], labels[name])
        answers["naive_bayes"].append({
            "data": name,
            "priors": model.class_prior_.tolist(),
            "means": model.theta_.tolist(),
            "variances": model.var_.tolist(),
            "probabilities": model.predict_proba(values[name])[:300, 1].tolist(),
        })

    with open(HERE / "linear_kmeans.json", "w") as file:
        json.dump(answers, file, indent=None, separators=(",", ":"))
        file.write("\n")


def from_start(name, x, start):
    model = KMeans(len(start), init=start, n_init=1).fit(x)
    return {
        "data": name,
        "start": start.tolist(),
        "labels": digits(model.labels_),
        "centroids": model.cluster_centers_.tolist(),
        "iterations": int(model.n_iter_),
        "inertia": float(model.inertia_),
        "silhouette": float(silhouette_score(x, model.labels_)),
    }


if __name__ == "__main__":
    main()
