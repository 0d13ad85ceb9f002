//! How many numbers does the model really see?

use std::collections::{HashMap, HashSet};

use botany_learn::{CLUSTER, CLUSTER_DISTANCE, Values};

use super::{Answer, Case, Doubt, Severity};
use crate::error::Error;

/// Share of a column's variance that the others leave unexplained, under which it adds nothing.
const UNEXPLAINED: f64 = 1e-9;
/// Share of rows that must meet their pair of counts again before a function is believed.
const REPEATED: f64 = 0.5;

/// Features that are functions of one another.
pub struct DegreesOfFreedom;

impl Doubt for DegreesOfFreedom {
    fn name(&self) -> &'static str {
        "degrees_of_freedom"
    }

    fn question(&self) -> &'static str {
        "how many of the features say something of their own?"
    }

    fn doc(&self) -> &'static str {
        "The linear rank of the numeric features; and, where `packets_in` and `packets_out` are \
         known, the features that never differ between rows with the same two counts: these are \
         functions of the two, and so are clusters made from them. Warns when that is all of more \
         than two features."
    }

    fn test(&self, case: &Case) -> Result<Answer, Error> {
        let features = case.features();
        let columns: Vec<Vec<f64>> =
            features.iter().filter_map(|(_, values)| standardised(values)).collect();
        let numeric =
            features.iter().filter(|(_, values)| matches!(values, Values::Number(_))).count();
        let rank = rank(columns);
        let all = case.spec.features.len();
        let made = case.spec.features.iter().any(|name| name == CLUSTER_DISTANCE);
        let linear = linear(numeric, rank, made);
        let answer = match functions_of_counts(case, &features) {
            Some((functions, repeated)) if repeated >= REPEATED => {
                let counts = "`packets_in` and `packets_out`";
                let (severity, finding) = if functions == all && all > 2 {
                    let finding = format!(
                        "all {all} features can be computed from {counts}: rows in which these two numbers \
                         are equal look the same to the model, whatever else they differ in"
                    );
                    (Severity::Warning, finding)
                } else if functions > 2 || rank < numeric {
                    let finding = format!(
                        "{functions} of {all} features can be computed from {counts}; {linear}"
                    );
                    (Severity::Note, finding)
                } else {
                    (Severity::Ok, linear)
                };
                Answer::new(severity, finding)
                    .advice(
                        "Features of another kind may tell more: bytes, duration, TCP flags, or what \
                         the address did within 24 hours.",
                    )
                    .figure("functions_of_packet_counts", functions as f64)
                    .figure("repeated_share", repeated)
            }
            undecided => {
                let severity = if rank < numeric { Severity::Note } else { Severity::Ok };
                Answer::new(severity, linear)
                    .figure("repeated_share", undecided.map(|(_, repeated)| repeated))
            }
        };
        Ok(answer
            .figure("features", all as f64)
            .figure("numeric_features", numeric as f64)
            .figure("rank", rank as f64))
    }
}

/// How many of the numeric features add nothing, in words; one made from the others while a model is fitted is not
/// among them.
fn linear(numeric: usize, rank: usize, made: bool) -> String {
    let without = if made {
        format!(
            " (not counting `{CLUSTER_DISTANCE}`, which is made from others while a model is fitted)"
        )
    } else {
        String::new()
    };
    let idle = "is a sum of others or always the same";
    match (numeric, numeric.saturating_sub(rank)) {
        (0, _) => "no feature is a number".to_owned(),
        (_, 0) => format!("all {numeric} that are numbers{without}: none {idle}"),
        (_, 1) => format!(
            "all but one of {numeric} that are numbers{without}: that one {idle}, and tells nothing new"
        ),
        (_, sums) => format!(
            "{rank} of {numeric} that are numbers{without}: {sums} are sums of others or always the same, and tell nothing new"
        ),
    }
}

