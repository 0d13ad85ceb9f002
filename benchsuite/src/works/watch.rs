//! A sensor's log, judged while it is written: how much faster than a sensor can write it?

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Bench, Contender, Goal, Measure, Work, each, equal, text};
use crate::generate;

/// Ourselves, with a flow a millisecond.
const TRICKLE: &str = "a thousand a second";

/// The data directory of the bundled capture, with its models.
pub fn models(bench: &Bench) -> Result<PathBuf> {
    let data = bench.file("models");
    if !data.exists() {
        let made = Command::new(&bench.botany).arg("demo").arg("--data").arg(&data).output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(data)
}

/// What `subject watch` is asked.
pub fn asked(bench: &Bench, model: &str, log: &str) -> Result<Vec<String>> {
    let state = text(&bench.file("watch-state"));
    let data = text(&models(bench)?);
    let words = ["--data", &data, "--model", model, "--input", log, "--state", &state];
    Ok(words.map(str::to_owned).to_vec())
}

fn capture(bench: &Bench, packets: u64) -> Result<PathBuf> {
    let path = bench.file(&format!("knocks-{packets}.pcap"));
    let mut out = BufWriter::new(File::create(&path)?);
    generate::knocks(packets, &mut out)?;
    out.flush()?;
    Ok(path)
}

/// Suricata writes a flow a packet; we judge every one of them.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let pcap = capture(bench, bench.events)?;
    let nothing = capture(bench, 1)?;
    let out = bench.file("sensor");
    let sensor = |out: &str| {
        let (pcap, nothing) = (text(&pcap), text(&nothing));
        let words = ["sensor", "--pcap", &pcap, "--nothing", &nothing, "--out", out];
        let mut command = vec![text(&bench.subject), "subject".to_owned()];
        command.extend(words.map(str::to_owned));
        command
    };
    let written = sensor(&text(&out));
    let made = Command::new(&written[0]).args(&written[1..]).output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let log = text(&out.join("eve.json"));
    let again = sensor(&text(&bench.file("sensor-again")));
    let suricata = Contender { name: "suricata".to_owned(), command: again, cores: bench.threads };
    let watch = asked(bench, "article", &log)?;
    let lag = |rate: &str| [watch.as_slice(), &["--rate".to_owned(), rate.to_owned()]].concat();
    let trickle = Contender { name: TRICKLE.to_owned(), ..bench.ours("lag", &lag("1000")) };
    Ok(vec![
        Work {
            title: "watching what a saturated sensor writes".to_owned(),
            contenders: vec![bench.ours("watch", &watch), suricata],
            goals: vec![Goal { peer: "suricata", measure: Measure::Work, times: 5.0 }],
            agrees: |ours, theirs| each(ours, theirs, equal),
            least_rounds: 1,
        },
        Work {
            title: "how late it is told, 100,000 flows a second (99 of 100 lines)".to_owned(),
            contenders: vec![bench.ours("lag", &lag("100000")), trickle],
            // No later than if there were next to nothing to read, but for a half.
            goals: vec![Goal { peer: TRICKLE, measure: Measure::Work, times: 1.0 / 1.5 }],
            agrees: |_, _| Ok(()),
            least_rounds: 1,
        },
    ])
}
