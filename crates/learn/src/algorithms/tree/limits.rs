//! The parameters that decision tree and random forest share: how far a tree may grow.

use super::grow::Limits;
use crate::algorithms::{Checked, Parameter, Range, Setting};

/// More than any table has rows; also keeps every count within 32 bits.
const MOST: i64 = i32::MAX as i64;

/// `max_depth`, `max_leaf_nodes`, `min_samples_split` and `min_samples_leaf`.
pub fn parameters() -> Vec<Parameter> {
    let whole = |name, doc, default, range| Parameter {
        name,
        doc,
        default: Setting::Integer(default),
        range,
    };
    vec![
        whole(
            "max_depth",
            "questions a tree may ask in a row; 0 lets it ask until the rows of each leaf are of one label",
            0,
            Range::Integer(0, MOST),
        ),
        whole(
            "max_leaf_nodes",
            "leaves a tree may have, the most useful question first; 0 sets no bound",
            0,
            Range::Integer(0, MOST),
        ),
        whole(
            "min_samples_split",
            "rows a node must hold to be divided; a row drawn twice counts twice",
            2,
            Range::Integer(2, MOST),
        ),
        whole(
            "min_samples_leaf",
            "rows each side of a question must hold; a row drawn twice counts twice",
            1,
            Range::Integer(1, MOST),
        ),
    ]
}

/// The limits that were set.
pub fn limits(checked: &Checked) -> Limits {
    let bound = |name| Some(checked.count(name)).filter(|bound| *bound > 0);
    let rows = |name| u32::try_from(checked.count(name)).unwrap_or(u32::MAX);
    Limits {
        max_depth: bound("max_depth"),
        max_leaf_nodes: bound("max_leaf_nodes"),
        min_samples_split: rows("min_samples_split"),
        min_samples_leaf: rows("min_samples_leaf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn zero_is_no_bound() {
        let checked = Checked::new("tree", &parameters(), &Settings::new()).unwrap();
        let free = limits(&checked);
        assert_eq!((free.max_depth, free.max_leaf_nodes), (None, None));
        assert_eq!((free.min_samples_split, free.min_samples_leaf), (2, 1));
        let set = Settings::from([("max_depth".to_owned(), Setting::Integer(3))]);
        let checked = Checked::new("tree", &parameters(), &set).unwrap();
        assert_eq!(limits(&checked).max_depth, Some(3));
    }
}
