//! JSON whose keys stay in the order they came in: the columns of a file are read from left to right.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON value in its order.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordered {
    /// Nothing, yes or no, a number, a word.
    Plain(Value),
    /// A list.
    List(Vec<Ordered>),
    /// Names and values.
    Object(Vec<(String, Ordered)>),
}

impl Ordered {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Ordered> {
        let Ordered::Object(own) = self else { return None };
        own.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The same without its order.
    pub fn value(&self) -> Value {
        match self {
            Ordered::Plain(value) => value.clone(),
            Ordered::List(all) => Value::Array(all.iter().map(Ordered::value).collect()),
            Ordered::Object(own) => {
                let pairs = own.iter().map(|(name, value)| (name.clone(), value.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Ordered, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Plain(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Ordered, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = from.next_element()? {
            all.push(one);
        }
        Ok(Ordered::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Ordered, A::Error> {
        let mut own = Vec::new();
        while let Some(pair) = from.next_entry()? {
            own.push(pair);
        }
        Ok(Ordered::Object(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_stay_where_they_stood() {
        let text = r#"{"z": 1, "a": [true, null, "x", 0.5, {"y": 2, "b": -3}]}"#;
        let value: Ordered = serde_json::from_str(text).unwrap();
        let Ordered::Object(own) = &value else { panic!() };
        assert_eq!(own.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(value.value(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(value.get("z"), Some(&Ordered::Plain(json!(1))));
        assert!(value.get("y").is_none());
    }
}
