//! What the source did in the window: every measure of a profile is a feature `profile_…`.

use std::sync::LazyLock;

use super::{Expression, Feature, FeatureKind};
use crate::profiles::MEASURES;

/// The names, made once: `profile_` and the measure.
static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| MEASURES.iter().map(|m| format!("profile_{}", m.name)).collect());

pub fn features() -> Vec<Feature> {
    MEASURES
        .iter()
        .zip(NAMES.iter())
        .map(|(measure, name)| Feature {
            name,
            doc: measure.doc,
            unit: measure.unit,
            grain: measure.grain,
            kind: FeatureKind::Number,
            encodes_label: measure.encodes_label,
            expression: Expression::Profile(measure.sql),
        })
        .collect()
}
