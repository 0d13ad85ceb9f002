//! What is wanted of every flow, and the statement that says it.

use std::collections::BTreeSet;

use botany_catalog::pcr::Mode;
use botany_catalog::tables::FLOW;

use super::aggregate::{self, Aggregate};
use super::members::DURATION;
use crate::Error;
use crate::features::{self, Feature};
use crate::label::Rule;
use crate::profiles::{self, DURATION_US, Grain, MEASURES, Options, Part, Source, own_window};

/// What is wanted of every flow that has a source.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Columns of table `flow`.
    pub carry: Vec<String>,
    /// Features of the flow alone, by name.
    pub features: Vec<String>,
    /// How a flow without packets from the client is named in a feature.
    pub pcr: Mode,
    /// Which flows of a listed source are labelled.
    pub rule: Rule,
    /// Measures of flows of the source's window, by name: columns `address_…`.
    pub address: Vec<String>,
    /// The same of the block's: columns `block_…`, null where the source is no address.
    pub block: Vec<String>,
    /// Windows and blocks.
    pub options: Options,
}

impl Ask {
    /// The statement, over tables `flow` and `threat`: what is carried, the features, `is_mirai`, then the measures
    /// of the flow's own windows.
    ///
    /// # Errors
    /// [`Error::Unknown`] and [`Error::Setting`] for columns, features and measures there are not, and for windows
    /// that cannot be.
    pub fn sql(&self) -> Result<String, Error> {
        self.check()?;
        let mut columns: Vec<String> =
            self.carry.iter().map(|name| format!("flow.{name} AS {name}")).collect();
        let features = self.found()?;
        columns.extend(features.iter().map(|f| format!("{} AS {}", f.sql(self.pcr), f.name)));
        columns.push("flow.is_mirai AS is_mirai".to_owned());
        let mut joins = String::new();
        for (grain, measures) in [(Grain::Address, &self.address), (Grain::Block, &self.block)] {
            if measures.is_empty() {
                continue;
            }
            let name = grain.name();
            columns.extend(measures.iter().map(|m| format!("{name}.{m} AS {name}_{m}")));
            let key = match grain {
                Grain::Block => format!(
                    "ip_block(flow.src_ip, {}, {})",
                    self.options.v4_bits, self.options.v6_bits
                ),
                Grain::Flow | Grain::Address => "flow.src_ip".to_owned(),
            };
            let all = Source { relation: "flow", labelled: false };
            joins.push_str(&format!(
                "\nLEFT JOIN ({}) AS {name}\n  ON {name}.{name} = {key} AND {name}.window_start = {}",
                profiles::sql(grain, &self.options, all, &[]),
                own_window(&self.options)
            ));
        }
        Ok(format!(
            "SELECT {}\nFROM ({}) AS flow{joins}\nWHERE flow.src_ip IS NOT NULL",
            columns.join(",\n  "),
            self.rule.sql()
        ))
    }

    /// What [`Ask::sql`] refuses.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.options.check()?;
        if let Some(name) = self.carry.iter().find(|name| FLOW.column(name).is_none()) {
            return Err(Error::Setting(format!("a flow has no column `{name}`")));
        }
        self.found()?;
        self.aggregates()?;
        Ok(())
    }

    /// The columns that come from the flow as they are.
    pub(super) fn given(&self) -> impl Iterator<Item = &str> {
        self.carry.iter().chain(&self.features).map(String::as_str)
    }

    /// The columns the pass looks at, beside source and time.
    pub(super) fn columns(&self) -> BTreeSet<&'static str> {
        let asked = self.address.iter().chain(&self.block);
        asked.filter_map(|name| aggregate::find(name)).flat_map(Aggregate::columns).collect()
    }

    /// The statement of what the pass reads.
    pub(super) fn reads(&self) -> String {
        let mut plain: BTreeSet<&str> = self.columns();
        plain.extend(self.carry.iter().map(String::as_str));
        let found = self.features.iter().filter_map(|name| features::find(name).ok());
        let features = found.map(|feature| (feature.name, feature.sql(self.pcr)));
        reads("flow", plain, features)
    }

    /// The measures in order, those of addresses first.
    pub(super) fn aggregates(&self) -> Result<Vec<(Grain, Aggregate)>, Error> {
        let address = self.address.iter().map(|name| (Grain::Address, name));
        let block = self.block.iter().map(|name| (Grain::Block, name));
        let one = |(grain, name): (Grain, &String)| {
            let known = |m: &&profiles::Measure| m.name == name && m.grain <= grain;
            let measure = MEASURES.iter().find(known).filter(|m| m.part == Part::Flow);
            let aggregate = measure.and_then(|measure| aggregate::find(measure.name));
            aggregate.map(|aggregate| (grain, aggregate)).ok_or_else(|| {
                let grain = grain.name();
                Error::Setting(format!("there is no measure `{name}` of the flows in a window of grain {grain}; `botany features` lists them"))
            })
        };
        address.chain(block).map(one).collect()
    }

    fn found(&self) -> Result<Vec<&'static Feature>, Error> {
        let one = |name: &String| {
            let feature = features::find(name)?;
            if feature.is_profile() || FLOW.column(name).is_some() {
                let text = format!("feature `{name}` is a column or a measure; ask for it as such");
                return Err(Error::Setting(text));
            }
            Ok(feature)
        };
        self.features.iter().map(one).collect()
    }
}

/// The statement of these columns of a relation's flows, source and time among them, and of what is computed. Flows
/// without a source are left out later ([`with_source`](super::members::with_source)).
pub(super) fn reads<'a>(
    relation: &str,
    mut plain: BTreeSet<&'a str>,
    computed: impl Iterator<Item = (&'a str, String)>,
) -> String {
    plain.extend(["src_ip", "event_time"]);
    let duration = plain.remove(DURATION).then(|| (DURATION, DURATION_US.to_owned()));
    let plain = plain.into_iter().map(|name| (name, format!("flow.{name}")));
    let columns: Vec<String> = (duration.into_iter().chain(computed).chain(plain))
        .map(|(name, sql)| format!("{sql} AS {name}"))
        .collect();
    format!("SELECT {} FROM {relation} AS flow", columns.join(", "))
}
