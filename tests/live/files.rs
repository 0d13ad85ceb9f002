use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use super::*;
use crate::command::capture;

const OFF: [&str; 2] = ["--throttle", "off"];

/// The capture's events, cut into parts of whole lines.
fn parts(count: usize) -> Vec<Vec<u8>> {
    let all = capture("eve.json.zst");
    let lines: Vec<&[u8]> = all.split_inclusive(|byte| *byte == b'\n').collect();
    lines.chunks(lines.len().div_ceil(count)).map(<[&[u8]]>::concat).collect()
}

fn append(place: &Place, bytes: &[u8]) {
    let path = place.path().join("eve.json");
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn journal(place: &Place, model: &str) -> PathBuf {
    place.data().join("watch").join(model).join("alerts.json")
}

#[test]
fn rotations_and_crashes_change_nothing_of_what_is_told() {
    let place = place();
    let whole = place.file("whole.json", capture("eve.json.zst"));
    for throttle in [OFF, ["--throttle", "2/1h"]] {
        let expected = scored(&place, "article", &[&whole], &throttle);
        assert!(expected.len() > 100, "{}", expected.len());
        let state = format!("state-{}", throttle[1].replace('/', "-"));
        let told = place.path().join(&state).join("alerts.json");
        let arguments =
            [&["article", "--follow", "eve.json", "--state", &state], &throttle[..]].concat();
        let path = place.path().join("eve.json");
        append(&place, b"");
        let mut watch = Running::start(&place, &arguments);
        for (n, part) in parts(6).into_iter().enumerate() {
            // The line is cut where the writer was interrupted.
            let (front, rest) = part.split_at(part.len() - 100);
            append(&place, front);
            let before = lines(&told).len();
            wait("something of the part is told", || lines(&told).len() > before);
            watch.kill();
            append(&place, rest);
            match n {
                1 | 2 => fs::rename(&path, place.path().join(format!("eve.json.{n}"))).unwrap(),
                4 => {
                    fs::copy(&path, place.path().join("eve.json.3")).unwrap();
                    File::create(&path).unwrap();
                }
                _ => {}
            }
            watch = Running::start(&place, &arguments);
        }
        wait("all is told", || lines(&told).len() >= expected.len());
        watch.stop();
        place.says(&[&["watch"], &arguments[..], &["--once"]].concat());
        assert!(
            lines(&told) == expected,
            "{}: {} of {}",
            throttle[1],
            lines(&told).len(),
            expected.len()
        );
        for file in ["eve.json", "eve.json.1", "eve.json.2", "eve.json.3"] {
            fs::remove_file(place.path().join(file)).unwrap();
        }
    }
}

#[test]
fn what_was_sent_before_the_end_is_told() {
    let place = place();
    let whole = place.file("whole.json", capture("eve.json.zst"));
    let expected = scored(&place, "article", &[&whole], &OFF);
    let socket = place.path().join("eve.sock");
    let listen = format!("unix:{}", socket.display());
    let arguments = [&["article", "--listen", &listen, "--state", "sent"], &OFF[..]].concat();
    let watch = Running::start(&place, &arguments);
    wait("the socket is there", || socket.exists());
    UnixStream::connect(&socket).unwrap().write_all(&capture("eve.json.zst")).unwrap();
    watch.stop();
    assert!(expected.len() > 100 && lines(&place.path().join("sent/alerts.json")) == expected);
}

#[test]
fn open_windows_survive_a_crash() {
    let place = place();
    let whole = place.file("whole.json", capture("eve.json.zst"));
    place.says(
        &[&["watch", "population", "--follow", &whole, "--once", "--state", "at-once"], &OFF[..]]
            .concat(),
    );
    let expected = lines(&place.path().join("at-once/alerts.json"));
    assert!(expected.len() > 20, "{}", expected.len());
    // What is over at the last line is told; scoring tells what is still open as well.
    let scored = scored(&place, "population", &[&whole], &OFF);
    assert!(scored.len() > expected.len() && expected.iter().all(|line| scored.contains(line)));

    let arguments = [&["population", "--follow", "eve.json"], &OFF[..]].concat();
    for (n, part) in parts(5).iter().enumerate() {
        append(&place, part);
        if n % 2 == 0 {
            let watch = Running::start(&place, &arguments);
            let bookmark = place.data().join("watch/population/bookmark.json");
            let read = || {
                let text = fs::read_to_string(&bookmark).unwrap_or_default();
                let written = fs::metadata(place.path().join("eve.json")).unwrap().len();
                text.contains(&format!("\"offset\":{written},"))
            };
            wait("the part is read", read);
            watch.kill();
        } else {
            place.says(&[&["watch"], &arguments[..], &["--once"]].concat());
        }
    }
    assert!(lines(&journal(&place, "population")) == expected);
}

#[test]
fn windows_judged_live_are_the_profiles_the_model_was_judged_on() {
    let place = place();
    let whole = place.file("whole.json", capture("eve.json.zst"));
    // The capture is a re-enactment: its flows were written weeks after they began, by its own clock.
    let flags = ["--threshold", "0", "--throttle", "off", "--patience", "100000"];
    let said = scored(&place, "population", &[&whole], &flags);
    let windows = "SELECT count(*) FROM (SELECT DISTINCT src_ip, date_bin(INTERVAL '24 hours', event_time) \
                   FROM flow WHERE dest_port = 22)";
    assert_eq!(said.len() as u64, place.number(windows));
}

#[test]
fn a_new_version_takes_over_and_an_allowed_address_is_not_told_of() {
    let place = place();
    let [first, second]: [Vec<u8>; 2] = parts(2).try_into().unwrap();
    append(&place, &first);
    let watch = Running::start(
        &place,
        &["article", "--follow", "eve.json", "--throttle", "off", "--metrics", "127.0.0.1:0"],
    );
    let told = journal(&place, "article");
    wait("the first part is told", || lines(&told).len() > 10);
    let busiest = |lines: &[String]| -> String {
        let line: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
        line["src_ip"].as_str().unwrap().to_owned()
    };
    let address = busiest(&lines(&told));
    place.says(&["enrich", "allow", &address, "--reason", "known"]);
    // The same model once more: version 2.
    let models = place.data().join("models/article");
    assert!(
        Command::new("cp")
            .arg("-r")
            .arg(models.join("v0001"))
            .arg(models.join("v0002"))
            .status()
            .unwrap()
            .success()
    );
    let card = models.join("v0002/report.json");
    let text = fs::read_to_string(&card).unwrap().replace("\"version\": 1", "\"version\": 2");
    fs::write(card, text).unwrap();
    fs::write(models.join("CURRENT"), "v0002\n").unwrap();
    watch.signal("HUP");
    let before = lines(&told).len();
    thread::park_timeout(Duration::from_millis(1500));
    append(&place, &second);
    wait("the second part is told", || lines(&told).len() > before + 10);
    watch.stop();
    let after: Vec<String> =
        lines(&told).into_iter().filter(|l| l.contains("\"version\":2")).collect();
    assert!(after.len() > 10, "{}", after.len());
    assert!(!after.iter().any(|line| line.contains(&format!("\"src_ip\":\"{address}\""))));
}

#[test]
fn followed_log_ins_extend_the_list_and_numbers_can_be_asked_for() {
    let place = place();
    // A directory that knows the model, and nobody.
    fs::remove_dir_all(place.data().join("tables")).unwrap();
    fs::create_dir(place.data().join("tables")).unwrap();
    let logins = place.file("auth.log", capture("auth.log.zst"));
    place.file("eve.json", capture("eve.json.zst"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let arguments = [
        "article",
        "--follow",
        &logins,
        "eve.json",
        "--year",
        "2018",
        "--metrics",
        &port.to_string(),
    ];
    let watch = Running::start(&place, &arguments);
    let told = journal(&place, "article");
    wait("a listed source is told of", || {
        lines(&told).iter().any(|line| line.contains("\"threat\":{\"usernames\":["))
    });
    let mut page = String::new();
    wait("the page says that all was read", || {
        let Ok(mut stream) = TcpStream::connect(port) else { return false };
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
        page.clear();
        stream.read_to_string(&mut page).unwrap();
        page.contains("botany_scored_total 10636") && page.contains("botany_lag_bytes 0")
    });
    let alerts = format!("botany_alerts_total {}", lines(&told).len());
    assert!(page.contains(&alerts), "{alerts} {page}");
    assert!(page.contains("botany_events_total{type=\"flow\"} 13301"), "{page}");
    watch.stop();
}

#[test]
fn what_cannot_be_watched_is_refused_with_a_next_step() {
    let place = place();
    place.file("eve.json", "");
    for (arguments, words) in [
        (vec!["article"], "--follow"),
        (vec!["artcle", "--follow", "eve.json"], "no model `artcle`"),
        (vec!["article", "--follow", "eve.json", "--threshold", "7"], "0 to 1"),
        (vec!["article", "--follow", "eve.json", "--metrics", "192.0.2.1:1"], "another address"),
    ] {
        let (_, message) = place.fails(&[&["watch"], &arguments[..]].concat());
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
    let watch = Running::start(&place, &["article", "--follow", "eve.json"]);
    wait("the first watch is at work", || journal(&place, "article").exists());
    let (_, message) = place.fails(&["watch", "article", "--follow", "eve.json", "--once"]);
    assert!(message.contains("another `botany watch`"), "{message}");
    watch.stop();
}
