//! What can go wrong when something is learnt or a model is read, and what to do about it.

/// Why a model cannot be fitted, applied or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Columns of one frame or matrix differ in length.
    #[error(
        "column `{column}` has {rows} rows where {expected} were expected: give every column the same length"
    )]
    UnequalColumns {
        /// The column that differs.
        column: String,
        /// Its rows.
        rows: usize,
        /// The rows of the first column.
        expected: usize,
    },
    /// Two columns of one name.
    #[error("column `{0}` appears twice: rename or drop one of them")]
    DuplicateColumn(String),
    /// A column that is asked for is not there.
    #[error("there is no column `{column}`: choose from {available}")]
    NoColumn {
        /// The column asked for.
        column: String,
        /// The columns there are, joined by commas.
        available: String,
    },
    /// A column of words where numbers are needed, or the reverse.
    #[error("column `{column}` holds {found}, not {expected}: choose another column or convert it")]
    WrongKind {
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What is needed.
        expected: &'static str,
    },
    /// Values are missing (NaN or null).
    #[error(
        "column `{column}` misses a value in {count} of {rows} rows: drop these rows or the column"
    )]
    Missing {
        /// The column.
        column: String,
        /// Rows without a value.
        count: usize,
        /// Rows there are.
        rows: usize,
    },
    /// A value is infinite.
    #[error("column `{0}` holds an infinite value: drop these rows or the column")]
    Infinite(String),
    /// A category with too many levels to become columns.
    #[error(
        "column `{column}` has {levels} different values, more than {most}: group them or drop the column"
    )]
    TooManyLevels {
        /// The column.
        column: String,
        /// Its levels.
        levels: usize,
        /// The most allowed.
        most: usize,
    },
    /// A matrix whose columns are not those the model was fitted on.
    #[error(
        "the columns are {found}, but the model was fitted on {expected}: give it these, in this order"
    )]
    WrongColumns {
        /// What was given.
        found: String,
        /// What is needed.
        expected: String,
    },
    /// Nothing to learn from.
    #[error("there are no rows to learn from: widen the query or the sample")]
    NoRows,
    /// No feature is named.
    #[error("no feature is named: name at least one column to learn from")]
    NoFeatures,
    /// More clusters than rows, or none.
    #[error("cannot make {k} clusters of {rows} rows: choose k between 1 and {rows}")]
    Clusters {
        /// Clusters asked for.
        k: usize,
        /// Rows there are.
        rows: usize,
    },
    /// As many labels as rows are needed.
    #[error("there are {labels} labels for {rows} rows: give one label a row")]
    LabelCount {
        /// Labels given.
        labels: usize,
        /// Rows there are.
        rows: usize,
    },
    /// A label that is neither 0 nor 1.
    #[error("the label of row {row} is {value}: labels must be 0 or 1")]
    Label {
        /// The first such row, from 0.
        row: usize,
        /// What it holds.
        value: u8,
    },
    /// No such algorithm.
    #[error("there is no algorithm `{name}`: choose from {available}")]
    UnknownAlgorithm {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },
    /// No such parameter.
    #[error("{of} has no parameter `{name}`: choose from {available}")]
    UnknownSetting {
        /// The algorithm.
        of: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },
    /// A parameter out of its range.
    #[error("{of}: `{name}` is {value}, but must be {range}: set it within that range")]
    Setting {
        /// The algorithm or step.
        of: String,
        /// The parameter.
        name: String,
        /// What it was set to.
        value: String,
        /// What it may be.
        range: String,
    },
    /// An algorithm could not be fitted.
    #[error("{algorithm} could not be fitted: {reason}")]
    Fit {
        /// The algorithm.
        algorithm: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// Who looks after the fit wants it no more.
    #[error("stopped before its end")]
    Stopped,
    /// A model that has no form in ONNX here.
    #[error("a model of {algorithm} cannot leave as ONNX: only {available} can, fit one of them")]
    NotExportable {
        /// Its algorithm.
        algorithm: String,
        /// What can be exported.
        available: String,
    },
    /// A model file that cannot be read.
    #[error("this is not a readable model file, {0}: fit the model again or fetch the file again")]
    ModelFile(String),
    /// A column type that cannot be learnt from.
    #[error(
        "column `{column}` is of type {kind}, which cannot be learnt from: cast it to a number or text"
    )]
    ColumnType {
        /// The column.
        column: String,
        /// Its Arrow type.
        kind: String,
    },
}
