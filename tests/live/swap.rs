//! A version that takes over while pieces of the log are on their way, and what is told to whoever asks how it goes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use botany::run::live::Teller;
use botany::run::live::judge::{Bounds, Judge};
use botany::run::live::logs::Address;
use botany::run::live::watch::{Ask, Orders, Watch};
use botany_collect::Options;
use botany_collect::follow::Begin;
use botany_watch::Metrics;
use serde_json::Value;

use super::*;
use crate::command::{capture, root};

/// The first megabytes of the capture, by whole lines.
fn some(megabytes: usize) -> Vec<u8> {
    let mut all = capture("eve.json.zst");
    let end = all[..megabytes << 20].iter().rposition(|byte| *byte == b'\n').unwrap();
    all.truncate(end + 1);
    all
}

/// The article's recipe, with a model that says the same of every row.
fn dummy() -> String {
    let text = fs::read_to_string(root().join("recipes/article.toml")).unwrap();
    let end = text.find("[learn.classifier.settings]").unwrap();
    let text = text[..end].replace("\"random-forest\"", "\"dummy\"");
    text.replace("restarts = 10", "restarts = 1").replace("sweep = [2, 9]", "sweep = [2, 3]")
        + "[validate]\nsplits = [\"row\"]\ndraws = 10\npermutations = 0\n[watch]\nmodel = \"article\"\n"
}

/// What was judged ahead by the version before is judged again by the one that is in force when it is told.
#[test]
fn what_is_on_its_way_is_told_by_the_version_in_force() {
    let place = place();
    place.says(&["run", &place.file("dummy.toml", dummy())]);
    let load = |name: &str| {
        let name = name.parse().unwrap();
        botany::run::registry(&place.data()).load(&name).unwrap()
    };
    assert_eq!(load("article").card.version, 2);
    let bounds = Bounds { kept: 1000, patience_hours: 1 };
    let teller = Teller::new(Some(0.0), "off".parse().unwrap());
    let judge = Judge::new(load("article@v0001"), &bounds, &[], teller).unwrap();
    let ask = Ask {
        model: "article".parse().unwrap(),
        logs: vec![Address::File(place.file("eve.json", some(6)).into())],
        begin: Begin::Start,
        options: Options { threads: 2, ..Options::default() },
        journal: place.path().join("alerts.json"),
        state: place.path().join("state"),
        data: place.data(),
        once: true,
    };
    let metrics = Arc::new(Metrics::default());
    let mut watch = Watch::open(ask, judge, Arc::clone(&metrics)).unwrap();
    let orders = Orders::default();
    // Looked at after the first piece was told, while others are on their way.
    orders.reload.store(true, Ordering::Relaxed);
    watch.run(&orders, &mut |_| ()).unwrap();
    let text = fs::read_to_string(place.path().join("alerts.json")).unwrap();
    let told: Vec<(u64, String)> = text
        .lines()
        .map(|line| {
            let said = &serde_json::from_str::<Value>(line).unwrap()["botany"];
            (said["version"].as_u64().unwrap(), said["probability"].to_string())
        })
        .collect();
    let first = told.iter().take_while(|(version, _)| *version == 1).count();
    let (before, after) = told.split_at(first);
    assert!(first > 10 && after.len() > 3 * first, "{first} of {}", told.len());
    assert!(
        after.iter().all(|one| *one == after[0] && one.0 == 2),
        "one thing is said of every row"
    );
    assert!(before.iter().any(|(_, said)| *said != before[0].1), "another was said before");
    assert!(metrics.render().contains("\nbotany_model_swaps_total 1\n"));
    assert!(metrics.render().contains("\nbotany_reloads_total 1\n"));
}

/// The status and the body of what an address answers.
fn asked(address: SocketAddr, path: &str) -> Option<(String, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.lines().next()?.to_owned(), body.to_owned()))
}

/// An outlet that fails, and a log that is not there, are trouble once they last.
#[test]
fn health_says_what_has_been_wrong_for_a_minute() {
    let place = place();
    let log = place.file("eve.json", some(2));
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (port, nobody) = (free(), format!("http://{}/alerts", free()));
    let flags = ["--to", &nobody, "--metrics", &port.to_string()];
    let watch =
        Running::start(&place, &[&["article", "--follow", &log, "gone.json"], &flags[..]].concat());
    let begun = Instant::now();
    wait("it answers", || asked(port, "/health").is_some());
    assert_eq!(asked(port, "/health").unwrap().1, "ok\n");
    let mut told = String::new();
    wait("both are told", || {
        let (status, body) = asked(port, "/health").unwrap();
        assert_eq!(status.contains("503"), body != "ok\n", "{status} {body}");
        told = body;
        told.lines().count() == 2
    });
    assert!(begun.elapsed() > Duration::from_secs(55), "a moment is no trouble");
    assert!(told.contains("gone.json: there is no such file (for "), "{told}");
    assert!(told.contains("webhook-127.0.0.1") && told.contains("takes nothing now"), "{told}");
    // A signal is heard: it asks to look, and ends nothing.
    watch.signal("HUP");
    wait("it was heard", || {
        asked(port, "/metrics").unwrap().1.contains("\nbotany_reloads_total 1\n")
    });
    place.file("gone.json", "");
    wait("the log is there", || !asked(port, "/health").unwrap().1.contains("gone.json"));
    watch.stop();
}
