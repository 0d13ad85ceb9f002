//! Numbers that JSON cannot write: as words, never as null.

use serde::{Deserialize, Deserializer, Serializer};

pub fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    if number.is_finite() {
        to.serialize_f64(*number)
    } else {
        to.serialize_str(&number.to_string())
    }
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(String),
    }
    match Written::deserialize(from)? {
        Written::Number(number) => Ok(number),
        Written::Word(word) => {
            word.parse().map_err(|_| serde::de::Error::custom(format!("`{word}` is no number")))
        }
    }
}
