//! `botany words [WORD]`

use anyhow::{Result, bail};
use botany_catalog::words::{self, Word};
use serde_json::json;

use super::{Context, output};

/// Say what a word means here: all of them, or one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  botany words\n  botany words grain")]
pub struct Arguments {
    /// The word; absent: all of them
    word: Option<String>,
    /// Print the page of the manual
    #[arg(long, conflicts_with = "word")]
    markdown: bool,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    if arguments.markdown {
        return output::print(words::markdown().trim_end());
    }
    let is = |word: &&Word, text: &str| {
        word.forms.iter().chain([&word.name]).any(|form| form.eq_ignore_ascii_case(text))
    };
    let wanted = |word: &&Word| arguments.word.as_ref().is_none_or(|text| is(word, text));
    let found: Vec<&Word> = words::ALL.iter().filter(wanted).collect();
    if let (Some(text), []) = (&arguments.word, found.as_slice()) {
        bail!("`{text}` is no word of its own here: `botany words` lists those that are");
    }
    let mut table = output::Table::new(["word", "what it means here"]);
    for word in found {
        table.row(vec![json!(word.name), json!(word.says)]);
    }
    table.print(context.format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_manual_is_what_the_program_says() {
        let page = include_str!("../../docs/words.md");
        let body = page.split_once("\n\n| word").map(|(_, body)| format!("| word{body}"));
        let told = "run `botany words --markdown` and put it into docs/words.md";
        assert_eq!(body.as_deref(), Some(words::markdown().as_str()), "{told}");
    }
}
