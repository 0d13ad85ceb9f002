//! The rows to learn from: keys and features of one grain, in one order.
//!
//! The order is total, so row 17 is the same row on every machine and any number of threads: a seeded
//! sample of row numbers is a sample of rows.
//!
//! [`Selection::sql`] says what they are in one statement; [`Ordered`] gives the same flows a piece at a time.

mod kept;
mod ordered;
mod span;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use botany_catalog::pcr::Mode;
use botany_catalog::tables::FLOW;
use botany_catalog::{Column, Kind};
use botany_engine::{Engine, check_condition};

use crate::Error;
use crate::features::{self, Feature, FeatureKind, Grain};
use crate::profiles::{self, Part, Source, own_window};
use crate::shape::conform;

pub use ordered::{AT_ONCE, Ordered};
use span::Span;

/// The columns before the features.
pub const KEYS: [&str; 5] = ["address", "block", "event_time", "is_mirai", "row_id"];

/// The order of flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By time; a total order, the same however the flows were collected.
    #[default]
    Time,
    /// As they stand in their file: for flows that are judged while they are read.
    Line,
}

/// What decides the order of flows by time. File and line make it total.
const FLOW_ORDER: &str = "flow.event_time, flow.flow_id, flow.src_ip, flow.src_port, flow.dest_ip, \
                          flow.dest_port, flow.file, flow.line";

/// Which rows, and what of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// What a row is.
    pub grain: Grain,
    /// The features, by name, in the order of the columns.
    pub features: Vec<String>,
    /// Columns of view `labelled` to carry along as they are, between keys and features: what a flow is told by
    /// where it is spoken of. At grain flow only.
    pub carry: Vec<String>,
    /// A condition over the columns of view `labelled`, such as `dest_port = 22`. At grain flow it chooses
    /// the rows, and profile features still know all the source did; at grain address and block it chooses
    /// the flows that make the profile.
    pub filter_sql: Option<String>,
    /// The order of flows; windows are always in order of time.
    pub order: Order,
    /// How a flow without packets from the client is named.
    pub pcr: Mode,
    /// Windows and blocks.
    pub profile: profiles::Options,
    /// Takes features that are made of the label as well. For looking at them, never for learning.
    pub allow_label: bool,
}

impl Selection {
    /// The statement: the five [`KEYS`], what is carried, then the features.
    ///
    /// - `address`: the source; at grain block the block itself;
    /// - `block`: the block it lies in;
    /// - `event_time`: start of the flow, or of the window;
    /// - `is_mirai`: 0 or 1; of a window the highest of its flows;
    /// - `row_id`: the row's number in the order asked for, from 0.
    ///
    /// # Errors
    /// [`Error::Unknown`] and [`Error::Setting`] for features that do not exist, stand twice, are not of
    /// the grain or are made of the label; [`Error::Setting`] for windows that cannot be.
    pub fn sql(&self) -> Result<String, Error> {
        self.profile.check()?;
        let features = self.checked()?;
        let columns = self.columns(&features)?;
        let rows = self.relation(Span::default())?;
        let (v4, v6) = (self.profile.v4_bits, self.profile.v6_bits);
        let (address, block, time, mirai, order, from) = match self.grain {
            Grain::Flow => (
                "flow.src_ip".to_owned(),
                self.block_of_flow(),
                "flow.event_time",
                "flow.is_mirai",
                match self.order {
                    Order::Time => FLOW_ORDER.to_owned(),
                    Order::Line => "flow.line".to_owned(),
                },
                self.flows(&rows, &features, Span::default()),
            ),
            grain => {
                let source = Source { relation: &rows, labelled: true };
                let profile = profiles::sql(grain, &self.profile, source, &parts(&features));
                let key = format!("profile.{}", grain.name());
                let block = match grain {
                    Grain::Block => key.clone(),
                    _ => format!("ip_block({key}, {v4}, {v6})"),
                };
                let order = format!("profile.window_start, {key}");
                (
                    key,
                    block,
                    "profile.window_start",
                    "profile.is_mirai",
                    order,
                    format!("({profile}) AS profile"),
                )
            }
        };
        Ok(format!(
            "SELECT {address} AS address, {block} AS block, {time} AS event_time, {mirai} AS is_mirai,
  row_number() OVER (ORDER BY {order}) - 1 AS row_id{columns}
FROM {from}
WHERE {address} IS NOT NULL
ORDER BY row_id"
        ))
    }

