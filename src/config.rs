//! What the sensor's owner sets once: `botany.toml`.
//!
//! Everything has a default; the file may be absent. `botany.toml` at the root of the repository is
//! the complete example and a test reads it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the data directory is; `--data` and `BOTANY_DATA` win over it.
    pub data: Option<PathBuf>,
    /// Databases of what is known about an address.
    pub databases: Databases,
    /// Resources a command may use.
    pub limits: Limits,
    /// The tool in a browser.
    pub serve: Serve,
}

/// The tool in a browser; the flags of `botany serve` win over it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// The certificate and those above it, PEM.
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub tls_key: Option<PathBuf>,
}

/// Databases of what is known about an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Databases {
    /// Country, an mmdb file; absent: the one that comes with the program.
    pub country: Option<PathBuf>,
    /// Autonomous system, an mmdb file; absent: AS columns stay empty.
    pub asn: Option<PathBuf>,
}

/// Resources a command may use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Threads; absent: one a core.
    pub threads: Option<usize>,
    /// Memory of the query engine in MiB before it spills to disk; absent: no limit.
    pub memory_mib: Option<usize>,
}

impl Config {
    /// Reads the file named, or `botany.toml` in the working directory if there is one.
    pub fn load(path: Option<&Path>) -> Result<Config> {
        let path = match path {
            Some(path) => path,
            None if Path::new("botany.toml").is_file() => Path::new("botany.toml"),
            None => return Ok(Config::default()),
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        toml::from_str(&text)
            .map_err(|error| crate::recipe::at_line(&text, &error))
            .with_context(|| format!("the configuration {} does not parse", path.display()))
    }

    /// How many threads to use.
    pub fn threads(&self) -> usize {
        self.limits.threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_complete_example_parses_and_names_every_key() {
        let text = include_str!("../botany.toml");
        toml::from_str::<Config>(text).unwrap();
        let set: String =
            text.lines().map(|l| format!("{}\n", l.trim_start_matches("# "))).collect();
        for key in
            ["data =", "country =", "asn =", "threads =", "memory_mib =", "tls_cert =", "tls_key ="]
        {
            assert!(set.contains(key), "{key}");
        }
    }
}
