//! Gini impurity of two classes, and how much a split takes away from it.

/// How many rows of either class a node holds; a row drawn twice counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows with label 0.
    pub negative: u32,
    /// Rows with label 1.
    pub positive: u32,
}

impl Counts {
    /// Rows of both classes.
    pub fn total(self) -> u32 {
        self.negative + self.positive
    }

    /// Whether all rows are of one class.
    pub fn is_pure(self) -> bool {
        self.negative == 0 || self.positive == 0
    }

    /// Both together.
    pub fn plus(self, other: Counts) -> Counts {
        Counts {
            negative: self.negative + other.negative,
            positive: self.positive + other.positive,
        }
    }

    /// What is left after `part` has been taken out.
    pub fn minus(self, part: Counts) -> Counts {
        Counts { negative: self.negative - part.negative, positive: self.positive - part.positive }
    }
}

/// What one row of either class weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassWeights {
    /// Weight of a row with label 0.
    pub negative: f64,
    /// Weight of a row with label 1.
    pub positive: f64,
}

impl ClassWeights {
    /// Every row weighs one.
    pub const NONE: ClassWeights = ClassWeights { negative: 1.0, positive: 1.0 };

    /// `rows / (2 x rows of the class)`, so that both classes weigh the same together.
    pub fn balanced(counts: Counts) -> ClassWeights {
        let of = |class: u32| f64::from(counts.total()) / (2.0 * f64::from(class.max(1)));
        ClassWeights { negative: of(counts.negative), positive: of(counts.positive) }
    }

    /// The weight of all rows together.
    pub fn weight(self, counts: Counts) -> f64 {
        self.negative * f64::from(counts.negative) + self.positive * f64::from(counts.positive)
    }

    /// The weighted share of rows with label 1; 0 for no rows.
    pub fn probability(self, counts: Counts) -> f64 {
        if counts.total() == 0 {
            return 0.0;
        }
        self.positive * f64::from(counts.positive) / self.weight(counts)
    }

    /// `weight x (1 - gini)` of a node: the sum of squared class weights over the weight.
    pub fn purity(self, counts: Counts) -> f64 {
        if counts.total() == 0 {
            return 0.0;
        }
        let negative = self.negative * f64::from(counts.negative);
        let positive = self.positive * f64::from(counts.positive);
        (negative * negative + positive * positive) / (negative + positive)
    }

    /// Purity of both sides together: the best split of a node has the largest. Both sides hold a row.
    #[inline]
    pub fn split_purity(self, total: Counts, left: Counts) -> f64 {
        let right = total.minus(left);
        let left_negative = self.negative * f64::from(left.negative);
        let left_positive = self.positive * f64::from(left.positive);
        let right_negative = self.negative * f64::from(right.negative);
        let right_positive = self.positive * f64::from(right.positive);
        let left_weight = left_negative + left_positive;
        let right_weight = right_negative + right_positive;
        let left_squares = left_negative * left_negative + left_positive * left_positive;
        let right_squares = right_negative * right_negative + right_positive * right_positive;
        // One division where the formula has two: this line is most of the time of a sweep.
        (left_squares * right_weight + right_squares * left_weight) / (left_weight * right_weight)
    }

    /// Weighted decrease in impurity: `W gini(node) - W_left gini(left) - W_right gini(right)`.
    pub fn decrease(self, total: Counts, left: Counts) -> f64 {
        self.purity(left) + self.purity(total.minus(left)) - self.purity(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(negative: u32, positive: u32) -> Counts {
        Counts { negative, positive }
    }

    #[test]
    fn a_split_by_hand() {
        // 10 rows, 4 positive: gini 0.48. Left 5:0 is pure; right 1:4 has gini 0.32 and weight 5.
        let (total, left) = (counts(6, 4), counts(5, 0));
        let gain = ClassWeights::NONE.decrease(total, left);
        assert!((gain - (10.0 * 0.48 - 5.0 * 0.32)).abs() < 1e-12);
        let score = ClassWeights::NONE.split_purity(total, left);
        assert!((score - (5.0 + (1.0 + 16.0) / 5.0)).abs() < 1e-12);
    }

    #[test]
    fn balanced_classes_weigh_the_same() {
        let total = counts(90, 10);
        let weights = ClassWeights::balanced(total);
        assert!((weights.probability(total) - 0.5).abs() < 1e-12);
        assert!((weights.weight(total) - 100.0).abs() < 1e-9);
        let (left, right) = (counts(80, 1), counts(10, 9));
        let direct = weights.purity(left) + weights.purity(right);
        assert!((weights.split_purity(total, left) - direct).abs() < 1e-9);
    }

    #[test]
    fn one_class_alone_is_no_division_by_zero() {
        let weights = ClassWeights::balanced(counts(5, 0));
        assert_eq!(weights.probability(counts(5, 0)), 0.0);
        assert!(weights.purity(counts(5, 0)).is_finite());
        assert_eq!(ClassWeights::NONE.purity(counts(0, 0)), 0.0);
    }
}
