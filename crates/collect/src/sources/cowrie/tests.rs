use super::*;

fn seen(lines: &[&str]) -> Vec<String> {
    crate::sources::told::logins(lines)
}

#[test]
fn a_login_says_everything_itself_or_through_its_session() {
    let connect = r#"{"eventid":"cowrie.session.connect","src_ip":"203.0.113.7","src_port":5,"dst_ip":"192.0.2.2","dst_port":9022,"protocol":"ssh","session":"a"}"#;
    let login = r#"{"eventid": "cowrie.login.failed", "username": "root", "password": "pa\"ss", "timestamp": "2018-05-06T17:44:51.165980Z", "src_ip": "203.0.113.7", "session": "a"}"#;
    let row = "2018-05-06T17:44:51.16598Z ssh failed password root 203.0.113.7 5 1";
    assert_eq!(seen(&[connect, login]), ["cowrie.session.connect", row]);
    assert_eq!(seen(&[login]), ["rejected"]);
    let closed = r#"{"eventid":"cowrie.session.closed","session":"a"}"#;
    assert_eq!(seen(&[connect, closed, login])[2], "rejected");
    let telnet = login.replace("\"session\": \"a\"", "\"session\": \"a\", \"dst_port\": 23");
    assert_eq!(
        seen(&[&telnet])[0],
        "2018-05-06T17:44:51.16598Z telnet failed password root 203.0.113.7 - 1"
    );
    let system = login
        .replace("failed", "success")
        .replace("\"a\"", "\"a\", \"system\": \"HoneyPotSSHTransport,3\"");
    assert!(seen(&[&system])[0].contains(" ssh accepted "));
}

#[test]
fn bad_events_are_rejected_and_names_are_bounded() {
    let login = |rest: &str| format!(r#"{{"eventid":"cowrie.login.failed",{rest}}}"#);
    for rest in [
        r#""protocol":"ssh","src_ip":"203.0.113.7""#,
        r#""protocol":"ssh","src_ip":"203.0.113.7","timestamp":"yesterday""#,
        r#""protocol":"ssh","src_ip":"host","timestamp":"2018-05-06T17:44:51Z""#,
        r#""protocol":"ssh","src_ip":"203.0.113.7","#,
    ] {
        assert_eq!(seen(&[&login(rest)]), ["rejected"], "{rest}");
    }
    let long = format!(r#"{{"eventid":"cowrie.{}"}}"#, "x".repeat(99));
    assert_eq!(seen(&[&long, r#"{"eventid":"cowrie.A b"}"#]), ["cowrie: other event"; 2]);
}

#[test]
fn what_was_typed_is_kept_as_it_stands() {
    let login = |name: &str| {
        let event = format!(
            r#"{{"eventid":"cowrie.login.failed","protocol":"telnet","src_ip":"203.0.113.7","timestamp":"2018-05-06T17:44:51Z","username":{name}}}"#
        );
        seen(&[&event]).remove(0)
    };
    let row = |name: &str| format!("2018-05-06T17:44:51Z telnet failed - {name} 203.0.113.7 - 1");
    assert_eq!(login(r#""""#), row(""));
    assert_eq!(login("null"), row("-"));
    assert_eq!(login("666666"), row("666666"));
    assert_eq!(login(r#""\u00e9\ud83d\ude00""#), row("é😀"));
    assert_eq!(login(r#""a\udcff\\udcff\ud800""#), row("a\\xff\\udcff\u{fffd}"));
}

#[test]
fn sessions_cannot_fill_memory() {
    let mut memory = Memory::default();
    for i in 0..3 * SESSIONS {
        let event = serde_json::json!({"session": i.to_string(), "dst_port": 22});
        remember("cowrie.session.connect", event.as_object().unwrap(), &mut memory);
    }
    assert!(memory.young.len() + memory.old.len() <= 2 * SESSIONS);
    assert!(memory.find(&(3 * SESSIONS - 1).to_string()).is_some());
    assert!(memory.find("0").is_none());
}
