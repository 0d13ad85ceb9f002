//! Text made by others, made safe to show.
//!
//! User names come from attackers, names of autonomous systems from registries: neither may move the
//! reader's cursor, turn the direction of a line, open a tag or leave a script block.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything invisible spelled out: control characters (an escape sequence would
/// drive the terminal), direction marks and zero-width characters. Empty text is `(empty)`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed("(empty)");
    }
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hidden(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The visible text, for the content of an element or a quoted attribute.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// The same for a sentence of ours: what stands between two backticks is code.
pub fn prose(text: &str) -> String {
    let safe = html(text);
    let parts: Vec<&str> = safe.split('`').collect();
    let mut out = String::with_capacity(safe.len() + 16);
    for (at, part) in parts.iter().enumerate() {
        // One that is left over stays.
        let alone = at % 2 == 1 && at + 1 == parts.len();
        let _ = match (at % 2, alone) {
            (1, false) => write!(out, "<code>{part}</code>"),
            (1, true) => write!(out, "`{part}"),
            _ => write!(out, "{part}"),
        };
    }
    out
}

/// JSON that may stand in a script element: no `<` in it can end the element, and nothing in it is
/// invisible. These characters stand only within JSON strings (the JSON must be compact), so that
/// spelling them out changes no value.
pub fn json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            _ if matches!(c, '<' | '>' | '&') || hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most `width` columns of the visible text; what is cut off is marked by `…`.
pub fn clip(text: &str, width: usize) -> String {
    let text = visible(text);
    if text.chars().map(columns).sum::<usize>() <= width {
        return text.into_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += columns(c);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Columns of a character in a terminal, rounded up: from the Hangul block on, many take two.
fn columns(c: char) -> usize {
    if c >= '\u{1100}' && !('\u{2010}'..='\u{22ff}').contains(&c) { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_cannot_drive_the_terminal() {
        assert_eq!(visible("\x1b[2Jroot\r\n"), r"\u{1b}[2Jroot\r\n");
        assert_eq!(visible("a\u{202e}b"), r"a\u{202e}b");
        assert_eq!(visible(""), "(empty)");
        assert_eq!(visible("plain"), "plain");
    }

    #[test]
    fn a_user_name_cannot_open_a_tag() {
        assert_eq!(
            html("<img src=x onerror='a(\"&\")'>"),
            "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;"
        );
    }

    #[test]
    fn backticks_set_code_and_open_no_tag() {
        assert_eq!(prose("names of `mirai`: `2`"), "names of <code>mirai</code>: <code>2</code>");
        assert_eq!(prose("`<b>` and `"), "<code>&lt;b&gt;</code> and `");
        assert_eq!(prose("plain"), "plain");
    }

    #[test]
    fn json_keeps_its_value_and_loses_its_tags() {
        let hostile = "</script><!--&\u{2028}\u{202e}\u{e0041}\x1b";
        let safe = json(&serde_json::to_string(hostile).unwrap());
        assert!(!safe.contains('<') && !safe.contains('&') && safe.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), hostile);
    }

    #[test]
    fn long_names_are_cut_and_say_so() {
        assert_eq!(clip("supervisor", 6), "super…");
        assert_eq!(clip("admin", 6), "admin");
        assert_eq!(clip("管理者管理者", 6), "管理…");
    }
}
