//! What leaves, in the browser: lists as the command line writes them, alerts as they come.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use serde_json::{Value, json};

use super::browser::Browser;
use super::made;
use super::server::Server;
use crate::command::Place;

/// An hour after the last log-in.
const AT: &str = "2026-01-01T13:00:00Z";

const HOSTILE: &str = "<img src=x onerror=window.hit=1>\u{202e}\"'";

/// A line of the journal as live scoring writes it.
fn line(second: u32, source: &str) -> String {
    let alert = json!({
        "timestamp": format!("2026-01-01T12:00:{second:02}.000000+0000"), "event_type": "botany",
        "src_ip": source, "src_port": 40_000, "dest_ip": "192.0.2.1", "dest_port": 22,
        "proto": "TCP", "app_proto": HOSTILE, "host": HOSTILE,
        "botany": { "id": "", "model": "article", "version": 2, "grain": "flow", "probability": 0.93,
            "threshold": 0.5, "contributions": [
                { "feature": "packets_in", "value": 9.0, "contribution": 0.25 },
                { "feature": HOSTILE, "value": HOSTILE, "contribution": -0.125 }],
            "threat": { "usernames": ["root", HOSTILE], "first_seen": "2026-01-01T11:00:00.000000+0000",
                "last_seen": "2026-01-01T11:00:00.000000+0000" } },
    });
    format!("{alert}\n")
}

