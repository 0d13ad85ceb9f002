//! Curves for drawing: fewer points, the same picture.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Leaves out points until at most `most` remain, each time the one whose loss changes the area
/// under the curve least (Visvalingam and Whyatt 1993). Ends stay, points on a straight line go
/// first and cost nothing. Areas that are reported are computed before this.
pub fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let most = most.max(2);
    if points.len() <= most {
        return points.to_vec();
    }
    let last = points.len() - 1;
    let mut before: Vec<usize> = (0..points.len()).map(|at| at.saturating_sub(1)).collect();
    let mut after: Vec<usize> = (0..points.len()).map(|at| (at + 1).min(last)).collect();
    let mut area: Vec<f64> = vec![f64::INFINITY; points.len()];
    let mut heap = BinaryHeap::new();
    for at in 1..last {
        area[at] = triangle(points[at - 1], points[at], points[at + 1]);
        heap.push(Candidate { area: area[at], at });
    }
    let mut left = points.len();
    let mut kept = vec![true; points.len()];
    while left > most {
        let Some(Candidate { area: smallest, at }) = heap.pop() else { break };
        // Stale entries stay in the heap when a neighbour's area changes.
        if !kept[at] || area[at] != smallest {
            continue;
        }
        kept[at] = false;
        left -= 1;
        let (one, other) = (before[at], after[at]);
        after[one] = other;
        before[other] = one;
        for near in [one, other] {
            if near != 0 && near != last {
                // Never less than what has just gone, so that errors do not add up unseen.
                let new = triangle(points[before[near]], points[near], points[after[near]]);
                area[near] = new.max(smallest);
                heap.push(Candidate { area: area[near], at: near });
            }
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// Area of the triangle of three points.
fn triangle(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    ((b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)).abs() / 2.0
}

/// A point that may go; the heap gives the smallest area first, then the first point.
#[derive(PartialEq)]
struct Candidate {
    area: f64,
    at: usize,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other.area.total_cmp(&self.area).then_with(|| other.at.cmp(&self.at))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use botany_learn::Rng;

    use super::*;
    use crate::metrics::{Ranking, roc_curve};

    fn area(points: &[(f64, f64)]) -> f64 {
        points.windows(2).map(|w| (w[1].0 - w[0].0) * (w[1].1 + w[0].1) / 2.0).sum()
    }

    #[test]
    fn points_on_a_line_cost_nothing() {
        let corner = |at: usize| {
            let x = at as f64 / 1024.0;
            (x, (2.0 * x).min(1.0))
        };
        let points: Vec<_> = (0..=1024).map(corner).collect();
        assert_eq!(thin(&points, 3), [(0.0, 0.0), (0.5, 1.0), (1.0, 1.0)]);
        assert_eq!(thin(&points[..3], 5), points[..3]);
        assert_eq!(thin(&points, 0), [(0.0, 0.0), (1.0, 1.0)]);
        assert_eq!(thin(&[], 5), []);
    }

    #[test]
    fn five_hundred_points_draw_the_same_curve() {
        let mut rng = Rng::new(1);
        let y: Vec<u8> = (0..20_000).map(|_| u8::from(rng.unit() < 0.3)).collect();
        let p: Vec<f64> =
            y.iter().map(|&y| (0.3 * f64::from(y) + 0.7 * rng.unit()).min(1.0)).collect();
        let full = roc_curve(&Ranking::new(&y, &p, None, 0.5).unwrap().evidence(None));
        let thinned = thin(&full, 500);
        assert_eq!(thinned.len(), 500);
        assert!((area(&full) - area(&thinned)).abs() < 1e-4, "{}", area(&full) - area(&thinned));
        assert!(thinned.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1));
    }
}
