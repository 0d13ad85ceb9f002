//! `botany watch MODEL --follow FILE…`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use botany_collect::follow::Begin;
use botany_watch::outlets;
use botany_watch::outlets::courier::{Bookmark, Courier, Pace};
use botany_watch::outlets::journal::Journal;
use botany_watch::throttle::Rate;
use botany_watch::{Metrics, ModelName};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::Judging;
use crate::cli::{Context, output};
use crate::reading::Reading;
use crate::run;
use crate::run::live::logs::Address;
use crate::run::live::watch::{Ask, Orders, Watch};

/// What is watched, by which model, and where alerts go.
#[derive(Debug, clap::Args)]
#[group(id = "watching")]
pub struct Arguments {
    /// The model; without `@v0001` the version in force, also when that changes
    model: Option<String>,
    /// A log that grows: EVE, or a login log that extends the threat list; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1..)]
    follow: Vec<PathBuf>,
    /// A socket to listen on: unix:PATH for Suricata's unix_stream, unix-dgram:PATH for unix_dgram
    #[arg(long, value_name = "SOCKET")]
    listen: Vec<Address>,
    /// Begin with what is written from now on, instead of the first line of each file
    #[arg(long)]
    from_end: bool,
    /// Stop once everything written by now is read; the next run goes on from there
    #[arg(long)]
    once: bool,
    /// The file alerts are written to [default: watch/MODEL/alerts.json in the data directory]
    #[arg(long, value_name = "FILE")]
    alerts: Option<PathBuf>,
    /// The folder of the bookmark [default: watch/MODEL in the data directory]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Where alerts go besides: stdout, syslog, syslog:udp://HOST:PORT or a webhook's URL. One that is slow or gone
    /// holds up nobody; it goes on from where it was [default: stdout]
    #[arg(long, value_name = "OUTLET")]
    to: Vec<String>,
    /// At most so many alerts of one source in an interval of the events' time, such as 10/30m; or off
    #[arg(long, value_name = "RATE", default_value_t)]
    throttle: Rate,
    /// Answer Prometheus' questions on this address, such as 127.0.0.1:9917
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    reading: Reading,
}

/// How long the outlets have to take what is left at the end.
const GRACE: Duration = Duration::from_secs(5);

/// Somebody who takes the journal's lines to each outlet.
fn couriers(
    to: &[String],
    journal: &Path,
    state: &Path,
    metrics: &Metrics,
) -> Result<Vec<Courier>> {
    let default = ["stdout".to_owned()];
    let to = if to.is_empty() { &default[..] } else { to };
    let send = |address: &String| -> Result<Courier> {
        let outlet = outlets::open(address)?;
        let bookmark = Bookmark::new(state.join(format!("to-{}.json", outlet.name())));
        let lines = Journal::open(journal, &bookmark.read()?)?;
        Ok(Courier::start(outlet, lines, bookmark, Pace::default(), metrics)?)
    };
    to.iter().map(send).collect()
}

/// Watches until it is told to stop.
pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let Some(name) = &arguments.model else {
        bail!("name a model to watch with: `botany models list` lists them");
    };
    let name: ModelName = name.parse()?;
    let mut logs: Vec<Address> = arguments.follow.iter().map(|path| Address::file(path)).collect();
    logs.extend(arguments.listen.iter().cloned());
    if logs.is_empty() {
        bail!(
            "say what to watch: --follow /var/log/suricata/eve.json, or --listen unix:/run/botany.sock"
        );
    }
    let model = run::registry(&context.data).load(&name)?;
    let own = context.data.join("watch").join(&name.name);
    let state = arguments.state.clone().unwrap_or_else(|| own.clone());
    std::fs::create_dir_all(&state)
        .with_context(|| format!("cannot create {}", state.display()))?;
    let ask = Ask {
        model: name,
        logs,
        begin: if arguments.from_end { Begin::End } else { Begin::Start },
        options: arguments.reading.options(context.config.threads())?,
        journal: arguments.alerts.clone().unwrap_or_else(|| state.join("alerts.json")),
        state,
        data: context.data.clone(),
        once: arguments.once,
    };
    let orders = Orders::default();
    for signal in [SIGINT, SIGTERM] {
        // The second time the program ends at once.
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&orders.stop))?;
        flag::register(signal, Arc::clone(&orders.stop))?;
    }
    flag::register(SIGHUP, Arc::clone(&orders.reload))?;
    let metrics = Arc::new(Metrics::default());
    let endpoint = arguments.metrics.map(|at| run::metrics::serve(at, Arc::clone(&metrics)));
    let endpoint = endpoint.transpose()?;

    let say = |text: &str| output::note!("botany: {}", output::printable(text));
    let judge = arguments.judging.judge(model, arguments.throttle, context)?;
    let card = &judge.scorer.model.card;
    say(&format!(
        "{} v{:04} judges {} log{}; alerts go to {}",
        card.name,
        card.version,
        ask.logs.len(),
        if ask.logs.len() == 1 { "" } else { "s" },
        ask.journal.display()
    ));
    if let Some(endpoint) = &endpoint {
        say(&format!("metrics on http://{}/metrics", endpoint.address()));
    }
    let (journal, state) = (ask.journal.clone(), ask.state.clone());
    let mut watch = Watch::open(ask, judge, Arc::clone(&metrics))?;
    watch.look_after(couriers(&arguments.to, &journal, &state, &metrics)?);
    let watched = watch.run(&orders, &mut |text| say(text));
    for courier in watch.dismiss() {
        let name = courier.name().to_owned();
        let left = courier.stop(GRACE);
        if !left.all {
            let why = left.trouble.unwrap_or_else(|| "it takes too long".to_owned());
            say(&format!("{name} did not take all ({why}); the next run goes on there"));
        }
    }
    watched?;
    let judge = watch.judge();
    let counts = judge.counts;
    say(&format!(
        "{} flows read, {} rows judged, {} alerts, {} held back",
        counts.flows,
        counts.judged,
        counts.alerts,
        judge.teller.held_back()
    ));
    if let Some(windows) = judge.windows.as_ref().filter(|w| w.late() + w.evicted() > 0) {
        say(&format!(
            "{} flows were written after their windows were judged (--patience waits longer), {} had to go for want \
             of room (--keep holds more)",
            windows.late(),
            windows.evicted()
        ));
    }
    Ok(())
}
