//! The report in the terminal: one minute of reading, at most 120 columns, no colour needed.

mod enrich;
mod learn;
mod page;
mod validate;

use super::escape;
use super::figures::{count, minute, of};
use super::model::{Count, Report};
pub use enrich::COUNTED;
use page::Page;

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Bold headings, as escape sequences: for a terminal, not for a file.
    pub bold: bool,
}

/// The whole report as text that ends in a line break. Text made by others is written visibly: no
/// user name reaches the terminal as an escape sequence.
pub fn render(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    collect(&mut page, report);
    enrich::write(&mut page, &report.population);
    learn::write(&mut page, &report.clusterings);
    validate::write(&mut page, report);
    watch(&mut page, report);
    page.finish()
}

fn collect(page: &mut Page, report: &Report) {
    let header = &report.header;
    page.title(&format!("{} · Botany {}", header.title, header.version));
    let time = match (&header.first_time, &header.last_time) {
        (Some(first), Some(last)) => format!("{} to {} UTC", minute(first), minute(last)),
        _ => "no events".into(),
    };
    page.line(&format!(
        "recipe {} · data {} · seed {} · {time}",
        header.recipe, header.data, header.seed
    ));

    page.section("collect", "what was read");
    let lines = &header.collected;
    let sum = if lines.reconciles() { "=" } else { "DOES NOT EQUAL" };
    page.line(&format!(
        "{} of {} {sum} {} stored + {} not stored + {} rejected",
        of(lines.lines, "line"),
        of(lines.files, "file"),
        count(lines.stored_total()),
        count(lines.not_stored_total()),
        count(lines.rejected)
    ));
    page.field("stored", &counts(&lines.stored));
    page.field("not stored", &counts(&lines.not_stored));
    page.gap();
    page.field("threat list", &header.threat_rule);
    page.field("label", &header.label_rule);
    page.field("PCR", &header.pcr_mode);
    for note in &header.notes {
        page.field("limit", note);
    }
}

fn counts(counts: &[Count]) -> String {
    let all: Vec<String> =
        counts.iter().map(|c| format!("{} {}", escape::visible(&c.name), count(c.count))).collect();
    all.join(", ")
}

fn watch(page: &mut Page, report: &Report) {
    page.section("watch", "what to do next");
    for (at, step) in report.next.iter().enumerate() {
        if at > 0 {
            page.gap();
        }
        page.line(&format!("# {}", step.why));
        page.command(&step.command);
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use std::path::Path;

    /// Set `UPDATE_EXPECT=1` to accept a change of the text.
    fn golden(name: &str, want: &str, got: &str) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let path = Path::new(file!()).with_file_name("golden").join(name);
            std::fs::write(path, got).unwrap();
        } else {
            assert_eq!(got, want, "{name} differs: look, then accept with UPDATE_EXPECT=1");
        }
    }

    #[test]
    fn a_small_report_reads_as_agreed() {
        let got = render(&example::report(), Style::default());
        golden("report.txt", include_str!("golden/report.txt"), &got);
    }

    #[test]
    fn an_empty_report_is_written_without_complaint() {
        let got = render(&Report::default(), Style::default());
        golden("empty.txt", include_str!("golden/empty.txt"), &got);
    }

    #[test]
    fn no_line_is_wider_than_the_page_and_none_ends_in_blanks() {
        for line in render(&example::report(), Style::default()).lines() {
            assert!(line.chars().count() <= page::WIDTH, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }

    #[test]
    fn a_hostile_user_name_leaves_no_control_character() {
        let mut report = example::report();
        report.population.head[0].usernames = vec!["\x1b]0;owned\x07".into(), "a\nb".into()];
        report.population.frequencies[1].rows[0].value = "AS1 \x1b[31mred".into();
        let text = render(&report, Style::default());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(text.contains(r"\u{1b}]0;owned"));
    }

    #[test]
    fn bold_is_written_only_where_it_was_asked_for() {
        assert!(!render(&example::report(), Style { bold: false }).contains('\x1b'));
        assert!(render(&example::report(), Style { bold: true }).contains("\x1b[1mCOLLECT\x1b[0m"));
    }
}
