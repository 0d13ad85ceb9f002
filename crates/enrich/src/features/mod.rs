//! What may a model learn from?
//!
//! A feature is a named SQL expression over `flow` (view `labelled`) or `profile` (what the flow's source
//! did in the window). The same string serves training, scoring and a cluster, and anyone can read it.
//! One file a family, one line of [`FAMILIES`] each.
//!
//! No feature is ever null, with one exception that is asked for: in [`Mode::Article`] a flow without
//! packets from the client has no PCR range, and one without any packet no ratio.

mod article;
mod bytes;
mod flags;
mod profile;
mod rates;
mod state;
mod time;

use std::sync::LazyLock;

use botany_catalog::pcr::Mode;

use crate::Error;
pub use crate::profiles::Grain;
use botany_catalog::nearest::nearest;

/// Whether a feature is a number or one of a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// A real number.
    Number,
    /// A word; models see one column a word.
    Category,
}

impl FeatureKind {
    /// `number` or `category`.
    pub fn name(self) -> &'static str {
        match self {
            FeatureKind::Number => "number",
            FeatureKind::Category => "category",
        }
    }
}

/// One item of the shelf.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The column's name.
    pub name: &'static str,
    /// What it measures.
    pub doc: &'static str,
    /// The unit, or an empty string where there is none.
    pub unit: &'static str,
    /// The finest grain that has it: `Flow` for flows alone, `Address` for all three, `Block` for blocks.
    pub grain: Grain,
    /// Number or category.
    pub kind: FeatureKind,
    /// Whether it is made of what the label is made of: such a feature is refused unless asked for twice.
    pub encodes_label: bool,
    expression: Expression,
}

/// How an expression comes to be.
#[derive(Clone, Copy, Debug)]
enum Expression {
    Fixed(&'static str),
    /// Depends on how a flow without packets from the client is named.
    ByMode(fn(Mode) -> String),
    /// A column of the profile, and the aggregate that made it.
    Profile(&'static str),
}

impl Feature {
    const fn number(
        name: &'static str,
        unit: &'static str,
        doc: &'static str,
        sql: &'static str,
    ) -> Self {
        Feature {
            name,
            doc,
            unit,
            grain: Grain::Flow,
            kind: FeatureKind::Number,
            encodes_label: false,
            expression: Expression::Fixed(sql),
        }
    }

    const fn category(name: &'static str, doc: &'static str, sql: &'static str) -> Self {
        let number = Feature::number(name, "", doc, sql);
        Feature { kind: FeatureKind::Category, ..number }
    }

    /// The expression, over relations named `flow` and `profile`: `DOUBLE` for a number, text for a
    /// category.
    pub fn sql(&self, mode: Mode) -> String {
        let text = match self.expression {
            Expression::Fixed(text) => text.to_owned(),
            Expression::ByMode(text) => text(mode),
            Expression::Profile(_) => {
                format!("profile.{}", self.name.strip_prefix("profile_").unwrap_or(self.name))
            }
        };
        match self.kind {
            FeatureKind::Number => format!("CAST({text} AS DOUBLE)"),
            FeatureKind::Category => text,
        }
    }

    /// What to print as its formula: for a profile feature the aggregate over the window.
    pub fn formula(&self, mode: Mode) -> String {
        match self.expression {
            Expression::Profile(aggregate) => aggregate.to_owned(),
            Expression::Fixed(_) | Expression::ByMode(_) => self.sql(mode),
        }
    }

    /// Whether it reads relation `profile`.
    pub fn is_profile(&self) -> bool {
        matches!(self.expression, Expression::Profile(_))
    }

    /// Whether rows of `grain` have it.
    pub fn usable_at(&self, grain: Grain) -> bool {
        match self.grain {
            Grain::Flow => grain == Grain::Flow,
            Grain::Address => true,
            Grain::Block => grain == Grain::Block,
        }
    }
}

/// Features of one kind: the items of one file.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What its features have in common.
    pub doc: &'static str,
    features: fn() -> Vec<Feature>,
}

impl Family {
    /// Whether it has a feature of that name.
    pub fn has(&self, name: &str) -> bool {
        (self.features)().iter().any(|feature| feature.name == name)
    }
}

/// The families, in the order they are listed.
pub static FAMILIES: &[Family] = &[
    Family {
        name: "packets",
        doc: "the article's own: packets of either side, their ratio and its range",
        features: || article::FEATURES.to_vec(),
    },
    Family {
        name: "bytes",
        doc: "the same for bytes, headers of the link layer included",
        features: || bytes::FEATURES.to_vec(),
    },
    Family { name: "time", doc: "how long a flow lasted", features: || time::FEATURES.to_vec() },
    Family {
        name: "flags",
        doc: "the TCP flags either side sent; a flow that is no TCP has none",
        features: || flags::FEATURES.to_vec(),
    },
    Family {
        name: "state",
        doc: "how a flow ended, in Suricata's words",
        features: || state::FEATURES.to_vec(),
    },
    Family {
        name: "rates",
        doc: "how fast, and how large a packet",
        features: || rates::FEATURES.to_vec(),
    },
    Family {
        name: "profile",
        doc: "what the source did in 24 hours, the flow of the row itself included",
        features: profile::features,
    },
];

/// Every feature.
pub static ALL: LazyLock<Vec<Feature>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|family| (family.features)()).collect());