fn journal(place: &Place, text: &str) {
    let folder = place.data().join("watch/article");
    fs::create_dir_all(&folder).unwrap();
    let file = OpenOptions::new().create(true).append(true).open(folder.join("alerts.json"));
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

fn sources(told: &Value) -> Vec<&str> {
    told["alerts"].as_array().unwrap().iter().map(|a| a["src_ip"].as_str().unwrap()).collect()
}

#[test]
fn every_form_has_the_files_that_the_command_writes() {
    let place = Place::new();
    made::collected(&place, 40);
    let server = Server::over(&place, &[]);
    let folder = place.path().canonicalize().unwrap().join("lists");
    let out = folder.display().to_string();
    let forms = server.get("/lists");
    assert_eq!(forms.as_array().unwrap().len(), botany_watch::outputs::ALL.len());
    for form in forms.as_array().unwrap() {
        let name = form["name"].as_str().unwrap();
        let written = place.json(&["watch", "list", "--as", name, "--out", &out, "--at", AT]);
        let list = server.get(&format!("/lists/{name}?at={AT}&folder={out}"));
        assert_eq!(list["entries"], written[0]["entries"]);
        assert!(list["entries"].as_u64() > Some(0) && list["note"].is_null(), "{list}");
        let files = list["files"].as_array().unwrap();
        assert_eq!(files.len(), written.as_array().unwrap().len(), "{name}");
        for file in files {
            let own = file["name"].as_str().unwrap();
            let there = fs::read_to_string(folder.join(own)).unwrap();
            assert_eq!((file["text"].as_str(), &file["more"]), (Some(&*there), &json!(false)));
            let path = format!("/api/v1/lists/{name}/files/{own}?at={AT}&folder={out}");
            let whole = server.send("GET", &path, &[], b"");
            assert!(whole.head.contains("attachment"), "{}", whole.head);
            assert_eq!(whole.text(), there, "{own}");
        }
    }
    let now = server.get("/lists/iprep?at=now");
    let note = now["note"].as_str().unwrap();
    assert!(now["entries"] == 0 && note.contains("The data ends at 2026-01-0"), "{note}");
    let fetched = server.get("/lists/iprep");
    assert_eq!(fetched["entries"], 0, "a machine that names no moment gets what is current");
    let then = server.get("/lists/iprep?at=newest");
    let moment = |list: &Value, name: &str| -> jiff::Timestamp {
        list[name].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(moment(&then, "at"), moment(&then, "data_ends"), "the newest event");
    assert!(then["note"].is_null() && then["entries"].as_u64() > Some(0), "{then}");
    assert_eq!(then["rule"]["asked"], "usual");
    for (path, status, word) in [
        ("/lists/nothing", 422, "iprep, dataset"),
        ("/lists/iprep?threshold=2", 422, "0 to 1"),
        ("/lists/iprep?at=yesterday", 422, "2018-06-18T16:00:00Z"),
        ("/lists/iprep?model=none", 422, "none"),
        ("/lists/iprep?model_only=true", 422, "name a model"),
        ("/lists/iprep?folder=here", 422, "from `/` on"),
        ("/lists/iprep?folder=/a%22b", 422, "choose a folder"),
        ("/lists/iprep/files/..%2fx", 404, "/lists/iprep"),
    ] {
        let answer = server.send("GET", &format!("/api/v1{path}"), &[], b"");
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(word), "{path}: {}", answer.text());
    }
}

#[test]
fn the_last_alerts_come_from_the_end_of_the_journal() {
    let place = Place::new();
    let server = Server::over(&place, &[]);
    assert_eq!(server.get("/alerts"), json!([]));
    let lines = [line(1, "192.0.2.7"), line(2, "192.0.2.8"), line(3, "192.0.2.9")].concat();
    journal(&place, &lines);
    journal(&place, line(4, "192.0.2.10").trim_end());
    fs::create_dir_all(place.data().join("watch/no model")).unwrap();
    fs::write(place.data().join("watch/no model/alerts.json"), line(1, "192.0.2.66")).unwrap();
    fs::write(place.data().join("alerts.json"), line(1, "192.0.2.66")).unwrap();

    let all = server.get("/alerts");
    assert_eq!((all.as_array().unwrap().len(), &all[0]["model"]), (1, &json!("article")));
    assert_eq!(all[0]["lines"], 3, "a torn line is none");
    assert_eq!(all[0]["last"], "2026-01-01T12:00:03.000000+0000");
    let told = server.get("/alerts/article");
    assert_eq!(sources(&told), ["192.0.2.9", "192.0.2.8", "192.0.2.7"]);
    assert_eq!((&told["more"], &told["damaged"]), (&json!(false), &json!(0)));
    assert_eq!(told["alerts"][0]["botany"]["threat"]["usernames"][1], HOSTILE);
    let two = server.get("/alerts/article?last=2");
    assert_eq!((sources(&two), &two["more"]), (vec!["192.0.2.9", "192.0.2.8"], &json!(true)));
    journal(&place, "\nno alert\n");
    let told = server.get("/alerts/article@v0002?last=2");
    assert_eq!((sources(&told), &told["damaged"]), (vec!["192.0.2.10"], &json!(1)));

    for (name, status) in
        [("none", 404), ("..", 422), ("..%2f..", 422), ("no%20model", 422), ("%2e%2e%2f", 422)]
    {
        let answer = server.send("GET", &format!("/api/v1/alerts/{name}"), &[], b"");
        assert!(!answer.text().contains("192.0.2.66"), "{name}");
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
}

#[test]
fn alerts_are_seen_as_they_come_and_run_nothing() {
    let place = Place::new();
    made::collected(&place, 40);
    let server = Server::over(&place, &[]);
    let browser = Browser::open(800, false);
    browser.go(&server.page("/watch/alerts"));
    browser.find("main:not([aria-busy]) a[href='/learn/prediction']");
    assert!(browser.text("main").contains("No model is in force yet"));

    journal(&place, &line(1, "192.0.2.7"));
    browser.go(&server.page("/watch"));
    browser.click("main a[href='/watch/alerts/article']");
    browser.find("#alerts table");
    journal(&place, &line(2, "192.0.2.8").replace("-0.125", "-0.001"));
    browser.until("document.querySelector('#alerts tbody tr').innerText.includes('192.0.2.8')");
    let none: Value = serde_json::from_str(&line(3, "192.0.2.8")).unwrap();
    let none = none.to_string().replace("\"contributions\":[{", "\"left_out\":[{");
    journal(&place, &format!("{none}\n"));
    browser.until(
        "document.querySelector('#alerts tbody tr').innerText.includes('no feature by itself')",
    );
    let seen = browser.text("#alerts");
    for word in [
        "packets_in 9 raises it by 0.25",
        "lowers it by 0.13",
        "lowers it by less than 0.01",
        "<img src=x onerror=window.hit=1>",
        "time UTC",
        "threshold",
    ] {
        assert!(seen.contains(word), "{word}: {seen}");
    }
    assert!(
        seen.contains("\\u202e") && !seen.contains('\u{202e}'),
        "nothing is turned around: {seen}"
    );
    assert_eq!(browser.run("return window.hit ?? null"), json!(null));
    let wide = "return document.documentElement.scrollWidth - innerWidth";
    assert!(browser.run(wide).as_i64().unwrap() <= 0, "too wide");
    browser.picture("alerts-800-light");
    browser.click("#alerts a[href='/enrich/address/192.0.2.8']");
    browser.until("document.querySelector('h1').innerText === '192.0.2.8'");

    browser.go(&server.page(&format!("/watch/lists?form=iprep&at={AT}")));
    browser.find("main:not([aria-busy]) .leaves");
    let list = server.get(&format!("/lists/iprep?at={AT}"));
    let first = list["files"][0]["text"].as_str().unwrap().lines().next().unwrap();
    assert!(browser.text("main .leaves").contains(first), "{first}");
    assert!(browser.run(wide).as_i64().unwrap() <= 0, "too wide");
    browser.picture("lists-800-light");
    browser.was_well_behaved(&server.address);
}
