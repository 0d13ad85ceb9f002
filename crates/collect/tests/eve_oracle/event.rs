//! Events as no sensor writes them: members in any order and twice, look-alikes, escapes, white space,
//! values that are wrong; and the same with damage.

use jiff::Timestamp;

use crate::columns::{Kind, TYPES, of};
use crate::dice::Dice;

fn blank(dice: &mut Dice) -> &'static str {
    dice.of(&["", "", "", " ", "\t", " \r "])
}

fn string(dice: &mut Dice, text: &str) -> String {
    let mut out = String::from("\"");
    let often = dice.of(&[6, 60, 600]);
    for c in text.chars() {
        let must = c < ' ' || c == '"' || c == '\\';
        if must || dice.below(often) == 0 {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out + "\""
}

fn text(dice: &mut Dice) -> String {
    let looks =
        ["", "tcp", "a\"}b", "\\", "{\"event_type\":\"flow\"}", "é€😀", "x,\n\u{1}:[", "[{]}"];
    let long = "y".repeat(dice.of(&[0, 0, 1, 15, 16, 17, 63, 64, 65]));
    format!("{}{long}{}", dice.of(&looks), dice.of(&looks))
}

fn value(dice: &mut Dice, kind: Kind) -> String {
    match kind {
        Kind::Time => {
            let micros = 1_400_000_000_000_000 + dice.below(400_000_000_000_000) as i64;
            let offset = dice.of(&["+0000", "-0730", "+0200"]);
            let time = Timestamp::from_microsecond(micros).unwrap();
            let stamp = format!("{}{offset}", time.strftime("%Y-%m-%dT%H:%M:%S.%6f"));
            string(dice, &stamp)
        }
        Kind::Text | Kind::Upper | Kind::Sensor => {
            let text = text(dice);
            string(dice, &text)
        }
        Kind::Address => {
            let all = ["192.0.2.1", "::ffff:192.0.2.9", "2001:DB8::0001", "", "no address"];
            let text = if dice.below(40) == 0 { all[4] } else { dice.of(&all[..4]) };
            string(dice, text)
        }
        Kind::Number(_) | Kind::Count => {
            let bits = if let Kind::Number(bits) = kind { bits } else { 64 };
            let top = u64::MAX >> (64 - bits);
            let number = dice.of(&[0, 1, 22, top - 1, top]);
            match dice.below(120) {
                0 => "-1".to_owned(),
                1 => format!("{}", u128::from(top) + 1),
                2 => "1.5".to_owned(),
                3 => format!("\"{number}\""),
                _ => number.to_string(),
            }
        }
        Kind::Flag => dice.of(&["true", "false"]).to_owned(),
        Kind::Hex => format!("\"{:02x}\"", dice.below(256)),
        Kind::List(_) => match dice.below(3) {
            0 => format!("[{}{}, \"b\" ]", blank(dice), dice.below(9)),
            1 => "[]".to_owned(),
            _ => dice.below(4095).to_string(),
        },
        Kind::Json => {
            dice.of(&["{\"tag\": [\"a\\\"]\"]}", "[{\"policy\":\"ignore\"}]", "7"]).to_owned()
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

fn write(dice: &mut Dice, members: &mut [(String, Node)], spaced: bool) -> String {
    let blank = |dice: &mut Dice| if spaced { blank(dice) } else { "" };
    let mut text = format!("{}{{", blank(dice));
    for i in (1..members.len()).rev() {
        members.swap(i, dice.below(i as u64 + 1) as usize);
    }
    for (i, (key, node)) in members.iter_mut().enumerate() {
        let key = if dice.below(20) == 0 { string(dice, key) } else { format!("\"{key}\"") };
        let value = match node {
            Node::Raw(raw) => raw.clone(),
            Node::Object(inside) => write(dice, inside, spaced),
        };
        let comma = if i > 0 { "," } else { "" };
        let [a, b, c, d] = [blank(dice), blank(dice), blank(dice), blank(dice)];
        text += &format!("{comma}{a}{key}{b}:{c}{value}{d}");
    }
    text + "}" + blank(dice)
}

/// An event of a stored type, with look-alikes and members that stand twice.
pub fn event(dice: &mut Dice) -> String {
    let (name, specs) = dice.of(&TYPES);
    let mut members = Vec::new();
    if dice.below(30) > 0 {
        let stamp = value(dice, Kind::Time);
        put(&mut members, "timestamp", stamp);
    }
    for (_, paths, kind) in of(specs) {
        for path in *paths {
            for _ in 0..dice.of(&[0, 0, 1, 1, 1, 2]) {
                let null = dice.below(15) == 0;
                let raw = if null { "null".to_owned() } else { value(dice, *kind) };
                put(&mut members, path, raw);
            }
        }
    }
    for path in ["x.event_type", "event_typ", "x.dest_port"] {
        if dice.below(4) == 0 {
            let text = text(dice);
            let raw = string(dice, &text);
            put(&mut members, path, raw);
        }
    }
    let mut kinds = vec![string(dice, name)];
    if dice.below(4) == 0 {
        kinds.insert(0, "\"dns\"".to_owned());
    }
    for kind in kinds {
        put(&mut members, "event_type", kind);
    }
    let spaced = dice.below(2) == 0;
    write(dice, &mut members, spaced)
}

/// What is put between the bytes of a line.
const PIECES: &[&str] = &[
    "\"event_type\":\"flow\",",
    "\"event_type\":\"dns\",",
    "\"event_type\":\"ssh\"",
    "\"\\u0065vent_type\":\"alert\",",
    "\"dest_port\":22,",
    "\"dest_port\":80,",
    "\"flow\":{",
    "\"flow\":null,",
    "\"tcp\":[],",
    "},",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\\\",
    "\\\"",
    "\\n",
    "\\ud83d\\ude00",
    "\\ud83d",
    ",",
    ":",
    "null",
    "true",
    "-",
    "0",
    "e9",
    ".5",
    " ",
    "\t",
    "\u{7f}",
    "é",
];

/// The line with up to three changes; it stays one line.
pub fn damaged(dice: &mut Dice, line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    for _ in 0..=dice.below(3) {
        let (a, b) = (dice.place(line.len()), dice.place(line.len()));
        let (a, b) = (a.min(b), a.max(b));
        match dice.below(9) {
            0 => line.truncate(a),
            1 => drop(line.drain(a..b.min(a + 40))),
            2 if a < line.len() => line[a] = dice.below(256) as u8,
            3 if a < line.len() => line[a] ^= 1 << dice.below(8),
            4 => {
                let part = line[a..b.min(a + 200)].to_vec();
                let at = dice.place(line.len());
                line.splice(at..at, part);
            }
            // Between two members, where it is most likely to be read.
            5 | 6 => {
                let comma =
                    line[a..].iter().position(|byte| *byte == b',').map_or(a, |i| a + i + 1);
                let piece = dice.of(PIECES).bytes();
                line.splice(comma..comma, piece);
            }
            _ => {
                let piece = dice.of(PIECES).bytes();
                line.splice(a..a, piece);
            }
        }
    }
    line.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    line
}
