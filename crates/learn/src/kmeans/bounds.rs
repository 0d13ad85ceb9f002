//! Rows that need not be asked again.
//!
//! A row whose nearest centroid is nearer than the next by more than both can have moved since has the same nearest
//! centroid still (Hamerly, Making k-means even faster, 2010). The bound is kept for a few rows together, so that
//! those that must be asked are still asked in wide registers.

use super::block::LANES;

/// How far sums may be off by rounding, as a share of the distance: far more than they are.
const ROUNDING: f64 = 1e-9;

/// What is left of what was known when the rows of a tile were last compared with every centroid.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The next centroid is farther than the nearest by at least this, for each of the rows.
    gap: f64,
    /// The nearest is no farther than this, for each of the rows.
    reach: f64,
}

impl Bound {
    /// Nothing is known.
    pub const NONE: Bound = Bound { gap: f64::NEG_INFINITY, reach: 0.0 };

    /// From the squared distances to the nearest centroid and the next.
    #[inline(always)]
    pub fn new(nearest: &[f64; LANES], next: &[f64; LANES]) -> Bound {
        let (mut gaps, mut reaches) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            reaches[lane] = next[lane].sqrt();
            gaps[lane] = reaches[lane] - nearest[lane].sqrt();
        }
        // By halves, in wide registers.
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                let (a, b) = (gaps[lane], gaps[lane + half]);
                gaps[lane] = if a < b { a } else { b };
                let (a, b) = (reaches[lane], reaches[lane + half]);
                reaches[lane] = if a > b { a } else { b };
            }
            half /= 2;
        }
        // Of distances too large for a number nothing is known.
        if reaches[0] < f64::INFINITY {
            Bound { gap: gaps[0], reach: reaches[0] }
        } else {
            Bound::NONE
        }
    }

    /// Takes into account that centroids have moved, any two of them by no more than `by` together.
    #[inline(always)]
    pub fn moved(&mut self, by: f64) {
        self.gap -= by;
        self.reach += by;
    }

    /// Whether each of the rows has the nearest centroid it had; a distance as computed tells no other.
    #[inline(always)]
    pub fn holds(self) -> bool {
        self.gap > ROUNDING * self.reach
    }
}

/// The most that two centroids have moved together; not a number if one has become none.
pub fn moves(before: &[Vec<f64>], after: &[Vec<f64>]) -> f64 {
    let (mut most, mut next) = (0.0, 0.0);
    for (before, after) in before.iter().zip(after) {
        let squares = before.iter().zip(after).map(|(a, b)| (a - b) * (a - b));
        let moved = squares.sum::<f64>().sqrt();
        if moved.is_nan() {
            return moved;
        }
        if moved > most {
            (most, next) = (moved, most);
        } else if moved > next {
            next = moved;
        }
    }
    most + next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_holds_until_centroids_may_have_changed_places() {
        let mut nearest = [1.0; LANES];
        nearest[3] = 4.0;
        let mut bound = Bound::new(&nearest, &[25.0; LANES]);
        assert!(bound.holds());
        bound.moved(2.9);
        assert!(bound.holds());
        bound.moved(0.1);
        assert!(!bound.holds());
        assert!(!Bound::NONE.holds());
    }

    #[test]
    fn equally_near_centroids_and_distances_without_end_are_asked_again() {
        assert!(!Bound::new(&[9.0; LANES], &[9.0; LANES]).holds());
        assert!(!Bound::new(&[9.0; LANES], &[f64::INFINITY; LANES]).holds());
        let mut bound = Bound::new(&[1.0; LANES], &[9.0; LANES]);
        bound.moved(f64::NAN);
        assert!(!bound.holds());
    }

    #[test]
    fn the_two_that_moved_most() {
        let before = vec![vec![0.0, 0.0], vec![1.0, 1.0], vec![2.0, 2.0]];
        let after = vec![vec![0.0, 1.0], vec![4.0, 5.0], vec![2.0, 4.0]];
        assert_eq!(moves(&before, &after), 7.0);
        assert!(moves(&before, &[vec![f64::NAN, 0.0], vec![1.0, 1.0]]).is_nan());
    }
}
