//! A list, put into a running Suricata and taken out again when its entries are stale.
//!
//! What is added is written down before it is added, and crossed out after it is taken out: whatever ends a push
//! half-way, the next one takes out all that is stale. Every push adds the whole list again, so that a Suricata that
//! was started anew knows it.

mod socket;
mod state;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use ipnet::IpNet;

pub use socket::Socket;
pub use state::{State, Until};

use crate::{Error, Listing};

/// What a push did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Addresses the dataset did not hold before.
    pub added: usize,
    /// Addresses it held already.
    pub kept: usize,
    /// Addresses taken out: stale, or never to be listed any more.
    pub removed: usize,
    /// Blocks, which a dataset cannot hold.
    pub left_out: usize,
}

/// Brings dataset `set` of the Suricata behind `socket` to what the list says at its moment; `data` keeps the record.
///
/// Entries of earlier pushes stay until they are stale, also when they are not on this list.
///
/// # Errors
///
/// Those of [`Socket`] and [`State`].
pub fn push(socket: &Path, set: &str, listing: &Listing, data: &Path) -> Result<Pushed, Error> {
    let mut state = State::open(data)?;
    let mut suricata = Socket::connect(socket)?;
    // Asked for any address, to hear of a set that is not there before anything is written down.
    suricata.holds(set, IpAddr::V4(Ipv4Addr::UNSPECIFIED))?;
    // The same socket by another way is the same Suricata.
    let place = std::fs::canonicalize(socket).unwrap_or_else(|_| socket.to_owned());
    let place = place.display().to_string();
    let mut until = state.of(&place, set)?;
    let mut pushed = Pushed { left_out: listing.blocks(), ..Pushed::default() };

    for entry in listing.addresses() {
        let own = until.entry(entry.network.addr()).or_insert(entry.expires);
        *own = entry.expires.max(*own);
    }
    state.set(&place, set, &until)?;

    let gone: Vec<IpAddr> = until
        .iter()
        .filter(|(address, until)| {
            **until <= listing.at || listing.is_never(&IpNet::from(**address))
        })
        .map(|(address, _)| *address)
        .collect();
    for address in &gone {
        pushed.removed += usize::from(suricata.remove(set, *address)?);
        until.remove(address);
    }
    if !gone.is_empty() {
        state.set(&place, set, &until)?;
    }

    for entry in listing.addresses() {
        match suricata.add(set, entry.network.addr())? {
            true => pushed.added += 1,
            false => pushed.kept += 1,
        }
    }
    Ok(pushed)
}

#[cfg(test)]
mod tests;
