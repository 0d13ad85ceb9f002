//! Several machines over the same files: the one file that names Ballista.
//!
//! The plan goes to a scheduler, its stages to executors; the Parquet files lie where all of them
//! see them under the same path. A sum of reals may differ from a local one in its last digits, as
//! the partial sums are added in another order.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use ballista::prelude::{SessionConfigExt, SessionContextExt};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use url::Url;

use crate::engine::session_config;
use crate::{Engine, EngineOptions, Error, Store, functions};

/// The port of a scheduler whose address names none.
const PORT: u16 = 50050;

/// How long a scheduler may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a session whose queries the cluster at `url` (`df://HOST:PORT`) computes.
///
/// Tables made up by [`Engine::register_batches`] are written to the store for the session's life,
/// as the executors cannot see this process's memory. The executors must know the house's
/// [`functions`](crate::functions) under the same names. [`EngineOptions::memory_limit`] is each executor's own
/// to set.
///
/// # Errors
/// [`Error::Cluster`] if the address is none or nobody answers there.
pub async fn connect(url: &str, store: &Store, options: &EngineOptions) -> Result<Engine, Error> {
    check_reachable(url).await?;
    let context = SessionContext::remote_with_state(url, state(options))
        .await
        .map_err(|error| refused(url, error))?;
    Engine::over(context, store, Some(&store.scratch_dir()))
}

fn state(options: &EngineOptions) -> SessionState {
    let config = session_config(SessionConfig::new_with_ballista(), options);
    let state = SessionStateBuilder::new().with_default_features().with_config(config).build();
    let context = SessionContext::new_with_state(state);
    functions::register(&context);
    context.state()
}

/// Asks before the first query does, which would wait far longer.
async fn check_reachable(url: &str) -> Result<(), Error> {
    let parsed = Url::parse(url).map_err(|error| refused(url, error))?;
    let host = match (parsed.scheme(), parsed.host_str()) {
        ("df", Some(host)) if !host.is_empty() => host.trim_matches(['[', ']']).to_owned(),
        _ => return Err(refused(url, "it is no address of a cluster")),
    };
    let port = parsed.port().unwrap_or(PORT);
    let knock = move || {
        let mut last = None;
        for address in (host.as_str(), port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(_) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| std::io::ErrorKind::NotFound.into()))
    };
    let answer = tokio::task::spawn_blocking(knock).await.map_err(|error| refused(url, error))?;
    answer.map_err(|error| refused(url, error))
}

fn refused(url: &str, reason: impl ToString) -> Error {
    Error::Cluster { url: url.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;
    use crate::sample::{DAY, rejects, store_rejects};

    /// A scheduler and an executor within this process.
    async fn standalone(store: &Store) -> Engine {
        let state = state(&EngineOptions { memory_limit: None, partitions: 2 });
        let context = SessionContext::standalone_with_state(state).await.unwrap();
        Engine::over(context, store, Some(&store.scratch_dir())).unwrap()
    }

    async fn ask(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
        output::rows(&engine.query(sql).await.unwrap()).unwrap().collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_cluster_answers_as_one_machine_does() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let times: Vec<i64> = (0..100).map(|n| n * DAY / 25).collect();
        store_rejects(&store, &times, "192.0.2.77");
        store_rejects(&store, &times, "no address");
        let here = Engine::open(&store).await.unwrap();
        let there = standalone(&store).await;
        for engine in [&here, &there] {
            engine.register_batches("known", vec![rejects(&[0], "192.0.2.77")]).unwrap();
            engine
                .register_view("blocks", "SELECT ip_block(text, 24, 64) AS block, * FROM reject")
                .await
                .unwrap();
        }
        let sql = "SELECT b.event_date, b.block, tcp_flag_names(20), count(*), sum(b.line) FROM blocks b \
                   LEFT JOIN known k ON k.text = b.text WHERE b.event_date > '1970-01-01' \
                   AND (k.text IS NOT NULL OR b.block IS NULL) GROUP BY 1, 2, 3 ORDER BY 1, 2";
        let expected = ask(&here, sql).await;
        assert_eq!(expected.len(), 6);
        assert_eq!(ask(&there, sql).await, expected);

        let error = there.query("DROP TABLE reject").await.unwrap_err();
        assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
        drop(there);
        assert_eq!(std::fs::read_dir(store.scratch_dir()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        // Port 1 of this machine: nobody listens there.
        for url in ["", "localhost:50050", "http://localhost:50050", "df://", "df://127.0.0.1:1"] {
            let error = connect(url, &store, &EngineOptions::default()).await.err().unwrap();
            assert!(matches!(&error, Error::Cluster { .. }), "{url}: {error}");
        }
    }
}