    /// The schema of the rows, without running anything. In [`Mode::Article`] a feature may be null.
    ///
    /// # Errors
    /// Those of [`Selection::sql`] about features.
    pub fn schema(&self) -> Result<SchemaRef, Error> {
        let mut fields = vec![
            Field::new("address", DataType::Utf8, false),
            Field::new("block", DataType::Utf8, true),
            Field::new("event_time", Kind::Time.data_type(), false),
            Field::new("is_mirai", DataType::UInt8, false),
            Field::new("row_id", DataType::UInt64, false),
        ];
        for column in self.carried()? {
            fields.push(Field::new(column.name, column.kind.data_type(), column.nullable));
        }
        for feature in self.checked()? {
            let kind = match feature.kind {
                FeatureKind::Number => DataType::Float64,
                FeatureKind::Category => DataType::Utf8,
            };
            fields.push(Field::new(feature.name, kind, self.pcr == Mode::Article));
        }
        Ok(Arc::new(Schema::new(fields)))
    }

    /// What stands behind the keys: what is carried, then the features.
    fn columns(&self, features: &[&'static Feature]) -> Result<String, Error> {
        let carried = self.carried()?.into_iter().map(|c| format!(",\n  flow.{0} AS {0}", c.name));
        let features = features.iter().map(|f| format!(",\n  {} AS {}", f.sql(self.pcr), f.name));
        Ok(carried.chain(features).collect())
    }

    /// The filter as a part of a larger condition.
    pub(crate) fn condition(&self) -> Result<Option<String>, Error> {
        let Some(condition) = &self.filter_sql else { return Ok(None) };
        check_condition(condition)?;
        // The line break ends a comment inside the condition.
        Ok(Some(format!("({condition}\n)")))
    }

    /// The flows the filter chooses, of those within the span.
    fn relation(&self, span: Span) -> Result<String, Error> {
        let conditions: Vec<String> =
            self.condition()?.into_iter().chain(span.condition()).collect();
        if conditions.is_empty() {
            return Ok("labelled".to_owned());
        }
        Ok(format!("(SELECT * FROM labelled AS flow WHERE {})", conditions.join(" AND ")))
    }

    fn block_of_flow(&self) -> String {
        format!("ip_block(flow.src_ip, {}, {})", self.profile.v4_bits, self.profile.v6_bits)
    }

    /// The chosen flows of a span, each with what its source did in its window if a feature asks for that.
    fn flows(&self, rows: &str, features: &[&'static Feature], span: Span) -> String {
        if !features.iter().any(|f| f.is_profile()) {
            return format!("{rows} AS flow");
        }
        let within = span.windows(&self.profile).condition();
        let read = |table: &str| self.within(table, span);
        let (relation, parts) = (read("flow"), parts(features));
        let all = Source { relation: &relation, labelled: false };
        let profile = profiles::sql(Grain::Address, &self.profile, all, &parts);
        // Within a span the other logs, too, are only what lies in its windows.
        let log = |part: &Part| match part {
            Part::Login => Some("login"),
            Part::Banner => Some("ssh"),
            Part::Flow => None,
        };
        let logs = parts.iter().filter_map(log).filter(|_| within.is_some());
        let logs: Vec<String> = logs.map(|log| format!("{log} AS {}", read(log))).collect();
        let profile = match logs.join(",\n") {
            none if none.is_empty() => profile,
            logs => format!("WITH {logs}\nSELECT * FROM ({profile}) AS profile"),
        };
        format!(
            "{rows} AS flow
LEFT JOIN ({profile}) AS profile
  ON profile.address = flow.src_ip AND profile.window_start = {}",
            own_window(&self.profile)
        )
    }

    /// What of a table lies in the windows of the flows of a span.
    fn within(&self, table: &str, span: Span) -> String {
        match span.windows(&self.profile).condition() {
            None => table.to_owned(),
            // The span's condition speaks of `flow`.
            Some(condition) => format!("(SELECT * FROM {table} AS flow WHERE {condition})"),
        }
    }

    fn carried(&self) -> Result<Vec<&'static Column>, Error> {
        if !self.carry.is_empty() && self.grain != Grain::Flow {
            return Err(Error::Setting(format!(
                "a window has no columns of one flow: nothing can be carried at grain {}",
                self.grain.name()
            )));
        }
        let find = |name: &String| {
            FLOW.columns
                .iter()
                .find(|c| c.name == name && !self.features.contains(name))
                .ok_or_else(|| {
                    Error::Setting(format!(
                        "a flow has no column `{name}`, or it is a feature as well"
                    ))
                })
        };
        self.carry.iter().map(find).collect()
    }

    fn checked(&self) -> Result<Vec<&'static Feature>, Error> {
        let wrong = |text: String| Err(Error::Setting(text));
        if self.features.is_empty() {
            return wrong("no feature is named; `botany features` lists them".to_owned());
        }
        let mut chosen: Vec<&'static Feature> = Vec::new();
        for name in &self.features {
            let feature = features::find(name)?;
            if chosen.iter().any(|f| f.name == feature.name) {
                return wrong(format!("feature `{name}` stands twice; remove one"));
            }
            if !feature.usable_at(self.grain) {
                return wrong(format!(
                    "feature `{name}` is of grain {}, the rows are of grain {}; choose another feature or grain",
                    feature.grain.name(),
                    self.grain.name()
                ));
            }
            if feature.encodes_label && !self.allow_label {
                return wrong(format!(
                    "feature `{name}` is made of what the label is made of, a model would learn the label \
                     from itself; remove it"
                ));
            }
            chosen.push(feature);
        }
        Ok(chosen)
    }
}

