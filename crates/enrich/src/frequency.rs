//! Who knocked, and how often?
//!
//! Flows and log-ins counted by one thing at a time. Needs table `source`
//! ([`crate::known::Databases::register`]), and table `threat` for [`Population::Listed`].

use arrow::array::RecordBatch;
use botany_catalog::{Column, Kind};
use botany_engine::Engine;

use crate::Error;
use crate::shape::{conform, schema};
use botany_catalog::nearest::nearest;

/// What to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Source address.
    Source,
    /// Destination port; of a log-in whose log names none, 22 for SSH and 23 for telnet.
    Port,
    /// Country.
    Country,
    /// Autonomous system, as `AS64500 name`.
    System,
    /// IANA registration.
    Registration,
    /// UTC day.
    Day,
}

/// Whose flows and log-ins to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Population {
    /// Everybody's.
    #[default]
    Everyone,
    /// Those of sources on the threat list.
    Listed,
}

/// The columns of a frequency table, most frequent first.
pub const COLUMNS: &[Column] = &[
    Column::required("key", Kind::Text, "", "what is counted by; `unknown` where it is not known"),
    Column::required("sources", Kind::U64, "", "distinct source addresses"),
    Column::required("flows", Kind::U64, "", "flows"),
    Column::required("login_attempts", Kind::U64, "", "log-in attempts"),
    Column::required("login_failed", Kind::U64, "", "log-in attempts that failed"),
];

impl By {
    /// Every choice, in the order of a report.
    pub const ALL: [By; 6] =
        [By::Source, By::Port, By::Country, By::System, By::Registration, By::Day];

    /// The word for it: `source`, `port`, `country`, `as`, `registration` or `day`.
    pub fn name(self) -> &'static str {
        match self {
            By::Source => "source",
            By::Port => "port",
            By::Country => "country",
            By::System => "as",
            By::Registration => "registration",
            By::Day => "day",
        }
    }

    /// The choice of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`], with the name that was probably meant.
    pub fn find(name: &str) -> Result<By, Error> {
        By::ALL.into_iter().find(|by| by.name() == name).ok_or_else(|| Error::Unknown {
            shelf: "frequency table",
            name: name.to_owned(),
            nearest: nearest(name, By::ALL.iter().map(|by| by.name())),
        })
    }

    fn key(self) -> &'static str {
        match self {
            By::Source => "e.src_ip",
            By::Port => "CAST(e.port AS VARCHAR)",
            By::Country => "s.country",
            By::System => {
                "CASE WHEN s.asn IS NULL THEN NULL ELSE concat('AS', s.asn, ' ', coalesce(s.as_name, '')) END"
            }
            By::Registration => "s.registration",
            By::Day => "CAST(CAST(date_trunc('day', e.event_time) AS DATE) AS VARCHAR)",
        }
    }
}

/// The statement of one table. Days are in their own order, all else by frequency.
pub fn sql(by: By, population: Population) -> String {
    let listed = match population {
        Population::Everyone => "",
        Population::Listed => "\nWHERE e.src_ip IN (SELECT src_ip FROM threat)",
    };
    let order = match by {
        By::Day => "key",
        _ => "flows + login_attempts DESC, key",
    };
    format!(
        "WITH event AS (
  SELECT event_time, src_ip, CAST(dest_port AS BIGINT) AS port,
    1 AS flow, CAST(0 AS BIGINT) AS attempts, CAST(0 AS BIGINT) AS failed
  FROM flow WHERE src_ip IS NOT NULL
  UNION ALL
  SELECT event_time, src_ip,
    coalesce(CAST(dest_port AS BIGINT), CASE service WHEN 'ssh' THEN 22 WHEN 'telnet' THEN 23 END),
    0, CAST(attempts AS BIGINT),
    CASE WHEN outcome = 'failed' THEN CAST(attempts AS BIGINT) ELSE 0 END
  FROM login
)
SELECT coalesce({key}, 'unknown') AS key, count(DISTINCT e.src_ip) AS sources,
  sum(e.flow) AS flows, sum(e.attempts) AS login_attempts, sum(e.failed) AS login_failed
FROM event e LEFT JOIN source s ON e.src_ip = s.src_ip{listed}
GROUP BY coalesce({key}, 'unknown')
ORDER BY {order}",
        key = by.key(),
    )
}

/// One frequency table, with the columns of [`COLUMNS`].
///
/// # Errors
/// The engine's.
pub async fn by(
    engine: &Engine,
    by: By,
    population: Population,
) -> Result<Vec<RecordBatch>, Error> {
    conform(&engine.sql(&sql(by, population)).await?, &schema(COLUMNS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_found_by_its_name() {
        for by in By::ALL {
            assert_eq!(By::find(by.name()).unwrap(), by);
        }
        let text = By::find("countries").unwrap_err().to_string();
        assert!(text.contains("`countries`"), "{text}");
    }
}
