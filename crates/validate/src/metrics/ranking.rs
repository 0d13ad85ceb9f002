//! Rows in the order of their probability, sorted once and weighed many times.

use super::evidence::{Confusion, Evidence, Step};
use crate::error::Error;
use crate::keys::check_labels;

/// Labels and probabilities, sorted and merged, from which the [`Evidence`] under any weighting of
/// clusters (addresses) takes one pass without sorting.
#[derive(Debug, Clone)]
pub struct Ranking {
    cells: Vec<Cell>,
    confusion: Vec<Confusion>,
    clusters: usize,
}

/// Rows of one cluster with one probability.
#[derive(Debug, Clone, Copy)]
struct Cell {
    probability: f64,
    /// Whether the next cell has another probability.
    last: bool,
    cluster: u32,
    positives: f64,
    negatives: f64,
}

impl Ranking {
    /// Ranks the rows. `clusters` is the cluster of each row and the number of clusters; without it
    /// all rows are one cluster.
    ///
    /// # Errors
    /// When lengths differ, a label is not 0 or 1, or a probability does not lie from 0 to 1.
    pub fn new(
        y: &[u8],
        probabilities: &[f64],
        clusters: Option<(&[u32], usize)>,
        threshold: f64,
    ) -> Result<Ranking, Error> {
        check_labels(y, y.len())?;
        let rows = y.len();
        if probabilities.len() != rows {
            let found = probabilities.len();
            return Err(Error::Length { what: "probabilities", found, rows });
        }
        if let Some(row) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::Probability { value: probabilities[row], row });
        }
        let (of, count) = clusters.unwrap_or((&[], 1));
        if !of.is_empty() && (of.len() != rows || of.iter().any(|&c| c as usize >= count)) {
            return Err(Error::Length { what: "clusters", found: of.len(), rows });
        }
        let cluster_of = |row: usize| of.get(row).copied().unwrap_or(0);

        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_unstable_by(|&a, &b| {
            probabilities[b]
                .total_cmp(&probabilities[a])
                .then_with(|| cluster_of(a).cmp(&cluster_of(b)))
        });
        let mut cells: Vec<Cell> = Vec::new();
        let mut confusion = vec![Confusion::default(); count];
        for row in order {
            let (probability, cluster) = (probabilities[row], cluster_of(row));
            let positive = f64::from(y[row]);
            match cells.last_mut() {
                Some(cell) if cell.probability == probability && cell.cluster == cluster => {
                    cell.positives += positive;
                    cell.negatives += 1.0 - positive;
                }
                previous => {
                    if let Some(cell) = previous {
                        cell.last = cell.probability != probability;
                    }
                    cells.push(Cell {
                        probability,
                        last: true,
                        cluster,
                        positives: positive,
                        negatives: 1.0 - positive,
                    });
                }
            }
            let of_cluster = &mut confusion[cluster as usize];
            let slot = match (y[row], probability >= threshold) {
                (0, false) => &mut of_cluster.true_negative,
                (0, true) => &mut of_cluster.false_positive,
                (_, false) => &mut of_cluster.false_negative,
                (_, true) => &mut of_cluster.true_positive,
            };
            *slot += 1.0;
        }
        Ok(Ranking { cells, confusion, clusters: count })
    }

    /// Number of clusters.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// The evidence when each cluster counts `weights[cluster]` times (once without weights).
    pub fn evidence(&self, weights: Option<&[u32]>) -> Evidence {
        let mut evidence = Evidence::default();
        self.fill(weights, &mut evidence);
        evidence
    }

    /// [`Ranking::evidence`] into one that was used before, to spare its memory.
    pub fn fill(&self, weights: Option<&[u32]>, evidence: &mut Evidence) {
        let weight = |cluster: usize| {
            weights.map_or(1.0, |weights| weights.get(cluster).copied().map_or(0.0, f64::from))
        };
        let mut confusion = Confusion::default();
        for (cluster, own) in self.confusion.iter().enumerate() {
            let weight = weight(cluster);
            confusion.true_negative += weight * own.true_negative;
            confusion.false_positive += weight * own.false_positive;
            confusion.false_negative += weight * own.false_negative;
            confusion.true_positive += weight * own.true_positive;
        }
        evidence.confusion = confusion;
        evidence.steps.clear();
        (evidence.log_loss, evidence.squared_error) = (0.0, 0.0);

        let (mut positives, mut negatives) = (0.0, 0.0);
        let mut before = (0.0, 0.0);
        for cell in &self.cells {
            let weight = weight(cell.cluster as usize);
            positives += weight * cell.positives;
            negatives += weight * cell.negatives;
            // A probability at which no row has weight is no step.
            if cell.last && (positives, negatives) != before {
                let (more_positives, more_negatives) = (positives - before.0, negatives - before.1);
                let p = cell.probability;
                let (to_positives, to_negatives) = surprise(p);
                if more_positives > 0.0 {
                    evidence.log_loss += more_positives * to_positives;
                }
                if more_negatives > 0.0 {
                    evidence.log_loss += more_negatives * to_negatives;
                }
                evidence.squared_error += more_positives * (1.0 - p) * (1.0 - p);
                evidence.squared_error += more_negatives * p * p;
                evidence.steps.push(Step {
                    threshold: p,
                    true_positives: positives,
                    false_positives: negatives,
                });
                before = (positives, negatives);
            }
        }
    }
}

/// Minus the logarithm of what `p` gives to label 1 and to label 0. Kept away from 0 and 1 by the
/// machine epsilon, so that one sure and wrong answer costs 36 and not infinity.
fn surprise(p: f64) -> (f64, f64) {
    let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    (-p.ln(), -(1.0 - p).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_one_step_and_weights_drop_steps() {
        let (y, p) = ([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1]);
        let ranking = Ranking::new(&y, &p, Some((&[0, 1, 0, 1], 2)), 0.5).unwrap();
        let counts = |weights: Option<&[u32]>| {
            let steps = ranking.evidence(weights).steps;
            steps.iter().map(|s| (s.true_positives, s.false_positives)).collect::<Vec<_>>()
        };
        assert_eq!(counts(None), [(1.0, 0.0), (2.0, 1.0), (2.0, 2.0)]);
        assert_eq!(counts(Some(&[2, 0])), [(2.0, 0.0), (4.0, 0.0)]);
        assert_eq!(counts(Some(&[0, 0])), []);
        assert_eq!(ranking.evidence(None).confusion.table(), [[1, 1], [0, 2]]);
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let ask = |p: &[f64]| Ranking::new(&[0, 1], p, None, 0.5).unwrap_err();
        assert!(matches!(ask(&[0.5]), Error::Length { what: "probabilities", .. }));
        assert!(matches!(ask(&[0.5, 1.5]), Error::Probability { row: 1, .. }));
        assert!(matches!(ask(&[f64::NAN, 0.5]), Error::Probability { row: 0, .. }));
        let clusters = Ranking::new(&[0, 1], &[0.1, 0.2], Some((&[0, 2], 2)), 0.5);
        assert!(matches!(clusters, Err(Error::Length { what: "clusters", .. })));
    }
}
