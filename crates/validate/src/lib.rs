//! Why should anyone believe it? Splits, metrics, doubts, evidence
