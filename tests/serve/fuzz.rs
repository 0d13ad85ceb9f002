//! Every operation of the document, asked for with what fits, what just does not, and what is meant to hurt.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::made;
use super::review::recipe;
use super::server::Server;
use crate::command::Place;

/// Requests for each operation.
const ROUNDS: usize = 24;
/// Time for all of them; what is asked then is counted.
const TIME: Duration = Duration::from_secs(120);

/// Words that are valid somewhere, and words that hurt somewhere.
const WORDS: [&str; 34] = [
    "",
    " ",
    "a",
    "0",
    "-1",
    "NaN",
    "address",
    "flow",
    "country",
    "csv",
    "parquet",
    "rows",
    "article",
    "article@v0001",
    "192.0.2.7",
    "2001:db8::/33",
    "0.0.0.0/0",
    "SELECT 1 AS one",
    "SELECT * FROM flow",
    "SELECT count(*) FROM login GROUP BY",
    "'; DROP TABLE flow; --",
    "SELECT CAST('x' AS INT)",
    "SELECT 1/0",
    "COPY (SELECT 1) TO '/tmp/x'",
    "../../etc/passwd",
    "..%2f",
    "<script>x</script>",
    "\u{0}",
    "\u{1b}[31m\r\n",
    "\u{202e}\u{1f9ea}é",
    "name = 7",
    "[learn]\nsample = -1",
    "🦀🦀🦀",
    "null",
];

/// Chance by seed, and what is known to be there.
struct Dice {
    state: u64,
    /// Valid values of a parameter or property, by its name; and by path and name.
    known: BTreeMap<String, Vec<String>>,
}

impl Dice {
    fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.roll() % most as u64) as usize
    }

    fn word(&mut self) -> String {
        match self.below(20) {
            0 => "x".repeat(3_000),
            1 => "(".repeat(2_000),
            _ => WORDS[self.below(WORDS.len())].to_owned(),
        }
    }

    /// The value of a parameter or property: often one that is known to be there.
    fn named(
        &mut self,
        path: &str,
        name: &str,
        schema: &Value,
        document: &Value,
        depth: usize,
    ) -> Value {
        let own = self.known.get(&format!("{path} {name}")).or(self.known.get(name)).cloned();
        match own {
            Some(all) if self.below(4) > 0 => json!(all[self.below(all.len())]),
            _ => self.value(schema, document, depth),
        }
    }

    /// A value that fits a schema; one in eight times, and of each part of it, it does not.
    fn value(&mut self, schema: &Value, document: &Value, depth: usize) -> Value {
        if self.below(8) == 0 {
            return self.anything(depth);
        }
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return self.value(&document["components"]["schemas"][name], document, depth);
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            if let Some(all) = schema[choice].as_array() {
                let one = &all[self.below(all.len())];
                return self.value(one, document, depth);
            }
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind.as_str()],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => vec!["object"],
        };
        match kinds[self.below(kinds.len())] {
            "string" => json!(self.word()),
            "integer" => self.whole(),
            "number" => [json!(0.5), json!(-0.0), json!(1e308), json!(5e-324), json!(1)]
                [self.below(5)]
            .clone(),
            "boolean" => json!(self.below(2) == 0),
            "null" => Value::Null,
            "array" if depth < 4 => {
                let length = [0, 1, 2, 40][self.below(4)];
                (0..length).map(|_| self.value(&schema["items"], document, depth + 1)).collect()
            }
            _ => self.object(schema, document, depth),
        }
    }

    fn whole(&mut self) -> Value {
        let some = [0, 1, -1, 2, 255, 256, i64::MAX, i64::MIN];
        match self.below(some.len() + 2) {
            0 => json!(u64::MAX),
            1 => json!(u32::MAX),
            at => json!(some[at - 2]),
        }
    }

    fn object(&mut self, schema: &Value, document: &Value, depth: usize) -> Value {
        let mut own = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if self.below(10) > 0 {
                own.insert(name.clone(), self.named("", name, property, document, depth + 1));
            }
        }
        if self.below(8) == 0 {
            own.insert(self.word(), json!(1));
        }
        Value::Object(own)
    }

    fn anything(&mut self, depth: usize) -> Value {
        match self.below(if depth < 4 { 8 } else { 6 }) {
            0 => Value::Null,
            1 => json!(true),
            2 | 3 => self.whole(),
            4 | 5 => json!(self.word()),
            6 => json!([self.anything(depth + 1), self.anything(depth + 1)]),
            _ => json!({ "a": self.anything(depth + 1) }),
        }
    }
}

/// A value as it stands in an address.
fn encoded(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let one =
        |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// A request to an operation: its address, its headers, its body.
fn request(
    dice: &mut Dice,
    path: &str,
    operation: &Value,
    document: &Value,
) -> (String, Vec<&'static str>, Vec<u8>) {
    let (place, mut path) = (path.to_owned(), path.to_owned());
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = dice.named(&place, name, &parameter["schema"], document, 0);
        let value = encoded(&value);
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), &value);
        } else if parameter["required"] == true && dice.below(8) > 0 || dice.below(4) == 0 {
            query.push(format!("{name}={value}"));
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let content = operation["requestBody"]["content"].as_object();
    let Some((kind, body)) = content.and_then(|content| content.iter().next()) else {
        return (path, Vec::new(), Vec::new());
    };
    if kind != "application/json" {
        return (path, Vec::new(), dice.word().into_bytes());
    }
    let mut bytes = dice.value(&body["schema"], document, 0).to_string().into_bytes();
    if dice.below(12) == 0 {
        bytes.truncate(bytes.len() / 2);
    }
    (path, vec!["Content-Type: application/json"], bytes)
}

