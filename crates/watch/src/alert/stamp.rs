//! Times as Suricata writes them: `2018-05-06T17:44:06.000000+0000`.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// The text of a time in microseconds since 1970, UTC.
pub(super) fn text(micros: i64) -> String {
    // Times outside are no times of a sensor; the nearest one inside is written.
    let time = Timestamp::from_microsecond(micros.max(0)).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S.%6f+0000").to_string()
}

/// The microseconds since 1970 of a time so written, with any offset.
pub(crate) fn micros(text: &str) -> Result<i64, jiff::Error> {
    Ok(Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text)?.as_microsecond())
}

pub fn serialize<S: Serializer>(micros: &i64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(*micros))
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    micros(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

/// The same for a time that may not be known.
pub(super) mod optional {
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(micros: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        match micros {
            Some(micros) => super::serialize(micros, to),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        super::deserialize(from).map(Some)
    }
}
