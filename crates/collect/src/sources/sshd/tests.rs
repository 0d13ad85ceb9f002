use proptest::prelude::*;

use crate::sources::told::{columns, logins, options};

/// What becomes of messages of one sshd process, each `outcome method username src_ip src_port
/// attempts` or a kind.
fn told(messages: &[&str]) -> Vec<String> {
    let lines: Vec<String> = messages
        .iter()
        .map(|message| format!("May  6 17:44:06 gw sshd[2553]: {message}"))
        .collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    columns(
        &lines,
        &["outcome", "method", "username", "src_ip", "src_port", "attempts"],
        &options(),
    )
}

#[test]
fn every_wording_of_a_log_in() {
    for (message, expected) in [
        (
            "Failed password for root from 192.0.2.7 port 5 ssh2",
            "failed password root 192.0.2.7 5 1",
        ),
        (
            "Failed password for invalid user pi from 192.0.2.7 port 5 ssh2",
            "failed password pi 192.0.2.7 5 1",
        ),
        (
            "Failed password for illegal user pi from 192.0.2.7 port 5 ssh2",
            "failed password pi 192.0.2.7 5 1",
        ),
        (
            "Failed password for invalid user  from 192.0.2.7 port 5 ssh2",
            "failed password  192.0.2.7 5 1",
        ),
        ("Failed none for invalid user from 192.0.2.7 port 5 ssh2", "failed none  192.0.2.7 5 1"),
        (
            "Failed password for invalid user from 198.51.100.1 from 192.0.2.7 port 5 ssh2",
            "failed password from 198.51.100.1 192.0.2.7 5 1",
        ),
        ("Failed password for root from 2001:db8::1", "failed password root 2001:db8::1 - 1"),
        (
            "Failed password for root from ::ffff:192.0.2.7 port 5 ssh2",
            "failed password root 192.0.2.7 5 1",
        ),
        (
            "Failed publickey for invalid user x from 192.0.2.7 port 5 ssh2: RSA SHA256:abc",
            "failed publickey x 192.0.2.7 5 1",
        ),
        (
            "Failed hostbased for x from 192.0.2.7 port 5 ssh2: RSA aa:bb, client user \"y from 198.51.100.1 port 9 ssh2: \", client host \"h\"",
            "failed hostbased x 192.0.2.7 5 1",
        ),
        (
            "Failed keyboard-interactive for <invalid username> from 192.0.2.7 port 5 ssh2",
            "failed keyboard-interactive - 192.0.2.7 5 1",
        ),
        (
            "Failed password for invalid user air\\t\\\\ \\303\\251 from 192.0.2.7 port 5 ssh2",
            "failed password air\t\\ é 192.0.2.7 5 1",
        ),
        (
            "Failed password for invalid user \\377 from 192.0.2.7 port 5 ssh2",
            "failed password \\xff 192.0.2.7 5 1",
        ),
        (
            "Accepted publickey for git from 192.0.2.7 port 5 ssh2: ED25519 SHA256:abc",
            "accepted publickey git 192.0.2.7 5 1",
        ),
        (
            "message repeated 3 times: [ Failed password for root from 192.0.2.7 port 5 ssh2]",
            "failed password root 192.0.2.7 5 3",
        ),
        (
            "[ID 702911 auth.info] Failed password for root from 192.0.2.7 port 5 ssh2",
            "failed password root 192.0.2.7 5 1",
        ),
        (
            "kernel: [   61.250000] Failed password for root from 192.0.2.7 port 5 ssh2",
            "failed password root 192.0.2.7 5 1",
        ),
        (
            "kernel:[86400.125000]: Failed password for root from 192.0.2.7 port 5 ssh2",
            "failed password root 192.0.2.7 5 1",
        ),
        (
            "error: PAM: Authentication failure for illegal user pi from 192.0.2.7",
            "failed keyboard-interactive/pam pi 192.0.2.7 - 1",
        ),
        (
            "error: PAM: authentication error for pi from 192.0.2.7 via 198.51.100.1",
            "failed keyboard-interactive/pam pi 192.0.2.7 - 1",
        ),
        (
            "error: PAM: Have exhausted maximum number of retries for service for pi from 192.0.2.7",
            "failed keyboard-interactive/pam pi 192.0.2.7 - 1",
        ),
        ("Invalid user ubnt from 192.0.2.7", "failed - ubnt 192.0.2.7 - 0"),
        ("Invalid user ubnt from 192.0.2.7 port 5", "failed - ubnt 192.0.2.7 5 0"),
        ("Invalid user  from 192.0.2.7 port 5", "failed -  192.0.2.7 5 0"),
        ("Illegal user ubnt from 192.0.2.7", "failed - ubnt 192.0.2.7 - 0"),
        (
            "User root from 192.0.2.7 not allowed because not listed in AllowUsers",
            "failed - root 192.0.2.7 - 0",
        ),
        (
            "User root from 192.0.2.7 not allowed because none of user's groups are listed in AllowGroups",
            "failed - root 192.0.2.7 - 0",
        ),
        ("ROOT LOGIN REFUSED FROM ::ffff:192.0.2.7", "failed - root 192.0.2.7 - 0"),
        ("ROOT LOGIN REFUSED FROM 192.0.2.7 port 5 [preauth]", "failed - root 192.0.2.7 5 0"),
        (
            "error: maximum authentication attempts exceeded for invalid user pi from 192.0.2.7 port 5 ssh2 [preauth]",
            "failed - pi 192.0.2.7 5 0",
        ),
        (
            "Connection closed by authenticating user a 198.51.100.1 port 9 192.0.2.7 port 5 [preauth]",
            "failed - a 198.51.100.1 port 9 192.0.2.7 5 0",
        ),
        ("Connection reset by invalid user  192.0.2.7 port 5 [preauth]", "failed -  192.0.2.7 5 0"),
        (
            "Disconnected from authenticating user root 192.0.2.7 port 5 [preauth]",
            "failed - root 192.0.2.7 5 0",
        ),
        (
            "Disconnecting invalid user pi 192.0.2.7 port 5: Too many authentication failures [preauth]",
            "failed - pi 192.0.2.7 5 0",
        ),
        (
            "Disconnecting invalid user pi 192.0.2.7 port 5: Change of username or service not allowed: (pi,ssh-connection) -> (x 198.51.100.1 port 9,ssh-connection) [preauth]",
            "failed - pi 192.0.2.7 5 0",
        ),
    ] {
        assert_eq!(told(&[message]), [expected], "{message}");
    }
}

