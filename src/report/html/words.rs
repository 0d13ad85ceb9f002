//! What the words of a report mean: those that stand in it, at its end, as the file is read without anything else.

use super::super::escape;
use botany_catalog::words::{self, Word};

/// The section, of the words that the page before it uses.
pub fn section(page: &str) -> String {
    let text = text(page).to_lowercase();
    let used = |word: &&Word| {
        word.forms.iter().chain([&word.name]).any(|form| stands(&text, &form.to_lowercase()))
    };
    let one = |word: &Word| {
        format!("<dt>{}</dt><dd>{}</dd>", escape::html(word.name), escape::prose(word.says))
    };
    let list: String = words::ALL.iter().filter(used).map(one).collect();
    format!("<dl class=\"words\">{list}</dl>")
}

/// What stands between the tags.
fn text(page: &str) -> String {
    let parts = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ")
}

/// Whether a word stands in a text, and not as a part of another.
fn stands(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    text.match_indices(word).any(|(at, _)| {
        !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_page_are_listed_and_no_others() {
        let told = section("<p class=\"fold\">By <b>inertia</b>, out-of-bag: unfold</p>");
        assert!(told.contains("<dt>inertia</dt>") && told.contains("<dt>out-of-bag</dt>"));
        assert!(!told.contains("<dt>fold</dt>") && !told.contains("<dt>recall</dt>"), "{told}");
    }
}
