//! Columns as compact text: base64 of little-endian 32-bit floats or unsigned integers, in the form
//! plotting libraries read (`dtype`, `bdata`). Fifty thousand points of six features take 1.6 MB so,
//! against 5 MB as decimal digits. Repeated text is a list of its values and a column of codes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::HashMap;

#[derive(Serialize, Deserialize)]
struct Packed {
    dtype: String,
    bdata: String,
}

fn write<S: Serializer>(to: S, dtype: &str, bytes: &[u8]) -> Result<S::Ok, S::Error> {
    Packed { dtype: dtype.into(), bdata: STANDARD.encode(bytes) }.serialize(to)
}

fn read<'de, D: Deserializer<'de>>(
    from: D,
    dtype: &str,
    width: usize,
) -> Result<Vec<u8>, D::Error> {
    let packed = Packed::deserialize(from)?;
    if packed.dtype != dtype {
        return Err(D::Error::custom(format!(
            "a packed column is of {} where {dtype} is meant: write the report again",
            packed.dtype
        )));
    }
    let bytes = STANDARD.decode(&packed.bdata).map_err(D::Error::custom)?;
    if bytes.len() % width != 0 {
        return Err(D::Error::custom("a packed column is cut short: write the report again"));
    }
    Ok(bytes)
}

/// `Vec<f64>` as 32-bit floats; NaN stays NaN.
pub mod f64s {
    use super::*;

    /// Writes.
    pub fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect();
        write(to, "f4", &bytes)
    }

    /// Reads.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        let bytes = read(from, "f4", 4)?;
        Ok(bytes.as_chunks().0.iter().map(|c| f64::from(f32::from_le_bytes(*c))).collect())
    }
}

/// `Vec<u32>` as it is.
pub mod u32s {
    use super::*;

    /// Writes.
    pub fn serialize<S: Serializer>(values: &[u32], to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        write(to, "u4", &bytes)
    }

    /// Reads.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u32>, D::Error> {
        let bytes = read(from, "u4", 4)?;
        Ok(bytes.as_chunks().0.iter().map(|c| u32::from_le_bytes(*c)).collect())
    }
}

/// `Vec<u8>` as it is.
pub mod u8s {
    use super::*;

    /// Writes.
    pub fn serialize<S: Serializer>(values: &[u8], to: S) -> Result<S::Ok, S::Error> {
        write(to, "u1", values)
    }

    /// Reads.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        read(from, "u1", 1)
    }
}

/// `Vec<String>` with few distinct values.
pub mod texts {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Coded {
        levels: Vec<String>,
        #[serde(with = "u32s")]
        codes: Vec<u32>,
    }

    /// Writes. Levels stand in the order in which they first appear.
    pub fn serialize<S: Serializer>(values: &[String], to: S) -> Result<S::Ok, S::Error> {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let mut coded = Coded { levels: Vec::new(), codes: Vec::with_capacity(values.len()) };
        for value in values {
            let next = seen.len() as u32;
            let code = *seen.entry(value).or_insert_with(|| {
                coded.levels.push(value.clone());
                next
            });
            coded.codes.push(code);
        }
        coded.serialize(to)
    }

    /// Reads.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        let Coded { levels, codes } = Coded::deserialize(from)?;
        let level = |code: &u32| levels.get(*code as usize).cloned();
        codes
            .iter()
            .map(|code| level(code).ok_or_else(|| D::Error::custom("a code has no level")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{PointColumn, Points};

    #[test]
    fn columns_come_back_and_missing_stays_missing() {
        let points = Points {
            columns: vec![PointColumn { name: "x".into(), values: vec![1.5, -2.0, f64::NAN] }],
            cluster: vec![0, 4, 70_000],
            label: vec![0, 1, 0],
            address: ["192.0.2.1", "192.0.2.9", "192.0.2.1"].map(String::from).to_vec(),
        };
        let text = serde_json::to_string(&points).unwrap();
        let back: Points = serde_json::from_str(&text).unwrap();
        assert_eq!(back.cluster, points.cluster);
        assert_eq!(back.label, points.label);
        assert_eq!(back.address, points.address);
        assert_eq!(text.matches("192.0.2.1").count(), 1, "a repeated address is written once");
        assert_eq!(back.columns[0].values[..2], [1.5, -2.0]);
        assert!(back.columns[0].values[2].is_nan());
    }

    #[test]
    fn the_bytes_are_little_endian_floats() {
        let column = PointColumn { name: "x".into(), values: vec![1.0] };
        let text = serde_json::to_string(&column).unwrap();
        assert_eq!(text, r#"{"name":"x","values":{"dtype":"f4","bdata":"AACAPw=="}}"#);
    }

    #[test]
    fn a_column_cut_short_is_an_error() {
        let text = r#"{"name":"x","values":{"dtype":"f4","bdata":"AACA"}}"#;
        assert!(serde_json::from_str::<PointColumn>(text).is_err());
        let text = r#"{"name":"x","values":{"dtype":"f8","bdata":"AACAPw=="}}"#;
        assert!(serde_json::from_str::<PointColumn>(text).is_err());
    }
}
