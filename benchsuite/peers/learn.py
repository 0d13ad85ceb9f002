"""The learning half of the article's job, with whichever scikit-learn it is given: sample to metrics."""

import numpy as np

RANGES = ["Pure Push", "70:30 Export", "Balanced Exchange", "3:1 Import", "Pure Pull", "Empty"]
CLUSTERED = ["packets_in", "packets_out", "packets_total", "packet_ratio"]
CLASSIFIED = ["packets_total", "packet_ratio"]
DAY = ["flows", "peers", "packets_in", "packets_out", "bytes_in", "bytes_out", "balanced"]
SAMPLE = 50_000
NUMBERS = [*dict.fromkeys(CLUSTERED + CLASSIFIED), *(f"day_{name}" for name in DAY)]


class Learner:
    """k-means with k = 5, then a forest of 100 trees that is given the squared cluster distance."""

    def __init__(self, kmeans, forest, seed, threads):
        self.kmeans = kmeans(5, n_init=10, random_state=seed)
        self.forest = forest(100, random_state=seed, n_jobs=threads)
        self.random = np.random.default_rng(seed)

    def fit(self, columns, ranges, labels, clock):
        """Fits on a sample of the rows and returns F1 and accuracy on the 30 % the forest has not seen.

        `columns` are arrays by name, `ranges` the place of each row's range in RANGES.
        """
        rows = len(labels)
        chosen = self.random.permutation(rows)[:SAMPLE]
        columns = {name: values[chosen] for name, values in columns.items()}
        one_hot = np.eye(len(RANGES))[ranges[chosen]]
        clustered = np.column_stack([*(columns[name] for name in CLUSTERED), one_hot])
        clock.stage("sample")
        split = len(chosen) * 7 // 10  # the sample is in random order
        self.kmeans.fit(clustered[:split])
        clock.stage("cluster")
        x, y = self.matrix(columns, one_hot, clustered)[0], labels[chosen]
        self.forest.fit(x[:split], y[:split])
        clock.stage("forest")
        told, y = self.forest.predict(x[split:]), y[split:]
        hits, wrong = np.count_nonzero(told & y), np.count_nonzero(told != y)
        clock.stage("judge")
        return {"f1": 2 * hits / max(2 * hits + wrong, 1), "accuracy": 1 - wrong / max(len(y), 1)}

    def score(self, columns, ranges):
        """Cluster, squared distance and probability of every row."""
        one_hot = np.eye(len(RANGES))[ranges]
        clustered = np.column_stack([*(columns[name] for name in CLUSTERED), one_hot])
        x, cluster = self.matrix(columns, one_hot, clustered)
        return cluster, x[:, 0], self.forest.predict_proba(x)[:, -1]

    def matrix(self, columns, one_hot, clustered):
        cluster = self.kmeans.predict(clustered)
        distance = ((clustered - self.kmeans.cluster_centers_[cluster]) ** 2).sum(axis=1)
        day = [columns[f"day_{name}"] for name in DAY]
        return np.column_stack([distance, *(columns[n] for n in CLASSIFIED), one_hot, *day]), cluster
