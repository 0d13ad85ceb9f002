"""What the forests' scripts share: the matrices they are given, and what they answer."""

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score


def data(asked):
    """Rows and labels to learn from."""
    return np.load(asked.train_x), np.load(asked.train_y)


def judged(asked, probabilities):
    """The figures on the test rows, given a function that tells probabilities of label 1."""
    labels = np.load(asked.test_y)
    told = probabilities(np.load(asked.test_x))
    return {
        "f1": float(f1_score(labels, told >= 0.5)),
        "auc": float(roc_auc_score(labels, told)),
    }


def scored(told):
    """The answer of who has scored rows."""
    return {
        "rows": len(told),
        "mean_probability": float(np.mean(told, dtype=np.float64)),
        "positives": int(np.count_nonzero(told >= 0.5)),
    }
