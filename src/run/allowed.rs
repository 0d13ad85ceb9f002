//! Addresses and networks that are never listed in this data directory, each with the reason somebody gave.

use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use botany_enrich::threat::{self, Rules, ThreatList};
use botany_watch::disk;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Workspace;

/// A network that is never listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// The network; an address is a network of one.
    pub network: IpNet,
    /// Why: a false positive, a scanner of one's own.
    pub reason: String,
    /// When it was said, RFC 3339 in UTC.
    pub since: String,
}

/// A network, or an address as a network of one.
///
/// # Errors
///
/// If the text is neither.
pub fn network(text: &str) -> Result<IpNet> {
    let address = || text.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
    let network = text.parse::<IpNet>().or_else(|_| address());
    network.ok().with_context(|| format!("`{text}` is no network: write 192.0.2.0/24"))
}

/// The list in the data directory.
const FILE: &str = "allowed.json";

fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// The networks that are never listed, in the order they were named.
///
/// # Errors
///
/// If the list cannot be read.
pub fn list(data: &Path) -> Result<Vec<Allowed>> {
    let path = path(data);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.with_context(|| format!("cannot read {}", path.display()))?,
    };
    serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is no list of networks", path.display()))
}

/// Never lists a network from now on; one that was named before takes the new reason.
///
/// # Errors
///
/// Without a reason, or if the list cannot be written.
pub fn add(data: &Path, network: IpNet, reason: &str) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        bail!("say why {network} is never to be listed: whoever reads the list later will ask");
    }
    let _lock = lock(data)?;
    let mut all = list(data)?;
    all.retain(|one| one.network != network.trunc());
    let since = jiff::Timestamp::now().to_string();
    all.push(Allowed { network: network.trunc(), reason: reason.to_owned(), since });
    write(data, &all)
}

/// Lists a network again where the rules say so.
///
/// # Errors
///
/// If it was not allowed, or the list cannot be written.
pub fn remove(data: &Path, network: IpNet) -> Result<()> {
    let _lock = lock(data)?;
    let mut all = list(data)?;
    let before = all.len();
    all.retain(|one| one.network != network.trunc());
    if all.len() == before {
        bail!("{network} is not on the list; `botany enrich allowed` prints it");
    }
    write(data, &all)
}

/// One change at a time, also of other processes.
fn lock(data: &Path) -> Result<fs::File> {
    let path = data.join("allowed.lock");
    let locked = fs::File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.with_context(|| format!("cannot lock {}", path.display()))
}

/// Written whole beside and put in its place by its name, so that a crash leaves the old list or the new one.
fn write(data: &Path, all: &[Allowed]) -> Result<()> {
    disk::replace(data, FILE, &serde_json::to_vec_pretty(all)?)?;
    Ok(())
}

/// The threat list by these rules, without what is allowed in this data directory.
///
/// # Errors
///
/// The list's, and the engine's.
pub fn threat_list(workspace: &Workspace, rules: &Rules) -> Result<ThreatList> {
    let mut rules = rules.clone();
    rules.allow.extend(list(&workspace.data)?.into_iter().map(|one| one.network));
    workspace.wait(threat::build(&workspace.engine, &rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_named_once_with_its_last_reason() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        assert!(list(data).unwrap().is_empty());
        let network = |text: &str| text.parse::<IpNet>().unwrap();
        add(data, network("192.0.2.7/32"), "ours").unwrap();
        add(data, network("192.0.2.77/24"), "a lab").unwrap();
        add(data, network("192.0.2.7/32"), "our scanner").unwrap();
        let all = list(data).unwrap();
        assert_eq!(
            all.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(),
            ["a lab", "our scanner"]
        );
        assert_eq!(all[0].network, network("192.0.2.0/24"));
        assert!(add(data, network("192.0.2.8/32"), " ").is_err());
        remove(data, network("192.0.2.0/24")).unwrap();
        assert!(remove(data, network("192.0.2.0/24")).is_err());
        assert_eq!(list(data).unwrap().len(), 1);
    }
}
