//! The whole tool in a browser: the API under `/api/v1`, and pages that use nothing else.
//!
//! `api/` has a file a room, as the command line has; `web/` is what the browser is given, as it stands.
//! [`guard`] decides who may ask, [`jobs`] keeps what takes long.

mod answer;
mod api;
mod assets;
mod guard;
mod jobs;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use tokio::net::TcpListener;

use crate::cli::Context;
use state::Server;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What a caller must bring; needed wherever others than this machine can ask.
    pub token: Option<String>,
    /// Folders below which files may be named to be collected.
    pub logs: Vec<PathBuf>,
}

/// Serves until the program is told to end. `ready` is called with the address to open once it answers.
///
/// # Errors
///
/// If the address cannot be had, or others could ask without a token.
pub fn serve(options: Options, context: &Context, ready: impl FnOnce(&str)) -> Result<()> {
    if !options.listen.ip().is_loopback() && options.token.is_none() {
        bail!(
            "{} can be reached by others: give a token (--token-file FILE) that callers must bring",
            options.listen
        );
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let server = Server::new(context, &options)?;
        ready(&format!("http://{address}/"));
        let service = api::router(server).into_make_service();
        axum::serve(listener, service).with_graceful_shutdown(told_to_end()).await?;
        anyhow::Ok(())
    })?;
    // A job that still computes must not hold the end up.
    runtime.shutdown_background();
    Ok(())
}

async fn told_to_end() {
    // Without signals there is nobody to tell.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