#[test]
fn other_lines_are_counted_by_a_few_kinds() {
    for (message, kind) in [
        ("Connection from 192.0.2.7 port 5 on 198.51.100.1 port 22", "connection opened"),
        ("Connection closed by 192.0.2.7 port 5 [preauth]", "connection ended"),
        ("Received disconnect from 192.0.2.7 port 5:11: Bye Bye [preauth]", "connection ended"),
        (
            "error: Received disconnect from 192.0.2.7: 3: com.jcraft.jsch.JSchException: Auth fail [preauth]",
            "connection ended",
        ),
        ("Disconnected from user git 192.0.2.7 port 5", "connection ended"),
        ("fatal: Timeout before authentication for 192.0.2.7 port 5", "connection ended"),
        ("refused connect from host@192.0.2.7 (192.0.2.7)", "connection refused"),
        (
            "Disconnecting: Too many authentication failures for root [preauth]",
            "failure without address",
        ),
        ("User root not allowed because account is locked", "failure without address"),
        ("input_userauth_request: invalid user root [preauth]", "failure without address"),
        ("Failed password for root from UNKNOWN port 65535 ssh2", "failure without address"),
        ("Failed password for root", "failure without address"),
        ("Invalid user x", "failure without address"),
        ("Bad protocol version identification 'x' from 192.0.2.7 port 5", "no key exchange"),
        ("Did not receive identification string from 192.0.2.7", "no key exchange"),
        ("error: kex_exchange_identification: Connection closed by remote host", "no key exchange"),
        (
            "Unable to negotiate with 192.0.2.7 port 5: no matching cipher found. Their offer: x [preauth]",
            "no key exchange",
        ),
        ("fatal: no matching mac found: client a server b [preauth]", "no key exchange"),
        ("Postponed publickey for git from 192.0.2.7 port 5 ssh2 [preauth]", "try under way"),
        (
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root",
            "pam",
        ),
        (
            "PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7",
            "pam",
        ),
        ("error: PAM: Unknown", "pam"),
        (
            "reverse mapping checking getaddrinfo for h.example [192.0.2.7] failed - POSSIBLE BREAK-IN ATTEMPT!",
            "reverse name",
        ),
        ("Server listening on 0.0.0.0 port 22.", "other"),
        ("Failed", "other"),
        ("", "other"),
    ] {
        assert_eq!(told(&[message]), [format!("sshd: {kind}")], "{message}");
    }
}

