//! The endpoint Prometheus asks: `/metrics`, and `/health` for whoever only wants to know whether all is well.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use botany_watch::Metrics;
use botany_watch::metrics::MEDIA_TYPE;
use tokio::sync::oneshot;

/// Where the endpoint listens unless another address is asked for: this machine alone can ask.
pub const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9917);

/// How long an answer under way may take once the endpoint is told to end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// An endpoint that answers, on a thread of its own, until it is dropped.
pub struct Endpoint {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    /// Where it listens; the port is the one it got where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // A thread that has ended already cannot be told, which is fine.
        let _ = self.end.take().map(|end| end.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Answers `/metrics` and `/health` at `address` until the endpoint is dropped.
///
/// Nothing but these numbers can be had there, and nothing can be changed; still, whoever gives an address that others
/// reach shows them what the sensor sees.
///
/// # Errors
///
/// If the address cannot be had.
pub fn serve(address: SocketAddr, metrics: Arc<Metrics>) -> Result<Endpoint> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind(address))
        .with_context(|| format!("cannot answer for metrics on {address}: give another address"))?;
    let address = listener.local_addr()?;
    let (end, ended) = oneshot::channel::<()>();
    let router = Router::new()
        .route("/metrics", get(page))
        .route("/health", get(health))
        .with_state(metrics);
    let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let stop = Arc::new(tokio::sync::Notify::new());
            let begin_to_end = Arc::clone(&stop);
            let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
                // The endpoint being dropped tells as well as a word does.
                let _ = ended.await;
                begin_to_end.notify_one();
            });
            // Who keeps a connection open does not hold the end up.
            tokio::select! {
                _ = serving.into_future() => {}
                () = async { stop.notified().await; tokio::time::sleep(LAST_WORDS).await } => {}
            }
        });
    })?;
    Ok(Endpoint { address, end: Some(end), thread: Some(thread) })
}

async fn page(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], metrics.render())
}

async fn health(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.trouble() {
        None => "ok\n".into_response(),
        Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn endpoint() -> (Arc<Metrics>, Endpoint) {
        let metrics = Arc::new(Metrics::default());
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let endpoint = serve(any_port, Arc::clone(&metrics)).unwrap();
        (metrics, endpoint)
    }

    #[test]
    fn what_is_counted_is_answered_with_its_media_type() {
        let (metrics, endpoint) = endpoint();
        metrics.alerts.add(3);
        let answer = ask(endpoint.address(), "/metrics");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("content-type: text/plain; version=0.0.4"));
        assert!(answer.contains("\nbotany_alerts_total 3\n"), "{answer}");
        assert!(ask(endpoint.address(), "/elsewhere").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn health_is_ok_until_something_is_wrong() {
        let (metrics, endpoint) = endpoint();
        assert!(ask(endpoint.address(), "/health").starts_with("HTTP/1.1 200"));
        metrics.set_trouble(Some("the journal cannot be written".into()));
        let answer = ask(endpoint.address(), "/health");
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("the journal"), "{answer}");
    }

    #[test]
    fn it_ends_when_dropped_though_somebody_stays_connected() {
        let (_metrics, endpoint) = endpoint();
        let address = endpoint.address();
        let mut silent = TcpStream::connect(address).unwrap();
        silent.write_all(b"GET /metrics HT").unwrap();
        drop(endpoint);
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn an_address_in_use_is_named() {
        let (_metrics, endpoint) = endpoint();
        let error = serve(endpoint.address(), Arc::new(Metrics::default())).err().unwrap();
        assert!(format!("{error:#}").contains(&endpoint.address().to_string()));
    }
}