/// Features that are the same in all rows with the same packet counts, the counts themselves
/// included, and the share of rows whose counts occur more than once.
fn functions_of_counts(case: &Case, features: &[(&str, &Values)]) -> Option<(usize, f64)> {
    let count = |name: &str| {
        case.frame.columns().iter().find(|c| c.name == name).and_then(|c| match &c.values {
            Values::Number(values) => Some(values),
            Values::Category { .. } => None,
        })
    };
    let (packets_in, packets_out) = (count("packets_in")?, count("packets_out")?);
    let mut first: HashMap<[u64; 2], (usize, bool)> = HashMap::new();
    let mut first_of = Vec::with_capacity(packets_in.len());
    for (row, pair) in packets_in.iter().zip(packets_out).enumerate() {
        let seen = first
            .entry([pair.0.to_bits(), pair.1.to_bits()])
            .and_modify(|seen| seen.1 = true)
            .or_insert((row, false));
        first_of.push(seen.0);
    }
    let repeated = first.values().filter(|seen| seen.1).map(|seen| seen.0);
    let repeated: HashSet<usize> = repeated.collect();
    let share = first_of.iter().filter(|row| repeated.contains(row)).count() as f64
        / first_of.len().max(1) as f64;
    let is_function =
        |values: &Values| first_of.iter().enumerate().all(|(row, &first)| same(values, row, first));
    let mut functions: Vec<&str> =
        features.iter().filter(|(_, values)| is_function(values)).map(|(name, _)| *name).collect();
    // Clusters are functions of what they are made from.
    let clustered = case.spec.clustering.as_ref().is_some_and(|clustering| {
        clustering
            .features
            .iter()
            .all(|name| case.frame.column(name).is_ok_and(|column| is_function(&column.values)))
    });
    if clustered {
        let made_up = case.spec.features.iter().map(String::as_str);
        functions.extend(made_up.filter(|name| [CLUSTER, CLUSTER_DISTANCE].contains(name)));
    }
    Some((functions.len(), share))
}

fn same(values: &Values, a: usize, b: usize) -> bool {
    match values {
        Values::Number(values) => {
            // Sums in another order may differ in the last bits.
            let (a, b) = (values[a], values[b]);
            (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        Values::Category { codes, .. } => codes[a] == codes[b],
    }
}

/// The column with mean 0 and norm 1, a missing value at the mean; `None` if it is constant or no
/// number.
fn standardised(values: &Values) -> Option<Vec<f64>> {
    let Values::Number(values) = values else { return None };
    let known = values.iter().copied().filter(|v| v.is_finite());
    let (sum, count) = known.fold((0.0, 0usize), |(sum, count), v| (sum + v, count + 1));
    let mean = sum / count.max(1) as f64;
    let mut column: Vec<f64> =
        values.iter().map(|v| if v.is_finite() { v - mean } else { 0.0 }).collect();
    let norm = dot(&column, &column).sqrt();
    let scale = column.len() as f64 * mean * mean;
    if norm * norm <= UNEXPLAINED * UNEXPLAINED * scale || norm == 0.0 {
        return None;
    }
    column.iter_mut().for_each(|v| *v /= norm);
    Some(column)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Rank of columns of norm 1: each time the column least explained so far is taken and its direction
/// is removed from the rest (Gram and Schmidt, with pivoting).
fn rank(mut columns: Vec<Vec<f64>>) -> usize {
    let mut rank = 0;
    loop {
        let norms = columns.iter().map(|column| dot(column, column));
        let Some((at, norm)) = norms.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        if norm <= UNEXPLAINED {
            break;
        }
        rank += 1;
        let direction = columns.swap_remove(at);
        for column in &mut columns {
            let along = dot(column, &direction) / norm;
            column.iter_mut().zip(&direction).for_each(|(v, d)| *v -= along * d);
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_constants_add_no_rank() {
        let a: Vec<f64> = (0..50).map(|i| f64::from(i % 7)).collect();
        let b: Vec<f64> = (0..50).map(|i| f64::from(i * i % 11)).collect();
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 * a + b).collect();
        let ratio: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a / (b + 1.0)).collect();
        let of = |columns: &[&Vec<f64>]| {
            rank(columns.iter().filter_map(|c| standardised(&Values::Number(c.to_vec()))).collect())
        };
        assert_eq!(of(&[&a, &b, &sum]), 2);
        assert_eq!(of(&[&a, &b, &ratio]), 3);
        assert_eq!(of(&[&a, &vec![0.1; 50], &vec![1e12; 50]]), 1);
        assert_eq!(of(&[]), 0);
    }

    #[test]
    fn what_is_made_while_fitting_is_said_not_to_be_counted() {
        assert_eq!(
            linear(2, 2, false),
            "all 2 that are numbers: none is a sum of others or always the same"
        );
        assert!(
            linear(4, 3, true)
                .starts_with("all but one of 4 that are numbers (not counting `cluster_distance`,")
        );
        assert_eq!(linear(0, 0, false), "no feature is a number");
    }
}
