//! The EVE reader against a JSON tree: generated events, read by both, must give the same row.

use botany_collect::{Explanation, Options, Outcome, explain};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

/// What a member holds and how its column shows it.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Time,
    Text,
    Upper,
    Address,
    Number(u32),
    Flag,
    Hex,
    List(&'static str),
    Json,
}
use Kind::*;

/// A column, and the members it comes from: the first that is there.
type Spec = (&'static str, &'static [&'static str], Kind);

const COMMON: &[Spec] = &[
    ("sensor", &["host"], Text),
    ("in_iface", &["in_iface"], Text),
    ("flow_id", &["flow_id"], Number(64)),
    ("community_id", &["community_id"], Text),
    ("vlan", &["vlan"], List(".")),
    ("src_ip", &["src_ip"], Address),
    ("src_port", &["src_port"], Number(16)),
    ("dest_ip", &["dest_ip"], Address),
    ("dest_port", &["dest_port"], Number(16)),
    ("proto", &["proto"], Upper),
];

const FLOW: &[Spec] = &[
    ("event_time", &["flow.start", "timestamp"], Time),
    ("end_time", &["flow.end"], Time),
    ("icmp_type", &["icmp_type"], Number(8)),
    ("response_icmp_code", &["response_icmp_code"], Number(8)),
    ("spi", &["spi"], Number(32)),
    ("packets_in", &["flow.pkts_toclient"], Number(64)),
    ("packets_out", &["flow.pkts_toserver"], Number(64)),
    ("bytes_in", &["flow.bytes_toclient"], Number(64)),
    ("bytes_out", &["flow.bytes_toserver"], Number(64)),
    ("bypassed_bytes_in", &["flow.bypassed.bytes_toclient"], Number(64)),
    ("age", &["flow.age"], Number(64)),
    ("emergency", &["flow.emergency"], Flag),
    ("reason", &["flow.reason"], Text),
    ("exception_policy", &["flow.exception_policy"], Json),
    ("elephant_direction", &["flow.elephant_direction"], List(",")),
    ("tcp_flags_ts", &["tcp.tcp_flags_ts"], Hex),
    ("tcp_state", &["tcp.state"], Text),
    ("ts_gap", &["tcp.ts_gap", "tcp.gap_ts"], Flag),
    ("ts_max_regions", &["tcp.ts_max_regions"], Number(32)),
    ("ip_v", &["ip_v"], Number(8)),
];

const NETFLOW: &[Spec] = &[
    ("event_time", &["netflow.start", "timestamp"], Time),
    ("packets", &["netflow.pkts"], Number(64)),
    ("bytes", &["netflow.bytes"], Number(64)),
    ("min_ttl", &["netflow.min_ttl"], Number(8)),
    ("tcp_flags", &["tcp.tcp_flags"], Hex),
];

const ALERT: &[Spec] = &[
    ("event_time", &["timestamp"], Time),
    ("signature_id", &["alert.signature_id"], Number(32)),
    ("signature", &["alert.signature"], Text),
    ("metadata", &["alert.metadata"], Json),
    ("flow_src_ip", &["flow.src_ip"], Address),
    ("packets_in", &["flow.pkts_toclient"], Number(64)),
    ("direction", &["direction"], Text),
];

const SSH: &[Spec] = &[
    ("event_time", &["timestamp"], Time),
    ("client_software", &["ssh.client.software_version"], Text),
    ("client_hassh", &["ssh.client.hassh.hash"], Text),
    ("server_proto", &["ssh.server.proto_version"], Text),
];

const TYPES: [(&str, &[Spec]); 4] =
    [("flow", FLOW), ("netflow", NETFLOW), ("alert", ALERT), ("ssh", SSH)];

/// Choices that one seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn blank(&mut self) -> &'static str {
        self.of(&["", "", "", " ", "\t", " \r "])
    }

    fn string(&mut self, text: &str) -> String {
        let mut out = String::from("\"");
        for c in text.chars() {
            let must = c < ' ' || c == '"' || c == '\\';
            if must || self.below(6) == 0 {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out += &format!("\\u{unit:04x}");
                }
            } else {
                out.push(c);
            }
        }
        out + "\""
    }

    fn text(&mut self) -> String {
        let looks = ["", "tcp", "a\"}b", "\\", "{\"event_type\":\"flow\"}", "é€😀", "x,\n\u{1}:["];
        format!("{}{}", self.of(&looks), self.of(&looks))
    }

    fn value(&mut self, kind: Kind) -> String {
        match kind {
            Time => {
                let micros = 1_400_000_000_000_000 + self.below(400_000_000_000_000) as i64;
                let offset = self.of(&["+0000", "-0730", "+0200"]);
                let time = Timestamp::from_microsecond(micros).unwrap();
                let stamp = format!("{}{offset}", time.strftime("%Y-%m-%dT%H:%M:%S.%6f"));
                self.string(&stamp)
            }
            Text | Upper => {
                let text = self.text();
                self.string(&text)
            }
            Address => {
                let all = ["192.0.2.1", "::ffff:192.0.2.9", "2001:DB8::0001", "no address"];
                let text = if self.below(12) == 0 { all[3] } else { self.of(&all[..3]) };
                self.string(text)
            }
            Number(bits) => {
                let top = u64::MAX >> (64 - bits);
                let number = self.of(&[0, 1, 22, top - 1, top]);
                match self.below(40) {
                    0 => "-1".to_owned(),
                    1 => format!("{}", u128::from(top) + 1),
                    2 => "1.5".to_owned(),
                    _ => number.to_string(),
                }
            }
            Flag => self.of(&["true", "false"]).to_owned(),
            Hex => format!("\"{:02x}\"", self.below(256)),
            List(_) => match self.below(3) {
                0 => format!("[{}{}, \"b\" ]", self.blank(), self.below(9)),
                1 => "[]".to_owned(),
                _ => self.below(4095).to_string(),
            },
            Json => {
                self.of(&["{\"tag\": [\"a\\\"]\"]}", "[{\"policy\":\"ignore\"}]", "7"]).to_owned()
            }
        }
    }
}