/// The feature of that name.
///
/// # Errors
/// [`Error::Unknown`], with the name that was probably meant.
pub fn find(name: &str) -> Result<&'static Feature, Error> {
    ALL.iter().find(|f| f.name == name).ok_or_else(|| Error::Unknown {
        shelf: "feature",
        name: name.to_owned(),
        nearest: nearest(name, ALL.iter().map(|f| f.name)),
    })
}

/// The reference table of all features, as Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "| feature | grain | kind | unit | what it measures | formula |\n|---|---|---|---|---|---|\n",
    );
    for f in ALL.iter() {
        let note = if f.encodes_label { " **Made of the label: never learnt from.**" } else { "" };
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {}{note} | `{}` |\n",
            f.name,
            f.grain.name(),
            f.kind.name(),
            f.unit,
            f.doc,
            f.formula(Mode::Closed).replace('|', "\\|"),
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_one_name_a_sentence_and_a_row() {
        let table = markdown();
        for (i, feature) in ALL.iter().enumerate() {
            assert!(!feature.doc.is_empty(), "{}", feature.name);
            assert!(ALL[..i].iter().all(|f| f.name != feature.name), "{} twice", feature.name);
            assert_eq!(FAMILIES.iter().filter(|family| family.has(feature.name)).count(), 1);
            assert!(table.contains(&format!("| `{}` |", feature.name)));
        }
        assert_eq!(table.lines().count(), ALL.len() + 2);
    }

    #[test]
    fn the_articles_four_are_there_and_its_own_spelling_is_understood() {
        for name in
            ["packet_pcr_range", "packet_ratio", "packets_total", "packets_in", "packets_out"]
        {
            assert!(find(name).is_ok(), "{name}");
        }
        let text = find("packet_total").unwrap_err().to_string();
        assert!(text.contains("did you mean `packets_total`"), "{text}");
    }

    #[test]
    fn a_grain_has_what_can_be_known_at_it() {
        let usable = |name, grain| find(name).unwrap().usable_at(grain);
        assert!(usable("packets_in", Grain::Flow) && !usable("packets_in", Grain::Address));
        assert!(usable("profile_flows", Grain::Flow) && usable("profile_flows", Grain::Block));
        assert!(
            usable("profile_addresses", Grain::Block) && !usable("profile_addresses", Grain::Flow)
        );
    }

    #[test]
    fn logins_are_marked_as_the_label() {
        let marked: Vec<_> = ALL.iter().filter(|f| f.encodes_label).map(|f| f.name).collect();
        assert_eq!(
            marked,
            ["profile_login_attempts", "profile_login_failed", "profile_login_usernames"]
        );
    }
}
