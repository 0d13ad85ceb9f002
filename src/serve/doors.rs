//! Connections: taken, encrypted if there is a certificate, and ended if nobody speaks.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::patient::Patient;

/// How long the head of a request, the next one of a connection as well as the first, may take to come.
const HEAD: Duration = Duration::from_secs(10);
/// How long two sides may take to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the other side may take nothing of an answer.
const UNREAD: Duration = Duration::from_secs(60);
/// How long answers may take once the server was told to end.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Connections at once; others wait to be taken.
const AT_ONCE: usize = 1024;

/// Where certificate and key lie.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate and those above it, PEM.
    pub cert: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

impl Tls {
    /// Who encrypts connections with it.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or certificate and key do not belong together.
    pub fn acceptor(&self) -> Result<TlsAcceptor> {
        let bad =
            |what: &str, path: &Path| format!("no {what} in {}: it must be PEM", path.display());
        let certs = CertificateDer::pem_file_iter(&self.cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| bad("certificate", &self.cert))?;
        anyhow::ensure!(!certs.is_empty(), bad("certificate", &self.cert));
        let key = PrivateKeyDer::from_pem_file(&self.key);
        let key = key.with_context(|| bad("private key", &self.key))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certs, key)
            .with_context(|| {
                let (cert, key) = (self.cert.display(), self.key.display());
                format!("{cert} and {key} do not belong together")
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Takes connections until `told` ends; whoever is being answered then has a moment.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    told: impl Future<Output = ()>,
) {
    let mut told = pin!(told);
    let (end, ending) = watch::channel(false);
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        let (taken, place) = tokio::select! {
            () = &mut told => break,
            next = next => next,
        };
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = taken else {
            // Out of descriptors, say: others must end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (tls, router, ending) = (tls.clone(), router.clone(), ending.clone());
        open.spawn(async move {
            let _place = place;
            let _ = stream.set_nodelay(true);
            match tls {
                None => connection(stream, router, ending).await,
                Some(tls) => {
                    let agreed = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        connection(stream, router, ending).await;
                    }
                }
            }
        });
    }
    drop(listener);
    let _ = end.send(true);
    let _ =
        tokio::time::timeout(LAST_WORDS, async { while open.join_next().await.is_some() {} }).await;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut ending: watch::Receiver<bool>,
) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    let service = TowerToHyperService::new(router);
    let mut answering =
        pin!(builder.serve_connection(TokioIo::new(Patient::new(stream, UNREAD)), service));
    // What goes wrong with a connection is the caller's to see.
    tokio::select! {
        _ = answering.as_mut() => return,
        _ = ending.wait_for(|ending| *ending) => answering.as_mut().graceful_shutdown(),
    }
    let _ = answering.await;
}
