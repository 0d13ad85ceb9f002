//! What stands between a model and rules.

/// An error on the way from a model to rules. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model does not speak of flows.
    #[error(
        "{model} judges one {grain} over a day, and a rule sees one flow: no rule can say it; `botany watch list {model}` \
         gives a sensor its addresses instead"
    )]
    Grain {
        /// The model.
        model: String,
        /// What one row of it is.
        grain: String,
    },
    /// There is no such version.
    #[error("no rules can be written for Suricata {asked}: use one of {known}")]
    NoTarget {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// There is no such way of learning a list.
    #[error("no method `{asked}`: use one of {known}")]
    NoMethod {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// No feature of the model can be asked for by the engine.
    #[error(
        "Suricata {version} has no keyword for any feature of the model ({features}): no rule can come near it; score flows \
         from EVE instead"
    )]
    NothingToAsk {
        /// The version.
        version: &'static str,
        /// The model's features.
        features: String,
    },
    /// The list asks what the version cannot.
    #[error(
        "Suricata {version} has no keyword for {count}, and packets are all a rule can count itself: leave it out of the list"
    )]
    NoKeyword {
        /// The version.
        version: &'static str,
        /// What was asked for.
        count: &'static str,
    },
    /// The model calls every row the same.
    #[error(
        "the model calls all {rows} rows {call} at threshold {threshold}: there is nothing to write down; try another --threshold"
    )]
    OneCall {
        /// How many rows.
        rows: usize,
        /// 0 or 1.
        call: u8,
        /// The threshold.
        threshold: f64,
    },
    /// No rule came out.
    #[error(
        "no rule describes more of the rows the model calls 1 than of the others; allow more of them with --rules, or try \
         another --threshold"
    )]
    NoRule,
    /// More rules than a model has numbers for.
    #[error("{asked} rules are more than the {most} SIDs of one model: ask for fewer with --rules")]
    TooManyRules {
        /// How many.
        asked: usize,
        /// The most.
        most: usize,
    },
    /// Rows and decisions do not match; a fault of the program.
    #[error("learning: {0}")]
    Learn(#[from] botany_learn::Error),
    /// The rows cannot be split by address or measured.
    #[error("the rows cannot be judged: {0}")]
    Validate(#[from] botany_validate::Error),
}
