//! `ssh` events.

use super::event::{Event, first_time};
use super::field::{Field, fields};
use crate::rows::SshRow;

fields! {
    /// The `ssh` object.
    Ssh at "ssh." { client, server, }
}

fields! {
    /// One side of it.
    Side at "ssh.*." { proto_version, software_version, hassh, }
}

fields! {
    /// The fingerprint of a side, since 6.0.
    Hassh at "ssh.*.hassh." { hash, string, }
}

/// The row of an `ssh` event, or the reason there is none.
pub(super) fn row<'a>(event: &Event<'a>, utc_offset_seconds: i32) -> Result<SshRow<'a>, String> {
    let ssh = Ssh::inside(event.ssh())?;
    let client = Side::inside(ssh.client())?;
    let server = Side::inside(ssh.server())?;
    let client_hassh = Hassh::inside(client.hassh())?;
    let server_hassh = Hassh::inside(server.hassh())?;
    let never = Field::absent("timestamp");
    Ok(SshRow {
        event_time: first_time(never, event.timestamp(), utc_offset_seconds)?,
        sensor: event.sensor(),
        in_iface: event.in_iface().text()?,
        flow_id: event.flow_id().number()?,
        community_id: event.community_id().text()?,
        vlan: event.vlan().list(".")?,
        src_ip: event.src_ip().address()?,
        src_port: event.src_port().number()?,
        dest_ip: event.dest_ip().address()?,
        dest_port: event.dest_port().number()?,
        proto: event.proto().upper()?,
        client_proto: client.proto_version().text()?,
        client_software: client.software_version().text()?,
        client_hassh: client_hassh.hash().text()?,
        client_hassh_string: client_hassh.string().text()?,
        server_proto: server.proto_version().text()?,
        server_software: server.software_version().text()?,
        server_hassh: server_hassh.hash().text()?,
        server_hassh_string: server_hassh.string().text()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_told_apart() {
        let line = r#"{"timestamp":"2025-01-01T00:01:00.000000+0000","ssh":{
            "client":{"proto_version":"2.0","software_version":"libssh2_1.4.3",
            "hassh":{"hash":"92674389fa1e47a27ddd8d9b63ecd42b","string":"a;b"}},
            "server":{"proto_version":"1.99","software_version":"OpenSSH_7.4"}}}"#;
        let row = row(&Event::of(line).unwrap(), 0).unwrap();
        assert_eq!(row.client_software.as_deref(), Some("libssh2_1.4.3"));
        assert_eq!(row.client_hassh.as_deref(), Some("92674389fa1e47a27ddd8d9b63ecd42b"));
        assert_eq!(row.client_hassh_string.as_deref(), Some("a;b"));
        assert_eq!((row.server_proto.as_deref(), row.server_hassh), (Some("1.99"), None));
    }
}
