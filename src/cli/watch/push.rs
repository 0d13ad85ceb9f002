//! `botany watch list --push`: into a running Suricata, once or again and again.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use botany_watch::listing::Listing;
use botany_watch::push::{Pushed, push};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Context, output};

/// Where to push.
#[derive(Debug, clap::Args)]
pub struct Push {
    /// Add the addresses to a dataset of the Suricata with this command socket, and take out what is stale
    #[arg(long, value_name = "SOCKET")]
    push: Option<PathBuf>,
    /// The dataset [default: the name of the list]
    #[arg(long, value_name = "DATASET", requires = "push")]
    set: Option<String>,
    /// Push again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", requires = "push", conflicts_with = "forms", value_parser = clap::value_parser!(u64).range(1..))]
    follow: Option<u64>,
}

impl Push {
    pub fn asked(&self) -> bool {
        self.push.is_some()
    }

    pub fn follows(&self) -> bool {
        self.follow.is_some()
    }

    fn set<'a>(&'a self, list: &'a str) -> &'a str {
        self.set.as_deref().unwrap_or(list)
    }
}

/// Pushes a list and says what came of it.
pub fn once(arguments: &Push, listing: &Listing, context: &Context) -> Result<()> {
    let Some(socket) = &arguments.push else { return Ok(()) };
    let set = arguments.set(&listing.name);
    let Pushed { added, kept, removed, left_out } = push(socket, set, listing, &context.data)?;
    let mut table =
        output::Table::new(["dataset", "added", "kept", "taken out", "blocks left out"]);
    table.row(vec![json!(set), json!(added), json!(kept), json!(removed), json!(left_out)]);
    table.print(context.format)
}

/// Makes and pushes the list again and again until the process is told to end. What goes wrong is said and tried again
/// the next time: a Suricata that is started again must not end this.
///
/// # Errors
///
/// If the first push fails, or signals cannot be waited for.
pub fn follow(
    arguments: &Push,
    list: &str,
    context: &Context,
    made: impl Fn() -> Result<Listing>,
) -> Result<()> {
    let every = Duration::from_secs(arguments.follow.unwrap_or(60));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = runtime.block_on(async {
        anyhow::Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    })?;
    let round = || once(arguments, &made()?, context);
    round().with_context(|| format!("nothing was pushed into dataset {}", arguments.set(list)))?;
    loop {
        let told = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => true,
                _ = terminate.recv() => true,
                () = tokio::time::sleep(every) => false,
            }
        });
        if told {
            return Ok(());
        }
        if let Err(error) = round() {
            output::note!("botany: {}", output::printable(&format!("{error:#}")));
        }
    }
}
