//! The report as one self-contained page: style, script, plots and data in a single file that
//! opens no connection.

mod data;
mod enrich;
mod learn;
mod markup;
mod plotly_js;
mod validate;
mod words;

use super::escape;
use super::figures::{count, minute, of, plural};
use super::model::{Count, Header, Report};
use anyhow::Context as _;
use markup::{Cell, Tone, callout, paragraph, table};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("report.js");

/// Nothing may be fetched from anywhere. The 3D and matrix plots compile their drawing code at run
/// time, which is what `unsafe-eval` allows; all text made by others is escaped before it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
                      script-src 'unsafe-inline' 'unsafe-eval'; img-src data: blob:; \
                      base-uri 'none'; form-action 'none'";

/// The sections: the verbs of the house and what each answers.
const SECTIONS: [(&str, &str); 5] = [
    ("collect", "what was read"),
    ("enrich", "who knocked"),
    ("learn", "what the clusters are"),
    ("validate", "what the method gives, and why to doubt it"),
    ("watch", "what to do next"),
];

/// The whole page.
///
/// # Errors
///
/// When the bundled plotting library is not where its crate keeps it, or a value cannot be written
/// as JSON: both are faults of the program.
pub fn render(report: &Report) -> anyhow::Result<String> {
    let plotly = plotly_js::source()
        .context("the plotting library is not in the plotly crate: build with plotly 0.14")?;
    let data = data::block(report).context("the plot data cannot be written as JSON")?;
    let header = &report.header;
    let body: String = SECTIONS
        .iter()
        .zip([
            collect(header),
            enrich::section(&report.population),
            learn::section(&report.clusterings),
            validate::section(report),
            watch(report),
        ])
        .map(|((word, question), content)| {
            format!(
                "<section id=\"{word}\"><h2>{word} <small>{question}</small></h2>{content}</section>\n"
            )
        })
        .collect();
    let links: String = SECTIONS
        .iter()
        .map(|(word, _)| *word)
        .chain(["words"])
        .map(|word| format!("<a href=\"#{word}\">{word}</a>"))
        .collect();
    let minute = in_a_minute(report);
    let words = words::section(&format!("{minute}{body}"));
    let title = escape::html(&header.title);
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · Botany</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#minute\">skip to the report</a>\n\
         <header><h1>{title}</h1>{}</header>\n<nav aria-label=\"sections\">{links}</nav>\n<main>\n\
         {minute}\n{body}<section id=\"words\"><h2>words <small>what they mean here</small></h2>{words}</section>\n</main>\n\
         <noscript><p class=\"callout caution\"><b>no script</b> the tables are complete; the plots \
         need the script that is in this file</p></noscript>\n\
         <script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script>{plotly}</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        facts(header),
    ))
}

fn facts(header: &Header) -> String {
    let time = match (&header.first_time, &header.last_time) {
        (Some(first), Some(last)) => format!("{} to {} UTC", minute(first), minute(last)),
        _ => "no events".into(),
    };
    let facts = [
        ("recipe", header.recipe.as_str()),
        ("data", &header.data),
        ("time", &time),
        ("seed", &header.seed.to_string()),
        ("Botany", &header.version),
    ];
    let facts: String = facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape::html(value)))
        .collect();
    format!("<dl class=\"facts\">{facts}</dl>")
}

/// The sentences to read if only one minute is left.
fn in_a_minute(report: &Report) -> String {
    let population = &report.population;
    let mut lines = vec![format!(
        "{} knocked, {} failed a login, {} on the threat list.",
        of(population.addresses, "address"),
        count(population.failing),
        count(population.listed)
    )];
    for clustering in &report.clusterings {
        lines.push(match clustering.stands_out {
            Some(number) => {
                format!(
                    "Of the {} clusters, cluster {number} stands out: {}.",
                    clustering.grain, clustering.stands_out_why
                )
            }
            None => {
                format!("Clusters of {}: {}.", plural(&clustering.grain), clustering.stands_out_why)
            }
        });
    }
    for grain in &report.grains {
        lines.push(format!(
            "By {}: {}; {}.",
            grain.grain,
            grain.drop.first().map_or("", String::as_str),
            grain.verdict
        ));
    }
    let items: String =
        lines.iter().map(|line| format!("<li>{}</li>", escape::prose(line))).collect();
    format!(
        "<section id=\"minute\" tabindex=\"-1\"><h2>in one minute</h2><ol>{items}</ol></section>"
    )
}

fn collect(header: &Header) -> String {
    let collected = &header.collected;
    let longest = collected.lines.max(1) as f64;
    let row = |what: &str, count_of: &Count| {
        let share = count_of.count as f64 / longest;
        let cells = vec![
            Cell::Text(what.into()),
            Cell::Code(count_of.name.clone()),
            Cell::Bar(count(count_of.count), share, 0.0),
        ];
        (Tone::Plain, cells)
    };
    let mut rows: Vec<_> = collected.stored.iter().map(|c| row("stored", c)).collect();
    rows.extend(collected.not_stored.iter().map(|c| row("not stored", c)));
    rows.push(row("rejected", &Count { name: "reject".into(), count: collected.rejected }));
    let sum = format!(
        "{} of {} = {} stored + {} not stored + {} rejected",
        of(collected.lines, "line"),
        of(collected.files, "file"),
        count(collected.stored_total()),
        count(collected.not_stored_total()),
        count(collected.rejected)
    );
    let sum = if collected.reconciles() {
        paragraph(&sum)
    } else {
        callout("serious", "does not add up", &sum)
    };
    let rules: String = [
        ("threat list", &header.threat_rule),
        ("label", &header.label_rule),
        ("PCR", &header.pcr_mode),
    ]
    .iter()
    .map(|(name, rule)| format!("<dt>{name}</dt><dd>{}</dd>", escape::prose(rule)))
    .collect();
    let limits: String = header.notes.iter().map(|n| callout("caution", "limit", n)).collect();
    format!(
        "{sum}<div class=\"columns\"><div>{}</div><div><dl class=\"rules\">{rules}</dl>{limits}\
         </div></div>",
        table("lines read", &["lines", "table or kind", "count"], &rows)
    )
}

fn watch(report: &Report) -> String {
    let steps: String = report
        .next
        .iter()
        .map(|step| {
            format!(
                "<li>{}<div class=\"command\"><code>{}</code><button type=\"button\" \
                 class=\"copy\">copy</button></div></li>",
                escape::prose(&step.why),
                escape::html(&step.command)
            )
        })
        .collect();
    format!("<ol class=\"steps\">{steps}</ol>")
}

#[cfg(test)]
mod tests;
