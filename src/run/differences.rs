//! In what two recipes, or two cards, differ: setting by setting.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One thing in which two differ.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// Where it stands, such as `learn.classifier.algorithm`.
    pub key: String,
    /// What the first has there; absent if it has nothing.
    pub first: Option<String>,
    /// What the second has there.
    pub second: Option<String>,
}

/// In what two differ, by key. Lists of plain values are one value; other lists are told entry by entry.
pub fn between(first: &Value, second: &Value) -> Vec<Difference> {
    let (first, second) = (leaves(first), leaves(second));
    let mut keys: Vec<&String> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    let differing = keys.into_iter().filter(|key| first.get(*key) != second.get(*key));
    let told = differing.map(|key| Difference {
        key: key.clone(),
        first: first.get(key).cloned(),
        second: second.get(key).cloned(),
    });
    told.collect()
}

fn leaves(value: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(String::new(), value, &mut found);
    found
}

fn walk(key: String, value: &Value, found: &mut BTreeMap<String, String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    let plain = |one: &Value| !one.is_object() && !one.is_array();
    match value {
        Value::Object(all) => all.iter().for_each(|(name, one)| walk(below(name), one, found)),
        Value::Array(all) if !all.iter().all(plain) => {
            let numbered = all.iter().enumerate();
            numbered.for_each(|(at, one)| walk(below(&(at + 1).to_string()), one, found));
        }
        Value::Array(all) => {
            let words: Vec<String> = all.iter().map(word).collect();
            found.insert(key, words.join(", "));
        }
        // What is not said and what is said to be nothing are the same.
        Value::Null => {}
        one => {
            found.insert(key, word(one));
        }
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_is_named_and_nothing_else() {
        let first =
            json!({ "a": { "b": 1, "same": true }, "list": ["x", "y"], "gone": "old", "no": null });
        let second = json!({ "a": { "b": 2, "same": true }, "list": ["x"], "many": [{ "c": 1 }] });
        let told: Vec<(String, Option<String>, Option<String>)> =
            between(&first, &second).into_iter().map(|d| (d.key, d.first, d.second)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("a.b".to_owned(), text("1"), text("2")),
                ("gone".to_owned(), text("old"), None),
                ("list".to_owned(), text("x, y"), text("x")),
                ("many.1.c".to_owned(), None, text("1")),
            ]
        );
        assert!(between(&first, &first).is_empty());
    }
}