/// One of each that is asked for by name: an experiment, a model, a clustering, a comparison, a job.
fn known(server: &Server) -> BTreeMap<String, Vec<String>> {
    let text = recipe();
    let done = |path: &str, body: Value| {
        let job = server.ended(&server.post(path, &body).json());
        assert_eq!(job["state"], "done", "{job}");
        job["result"].clone()
    };
    let clustering = done("/learn/clusterings", json!({ "text": text }));
    let candidates = json!([{ "algorithm": "naive-bayes" }]);
    let comparison = done("/learn/comparisons", json!({ "text": text, "candidates": candidates }));
    let run = done("/learn/runs", json!({ "text": text }));
    let id = |value: &Value| vec![value.as_str().unwrap().to_owned()];
    let ids = [
        ("experiments", id(&run["experiment"])),
        ("learn/clusterings", id(&clustering["clustering"])),
        ("learn/comparisons", id(&comparison["comparison"])),
        ("jobs", vec!["1".to_owned()]),
    ];
    let document = server.get("/openapi.json");
    let mut known = BTreeMap::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let found =
            ids.iter().find(|(kind, _)| path.starts_with(&format!("/api/v1/{kind}/{{id}}")));
        if let Some((_, own)) = found {
            known.insert(format!("{path} id"), own.clone());
            known.insert(format!("{path} with"), own.clone());
        }
    }
    for (name, all) in [
        ("address", &["198.51.1.1", "2001:db8::1"][..]),
        ("block", &["198.51.1.0/24", "2001:db8::/33", "0.0.0.0/0"]),
        ("by", &["country", "port", "day", "source"]),
        ("split", &["address", "row"]),
        ("model", &["article", "article@v0001"]),
        ("with", &["article@v0001"]),
        ("form", &["csv", "json", "parquet"]),
        ("of", &["", "rows"]),
        ("sql", &["SELECT count(*) FROM flow", "SELECT src_ip FROM flow"]),
        ("cluster", &["0", "4", "5"]),
        ("algorithm", &["naive-bayes"]),
        ("name", &["article", "naive-bayes"]),
        ("network", &["192.0.2.0/24"]),
        ("reason", &["ours"]),
        ("dictionary", &["mirai"]),
        ("rule", &["usual", "model:article"]),
        ("services", &["ssh", "any"]),
        ("threshold", &["0.5", "1e400", "-1"]),
        ("at", &["newest", "2026-01-01T13:00:00Z", "-009999-01-01T00:00:00Z"]),
        ("file", &["botany-lookup.csv"]),
        ("/api/v1/lists/{output} output", &["csv", "misp"]),
        ("/api/v1/lists/{output}/files/{file} output", &["csv"]),
    ] {
        known.insert(name.to_owned(), all.iter().map(|word| (*word).to_owned()).collect());
    }
    known.insert("text".to_owned(), vec![text, "name = 7".to_owned(), String::new()]);
    known
}

#[test]
fn no_operation_breaks_whatever_it_is_asked() {
    let place = Place::new();
    made::collected(&place, 400);
    let server = Server::over(&place, &[]);
    let watched = place.data().join("watch/article");
    std::fs::create_dir_all(&watched).unwrap();
    std::fs::write(watched.join("alerts.json"), "no alert\n").unwrap();
    let document = server.get("/openapi.json");
    let mut dice = Dice { state: 20_260_101, known: known(&server) };
    let begin = Instant::now();
    let mut seen: BTreeMap<String, BTreeMap<u16, usize>> = BTreeMap::new();
    for round in 0..ROUNDS {
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if round > 0 && begin.elapsed() > TIME {
                    continue;
                }
                let (asked, headers, body) = request(&mut dice, path, operation, &document);
                let answer = server.send(&method.to_uppercase(), &asked, &headers, &body);
                let what = || {
                    let body = String::from_utf8_lossy(&body).chars().take(600).collect::<String>();
                    format!("{method} {asked} {body}: {} {}", answer.status, answer.text())
                };
                assert!(answer.status < 500, "{}", what());
                if answer.status >= 400 {
                    let fault: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    for part in ["kind", "message", "hint"] {
                        assert!(fault[part].is_string(), "no {part}: {}", what());
                    }
                    assert!(!fault["message"].as_str().unwrap().is_empty(), "{}", what());
                } else if answer.head.contains("content-type: application/json") {
                    assert!(serde_json::from_slice::<Value>(&answer.body).is_ok(), "{}", what());
                }
                let codes = seen.entry(format!("{method} {path}")).or_default();
                *codes.entry(answer.status).or_default() += 1;
            }
        }
    }
    let all: usize = seen.values().flat_map(BTreeMap::values).sum();
    println!(
        "{all} requests to {} operations in {:.0} s",
        seen.len(),
        begin.elapsed().as_secs_f64()
    );
    let document_has: usize =
        document["paths"].as_object().unwrap().values().map(|m| m.as_object().unwrap().len()).sum();
    assert_eq!(seen.len(), document_has, "every operation was asked");
    let answered = seen.values().filter(|codes| codes.contains_key(&200)).count();
    assert!(
        answered * 10 > seen.len() * 9,
        "only {answered} of {} ever answered: {seen:?}",
        seen.len()
    );
    assert_eq!(server.get("/about")["version"], env!("CARGO_PKG_VERSION"), "it still answers");
}
