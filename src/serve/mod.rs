//! The whole tool in a browser: the API under `/api/v1`, and pages that use nothing else.
//!
//! `api/` has a file a room, as the command line has; `web/` is what the browser is given, as it stands.
//! [`guard`] decides who may ask, [`jobs`] keeps what takes long.

mod answer;
mod api;
mod assets;
mod doors;
mod extract;
mod files;
mod guard;
mod jobs;
mod kept;
mod ordered;
mod patient;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use tokio::net::TcpListener;

use crate::cli::Context;
pub use doors::Tls;
use state::Server;

/// Bytes of stack of a thread that reads questions, by recursion: reserved, and used only where a question is deep.
const STACK: usize = 256 << 20;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What a caller must bring; needed wherever others than this machine can ask.
    pub token: Option<String>,
    /// Folders below which files may be named to be collected.
    pub logs: Vec<PathBuf>,
    /// Whether the data directory goes with the server.
    pub temporary: bool,
    /// With what connections are encrypted; absent: they are not.
    pub tls: Option<Tls>,
}

/// Serves until the program is told to end. `ready` is called with the address to open once it answers.
///
/// # Errors
///
/// If the address cannot be had, others could ask without a token, or the certificate cannot be used.
pub fn serve(options: Options, context: &Context, ready: impl FnOnce(&str)) -> Result<()> {
    if !options.listen.ip().is_loopback() && options.token.is_none() {
        bail!(
            "{} can be reached by others: give a token (--token-file FILE) that callers must bring",
            options.listen
        );
    }
    let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // Questions are read by recursion, on threads of this runtime.
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let server = Server::new(context, &options)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        ready(&format!("{scheme}://{address}/"));
        doors::serve(listener, tls, api::router(server), told_to_end()).await;
        anyhow::Ok(())
    })?;
    // A job that still computes must not hold the end up.
    runtime.shutdown_background();
    Ok(())
}

async fn told_to_end() {
    let told = async {
        // Without signals there is nobody to tell.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut asked) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = told => {}
                _ = asked.recv() => {}
            }
        }
    }
    #[cfg(not(unix))]
    told.await;
}