/// The logs that the features are taken from.
fn parts(features: &[&'static Feature]) -> Vec<Part> {
    let has = |part: Part| {
        features.iter().any(|f| {
            profiles::MEASURES
                .iter()
                .any(|m| m.part == part && f.name.strip_prefix("profile_") == Some(m.name))
        })
    };
    [Part::Flow, Part::Login, Part::Banner].into_iter().filter(|part| has(*part)).collect()
}

/// The rows, over view `labelled` ([`crate::label::register`]).
///
/// # Errors
/// Those of [`Selection::sql`], and the engine's, such as for a condition over a column that does not exist.
pub async fn select(engine: &Engine, selection: &Selection) -> Result<Vec<RecordBatch>, Error> {
    let sql = selection.sql()?;
    // The condition is a user's text: the engine's guarded door lets nothing but reading through.
    let batches = engine.query(&sql).await?;
    conform(&batches, &selection.schema()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(grain: Grain, features: &[&str]) -> Selection {
        let features = features.iter().map(|f| (*f).to_owned()).collect();
        Selection { grain, features, ..Selection::default() }
    }

    fn refusal(selection: &Selection) -> String {
        selection.sql().unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_selected_is_refused_with_a_next_step() {
        assert!(refusal(&selection(Grain::Flow, &[])).contains("botany features"));
        assert!(refusal(&selection(Grain::Flow, &["packets_im"])).contains("packets_in"));
        assert!(refusal(&selection(Grain::Flow, &["age", "age"])).contains("stands twice"));
        assert!(refusal(&selection(Grain::Address, &["age"])).contains("grain flow"));
        let label = selection(Grain::Address, &["profile_login_failed"]);
        assert!(refusal(&label).contains("made of what the label is made of"));
        assert!(Selection { allow_label: true, ..label }.sql().is_ok());
    }

    #[test]
    fn a_profile_is_made_only_where_a_feature_asks_for_it() {
        let plain = selection(Grain::Flow, &["packets_in"]).sql().unwrap();
        assert!(!plain.contains("profile"));
        let joined = selection(Grain::Flow, &["profile_flows"]).sql().unwrap();
        assert!(joined.contains("LEFT JOIN") && !joined.contains("FROM login"));
    }

    #[test]
    fn within_a_span_every_log_is_read_within_its_windows() {
        let step = profiles::Options { step_hours: Some(6), ..profiles::Options::default() };
        let selection = Selection { profile: step, ..Selection::default() };
        let features = ["profile_flows", "profile_login_failed", "profile_ssh_software"];
        let features = features.map(|name| features::find(name).unwrap());
        let span = Span { from: Some(86_400_000_000), until: Some(2 * 86_400_000_000) };
        let condition = span.windows(&step).condition().unwrap();
        assert!(condition.contains("arrow_cast(21600000000,"), "{condition}");
        let sql = selection.flows("labelled", &features, span);
        for log in ["flow", "login", "ssh"] {
            let read = format!("(SELECT * FROM {log} AS flow WHERE {condition})");
            assert_eq!(sql.matches(&read).count(), 1, "{log}: {sql}");
        }
        assert!(!selection.flows("labelled", &features, Span::default()).contains("AS flow WHERE"));
        assert!(!selection.flows("labelled", &features[..1], span).contains("login"));
    }
}