#[test]
fn a_host_name_is_rejected_and_cannot_pass_as_an_address() {
    for message in [
        "Failed password for root from host.example port 5 ssh2",
        "Failed password for invalid user x from 198.51.100.1 from host.example port 5 ssh2",
        "Failed password for invalid user x from 198.51.100.1 not allowed because y from host.example port 5 ssh2",
        "error: PAM: Authentication failure for root from host.example",
        "User root from host.example not allowed because not listed in AllowUsers",
        "Invalid user x from 192.0.2.0007",
    ] {
        assert_eq!(told(&[message]), ["rejected"], "{message}");
    }
}

#[test]
fn one_try_is_counted_once() {
    assert_eq!(
        told(&[
            "Invalid user pi from 192.0.2.7 port 5",
            "input_userauth_request: invalid user pi [preauth]",
            "pam_unix(sshd:auth): check pass; user unknown",
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7",
            "Failed password for invalid user pi from 192.0.2.7 port 5 ssh2",
            "error: maximum authentication attempts exceeded for invalid user pi from 192.0.2.7 port 5 ssh2 [preauth]",
            "Connection closed by invalid user pi 192.0.2.7 port 5 [preauth]",
        ]),
        [
            "failed - pi 192.0.2.7 5 0",
            "sshd: failure without address",
            "sshd: pam",
            "sshd: pam",
            "failed password pi 192.0.2.7 5 1",
            "sshd: same name told before",
            "sshd: same name told before",
        ]
    );
    // The first answers of a user that exists have one line, later ones have two.
    let answer = "error: PAM: Authentication failure for root from 192.0.2.7";
    let failed = "Failed keyboard-interactive/pam for root from 192.0.2.7 port 5 ssh2";
    let tries: Vec<_> = told(&[answer, answer, failed, answer, failed, failed, failed])
        .iter()
        .map(|row| row.rsplit(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(tries, ["1", "1", "0", "1", "0", "0", "1"]);
}

#[test]
fn a_repetition_stands_for_the_line_before_it() {
    let failed = "May  6 17:44:06 gw sshd[1]: Failed password for root from 192.0.2.7 port 5 ssh2";
    let repeated = "May  6 17:44:16 gw last message repeated 4 times";
    let kind = "syslog: repetition of a line not stored";
    let row = |time: &str, n| {
        format!("2020-05-06T17:44:{time}Z ssh failed password root 192.0.2.7 5 {n}")
    };
    assert_eq!(logins(&[failed, repeated, repeated]), [row("06", 1), row("16", 4), row("16", 4)]);
    let cron = "May  6 17:44:07 gw CRON[2]: hello";
    assert_eq!(logins(&[failed, cron, repeated])[1..], ["syslog: other program", kind]);
}

#[test]
fn every_envelope_carries_the_same_log_in() {
    let message = "Failed password for root from 192.0.2.7 port 5 ssh2";
    let row = |time: &str| format!("{time} ssh failed password root 192.0.2.7 5 1");
    for (envelope, time) in [
        ("May  6 17:44:06 gw sshd[1]: ", "2020-05-06T17:44:06Z"),
        ("<38>May 06 17:44:06 gw sshd-session[1]: ", "2020-05-06T17:44:06Z"),
        ("2024-01-02T03:04:05.678901+02:00 gw sshd[1]: ", "2024-01-02T01:04:05.678901Z"),
        ("<34>1 2003-10-11T22:14:15.003Z gw sshd 1 - - ", "2003-10-11T22:14:15.003Z"),
    ] {
        assert_eq!(logins(&[&format!("{envelope}{message}")]), [row(time)], "{envelope}");
    }
    let entry = |message: &str| {
        format!(
            r#"{{"__REALTIME_TIMESTAMP":"1525628646123456","_HOSTNAME":"gw","_COMM":"sshd","MESSAGE":{message}}}"#
        )
    };
    let time = "2018-05-06T17:44:06.123456Z";
    let bytes = serde_json::to_string(message.as_bytes()).unwrap();
    assert_eq!(logins(&[&entry(&format!("{message:?}")), &entry(&bytes)]), [row(time), row(time)]);
    assert_eq!(logins(&[&entry("null")]), ["journal: entry without text"]);
    assert_eq!(logins(&[&format!("gw sshd[1]: {message}")]), ["rejected"]);
    assert_eq!(logins(&["# a comment", "gw sshd[1]: hello"]), ["comment", "sshd: other"]);
}

/// As sshd writes what a client sent.
fn escaped(name: &[u8]) -> String {
    name.iter()
        .map(|byte| match byte {
            b'\\' => "\\\\".to_owned(),
            b'\t' => "\\t".to_owned(),
            0x20..=0x7e => char::from(*byte).to_string(),
            other => format!("\\{other:03o}"),
        })
        .collect()
}

/// Names that try to pass for sshd's own words. sshd cuts a name at its first colon.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b" from ".to_vec()),
        Just(b" port ".to_vec()),
        Just(b"22".to_vec()),
        Just(b"198.51.100.9".to_vec()),
        Just(b" ssh2".to_vec()),
        Just(b"invalid user ".to_vec()),
        Just(b" [preauth]".to_vec()),
        Just(b" not allowed because ".to_vec()),
        Just(b" ".to_vec()),
        Just(b"\\".to_vec()),
        proptest::collection::vec(any::<u8>().prop_filter("no colon", |byte| *byte != b':'), 0..5),
    ];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn hostile_names_come_back(name in hostile(), v6: bool, port: u16) {
        let ip = if v6 { "2001:db8::7" } else { "192.0.2.7" };
        let typed = escaped(&name);
        for (message, port) in [
            (format!("Failed password for invalid user {typed} from {ip} port {port} ssh2"), Some(port)),
            (format!("Invalid user {typed} from {ip} port {port}"), Some(port)),
            (format!("Invalid user {typed} from {ip}"), None),
            (format!("Connection closed by invalid user {typed} {ip} port {port} [preauth]"), Some(port)),
            (format!("message repeated 2 times: [ Failed password for invalid user {typed} from {ip} port {port} ssh2]"), Some(port)),
        ] {
            let line = format!("May  6 17:44:06 gw sshd[1]: {message}");
            let told = columns(&[line.as_bytes()], &["src_ip", "src_port", "username"], &options());
            let port = port.map_or("-".to_owned(), |port| port.to_string());
            let expected = format!("{ip} {port} {}", crate::text::lossy(&name));
            prop_assert_eq!(&told[0], &expected, "{}", message);
        }
    }
}
