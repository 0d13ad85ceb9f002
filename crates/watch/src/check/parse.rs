//! A rules file as data: just as much as is needed to look at each rule's options.

/// A rule of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The line it begins on, from 1.
    pub line: usize,
    /// What to do: `alert`, …
    pub action: String,
    /// Protocol, source, its port, direction, destination, its port.
    pub header: Vec<String>,
    /// Keywords with what stands behind the colon, in order; escapes as they are.
    pub options: Vec<(String, Option<String>)>,
    /// Whether the options end in `)` and the last of them in `;`.
    pub closed: bool,
}

impl Parsed {
    /// What stands behind each of these keywords.
    pub fn values<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a str> {
        let of = move |(name, value): &'a (String, Option<String>)| {
            (name == keyword).then(|| value.as_deref().unwrap_or_default())
        };
        self.options.iter().filter_map(of)
    }

    /// Whether the keyword is there.
    pub fn has(&self, keyword: &str) -> bool {
        self.values(keyword).next().is_some()
    }

    /// The SID, if there is one that is a number.
    pub fn sid(&self) -> Option<u32> {
        self.values("sid").next()?.trim().parse().ok()
    }

    /// The message without its quotes and escapes.
    pub fn message(&self) -> String {
        let text = self.values("msg").next().unwrap_or_default().trim();
        // One quote at either end: a quote of the text itself may stand beside it.
        let text = text.strip_prefix('"').unwrap_or(text);
        let text = text.strip_suffix('"').unwrap_or(text);
        let mut plain = String::new();
        let mut escaped = false;
        for c in text.chars() {
            if c == '\\' && !escaped {
                escaped = true;
            } else {
                plain.push(c);
                escaped = false;
            }
        }
        plain
    }

    /// Whether it raises no alert.
    pub fn is_silent(&self) -> bool {
        self.has("noalert") || self.values("flowbits").any(|value| value.trim() == "noalert")
    }
}

/// The rules of a file; comments and empty lines are left out, a line that ends in `\` goes on in the next.
pub fn parse(text: &str) -> Vec<Parsed> {
    let mut rules = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let (first, mut whole) = open.take().unwrap_or((number, String::new()));
        if whole.is_empty() && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        match line.trim_end().strip_suffix('\\') {
            Some(more) => {
                whole.push_str(more);
                open = Some((first, whole));
            }
            None => {
                whole.push_str(line);
                rules.push(rule(first, whole.trim()));
            }
        }
    }
    if let Some((first, whole)) = open {
        rules.push(rule(first, whole.trim()));
    }
    rules
}

fn rule(line: usize, text: &str) -> Parsed {
    let (head, body) = text.split_once('(').unwrap_or((text, ""));
    let mut words = head.split_whitespace().map(str::to_owned);
    let action = words.next().unwrap_or_default();
    let inner = body.trim_end().strip_suffix(')');
    let (options, ended) = options(inner.unwrap_or(body));
    Parsed { line, action, header: words.collect(), options, closed: inner.is_some() && ended }
}

/// Splits at `;`, a `\;` is part of the text. Says whether the last option was ended.
fn options(body: &str) -> (Vec<(String, Option<String>)>, bool) {
    let mut options = Vec::new();
    let mut word = String::new();
    let mut escaped = false;
    for c in body.chars() {
        if c == ';' && !escaped {
            push(&mut options, &word);
            word.clear();
            continue;
        }
        escaped = c == '\\' && !escaped;
        word.push(c);
    }
    let ended = word.trim().is_empty();
    push(&mut options, &word);
    (options, ended)
}

fn push(options: &mut Vec<(String, Option<String>)>, word: &str) {
    let word = word.trim();
    if word.is_empty() {
        return;
    }
    let (name, value) = match word.split_once(':') {
        Some((name, value)) => (name, Some(value.trim().to_owned())),
        None => (word, None),
    };
    options.push((name.trim().to_owned(), value));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn lines_are_counted_and_joined() {
        let text = "# no\n\nalert tcp any any -> any [22,23] (msg:\"a\\; b: \\\"c\\\"\"; \\\n  flags:S; sid:7;)\n\
                    alert tcp any any -> any 22 (noalert; sid:x;\n";
        let rules = parse(text);
        assert_eq!(rules.len(), 2);
        let [first, second] = [&rules[0], &rules[1]];
        assert_eq!((first.line, first.sid(), first.closed), (3, Some(7), true));
        assert_eq!(first.message(), "a; b: \"c\"");
        assert_eq!(first.header, ["tcp", "any", "any", "->", "any", "[22,23]"]);
        assert_eq!(first.values("flags").collect::<Vec<_>>(), ["S"]);
        assert_eq!(
            (second.line, second.sid(), second.closed, second.is_silent()),
            (5, None, false, true)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_lines_ascend(text in any::<String>()) {
            let lines: Vec<usize> = parse(&text).iter().map(|rule| rule.line).collect();
            let mut sorted = lines.clone();
            sorted.sort_unstable();
            prop_assert_eq!(lines, sorted);
        }
    }
}