/// A JSON value that is written member by member.
enum Node {
    Raw(String),
    Object(Vec<(String, Node)>),
}

fn put(members: &mut Vec<(String, Node)>, path: &str, raw: String) {
    let Some((outer, inner)) = path.split_once('.') else {
        members.push((path.to_owned(), Node::Raw(raw)));
        return;
    };
    let at = members.iter().position(|(key, node)| key == outer && matches!(node, Node::Object(_)));
    let at = at.unwrap_or_else(|| {
        members.push((outer.to_owned(), Node::Object(Vec::new())));
        members.len() - 1
    });
    if let Node::Object(inside) = &mut members[at].1 {
        put(inside, inner, raw);
    }
}

fn write(dice: &mut Dice, members: &mut [(String, Node)]) -> String {
    let mut text = format!("{}{{", dice.blank());
    for i in (1..members.len()).rev() {
        members.swap(i, dice.below(i as u64 + 1) as usize);
    }
    for (i, (key, node)) in members.iter_mut().enumerate() {
        let key = if dice.below(8) == 0 { dice.string(key) } else { format!("\"{key}\"") };
        let value = match node {
            Node::Raw(raw) => raw.clone(),
            Node::Object(inside) => write(dice, inside),
        };
        let comma = if i > 0 { "," } else { "" };
        let blanks = [dice.blank(), dice.blank(), dice.blank(), dice.blank()];
        let [a, b, c, d] = blanks;
        text += &format!("{comma}{a}{key}{b}:{c}{value}{d}");
    }
    text + "}" + dice.blank()
}

/// An event of a stored type, with look-alikes and members that stand twice.
fn event(dice: &mut Dice) -> String {
    let (name, specs) = dice.of(&TYPES);
    let mut members = Vec::new();
    if dice.below(30) > 0 {
        put(&mut members, "timestamp", dice.value(Time));
    }
    for (_, paths, kind) in COMMON.iter().chain(specs) {
        for path in *paths {
            for _ in 0..dice.of(&[0, 1, 1, 1, 1, 2]) {
                let raw = if dice.below(15) == 0 { "null".to_owned() } else { dice.value(*kind) };
                put(&mut members, path, raw);
            }
        }
    }
    for _ in 0..dice.below(3) {
        let text = dice.text();
        let raw = dice.string(&text);
        put(&mut members, "x.event_type", raw);
    }
    let mut kinds = vec![dice.string(name)];
    if dice.below(4) == 0 {
        kinds.insert(0, "\"dns\"".to_owned());
    }
    for kind in kinds {
        put(&mut members, "event_type", kind);
    }
    write(dice, &mut members)
}

