//! `botany score MODEL FILE…`

use std::path::PathBuf;

use anyhow::Result;
use botany_watch::throttle::Rate;
use serde_json::json;

use super::watch::Judging;
use super::{Context, output};
use crate::reading::Reading;
use crate::run::{self, live};

/// Score logs to their end: what watching them would have told, one line of JSON an alert.
///
/// The files are read in the order they are named, plain or compressed; nothing is stored.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany score article /var/log/suricata/eve.json.1.gz\n  botany score population eve.json --threshold 0.8 > alerts.json"
)]
pub struct Arguments {
    /// The model, with `@v0001` for one version of it
    model: String,
    /// The files, login logs among them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// At most so many alerts of one source in an interval, such as 1/1h
    #[arg(long, value_name = "RATE", default_value = "off")]
    throttle: Rate,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    reading: Reading,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let model = run::registry(&context.data).load(&arguments.model.parse()?)?;
    let mut judge = arguments.judging.judge(model, arguments.throttle, context)?;
    let options = arguments.reading.options(1)?;
    let found = live::score::score(&mut judge, &arguments.files, &options, &mut |line| {
        output::print(line)
    })?;
    for line in &found.unreadable {
        output::note!("botany: {}", output::printable(line));
    }
    if judge.windows.as_ref().is_some_and(|windows| windows.late() > 0) {
        output::note!(
            "botany: some flows were written after their windows were over: name the files oldest first, or give --patience"
        );
    }
    let card = &judge.scorer.model.card;
    output::note!(
        "{}",
        json!({
            "model": card.name,
            "version": card.version,
            "grain": card.grain,
            "threshold": judge.teller.threshold(card),
            "lines": found.lines,
            "rejected": found.rejected,
            "flows": judge.counts.flows,
            "judged": judge.counts.judged,
            "unscored": judge.counts.unscored,
            "alerts": judge.counts.alerts,
            "held_back": judge.teller.held_back(),
            "allowed": judge.teller.passed_over(),
            "late": judge.windows.as_ref().map_or(0, |windows| windows.late()),
            "evicted": judge.windows.as_ref().map_or(0, |windows| windows.evicted()),
        })
    );
    Ok(())
}
