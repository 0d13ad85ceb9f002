//! A name for what is alerted about.

use super::Alert;

/// Bytes of the name: doubles are told apart from others long before a chance match matters.
const BYTES: usize = 16;

/// BLAKE3 over the model's name, the grain and what makes the flow or the window the one it is; 32 hex digits.
///
/// The version is left out: a flow told again after a model was replaced is the same finding. So is what changes when
/// the same flow is logged again (counters, age, end).
pub(super) fn of(alert: &Alert) -> String {
    let said = &alert.botany;
    let mut hasher = blake3::Hasher::new();
    let mut put = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => {
            hasher.update(&[1]);
            // The length goes first, so that no text runs into the next.
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        None => {
            hasher.update(&[0]);
        }
    };
    put(Some(said.model.as_bytes()));
    put(Some(said.grain.as_bytes()));
    if let Some(window) = &said.window {
        put(Some(&window.start.to_le_bytes()));
        put(Some(&window.end.to_le_bytes()));
        put(said.address.as_deref().map(str::as_bytes));
        put(said.block.as_deref().map(str::as_bytes));
    } else {
        // The number of a flow is unique within one run of one sensor only.
        put(alert.host.as_deref().map(str::as_bytes));
        put(alert.flow_id.map(u64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
        put(Some(&began(alert).to_le_bytes()));
        put(alert.src_ip.as_deref().map(str::as_bytes));
        put(alert.src_port.map(u16::to_le_bytes).as_ref().map(<[u8; 2]>::as_slice));
        put(alert.dest_ip.as_deref().map(str::as_bytes));
        put(alert.dest_port.map(u16::to_le_bytes).as_ref().map(<[u8; 2]>::as_slice));
        put(alert.proto.as_deref().map(str::as_bytes));
    }
    let mut name = hasher.finalize().to_hex().to_string();
    name.truncate(2 * BYTES);
    name
}

fn began(alert: &Alert) -> i64 {
    alert.flow.as_ref().and_then(|flow| flow.start).unwrap_or(alert.timestamp)
}