/// The column as text, from the tree; `Err` where the event must be a reject.
fn expected(tree: &Value, paths: &[&str], kind: Kind) -> Result<Option<String>, ()> {
    let at = |path: &&str| {
        tree.pointer(&format!("/{}", path.replace('.', "/"))).filter(|v| !v.is_null())
    };
    let Some(value) = paths.iter().find_map(at) else { return Ok(None) };
    let scalar = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(match kind {
        Time => {
            let stamp = value.as_str().ok_or(())?;
            let time = Timestamp::strptime("%Y-%m-%dT%H:%M:%S.%f%z", stamp).map_err(|_| ())?;
            Some(time.as_microsecond().to_string())
        }
        Text => Some(scalar(value)),
        Upper => Some(scalar(value).to_ascii_uppercase()),
        Address => match value.as_str().ok_or(())? {
            "" => None,
            text => {
                Some(text.parse::<std::net::IpAddr>().map_err(|_| ())?.to_canonical().to_string())
            }
        },
        Number(bits) => {
            let number = value.as_u64().ok_or(())?;
            Some((number <= u64::MAX >> (64 - bits)).then(|| number.to_string()).ok_or(())?)
        }
        Flag => Some(value.as_bool().ok_or(())?.to_string()),
        Hex => Some(u8::from_str_radix(value.as_str().ok_or(())?, 16).map_err(|_| ())?.to_string()),
        List(separator) => match value {
            Value::Array(all) if all.is_empty() => None,
            Value::Array(all) => Some(all.iter().map(scalar).collect::<Vec<_>>().join(separator)),
            one => Some(scalar(one)),
        },
        Json => Some(value.to_string()),
    })
}

/// The column as the reader shows it, in the form of [`expected`].
fn shown(row: &Explanation, column: &str, kind: Kind) -> Option<String> {
    let (_, value) = row.row.iter().find(|(name, _)| *name == column).unwrap();
    let value = value.as_deref()?;
    Some(match kind {
        Time => value.parse::<Timestamp>().unwrap().as_microsecond().to_string(),
        Json => serde_json::from_str::<Value>(value).unwrap().to_string(),
        _ => value.to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn an_event_gives_the_row_its_tree_gives(seed: u64) {
        let line = event(&mut Dice(seed));
        let tree: Value = serde_json::from_str(&line).unwrap();
        let read = explain(line.as_bytes(), &Options::at(Timestamp::UNIX_EPOCH));
        let kind = tree["event_type"].as_str().unwrap();
        let Some((_, specs)) = TYPES.iter().find(|(name, _)| *name == kind) else {
            prop_assert!(matches!(&read.outcome, Outcome::Counted(name) if name == kind), "{line}");
            return Ok(());
        };
        let all: Vec<_> = COMMON.iter().chain(*specs).collect();
        // A member that is not the first of its column is read too, where it has a column.
        let timeless = expected(&tree, specs[0].1, Time) == Ok(None);
        let bad_stamp = expected(&tree, &["timestamp"], Time).is_err();
        let wrong = all.iter().any(|(_, paths, kind)| expected(&tree, paths, *kind).is_err());
        if wrong || timeless || bad_stamp {
            prop_assert!(matches!(read.outcome, Outcome::Rejected(_)), "{line}\n{read:?}");
            return Ok(());
        }
        prop_assert!(matches!(read.outcome, Outcome::Stored(t) if t.name == kind), "{line}\n{read:?}");
        for (column, paths, kind) in all {
            let mut expected = expected(&tree, paths, *kind).unwrap();
            let counter = ["packets_in", "packets_out", "bytes_in", "bytes_out", "packets", "bytes"];
            if expected.is_none() && tree["event_type"] != "alert" && counter.contains(column) {
                expected = Some("0".to_owned());
            }
            prop_assert_eq!(shown(&read, column, *kind), expected, "{} of {}", column, line);
        }
    }

    /// Whatever the tree's reader takes for an object with a type, so do we; damage of any kind.
    #[test]
    fn a_damaged_event_is_no_better_read_than_by_the_tree(seed: u64, at: u16, byte: u8) {
        let mut line = event(&mut Dice(seed)).into_bytes();
        let at = usize::from(at) % line.len();
        line[at] = byte;
        let read = explain(&line, &Options::at(Timestamp::UNIX_EPOCH));
        if let Ok(Value::Object(tree)) = serde_json::from_slice(&line) {
            let named = tree.get("event_type").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
            let broken = matches!(&read.outcome, Outcome::Rejected(reason) if reason.contains("no whole JSON"));
            prop_assert!(!named || (read.source == Some("eve") && !broken), "{:?}", read);
        }
        let cut = explain(&line[..at], &Options::at(Timestamp::UNIX_EPOCH));
        let whole = serde_json::from_slice::<Value>(&line[..at]).is_ok();
        prop_assert!(whole || !matches!(cut.outcome, Outcome::Stored(_)), "{:?}", cut);
    }
}
