//! The API, asked as a program asks it.

use serde_json::json;

use super::server::Server;
use crate::command::{Place, capture, root};

/// The bundled capture, sent as a browser sends files.
pub fn filled(place: &Place) -> Server {
    let server = Server::over(place, &[]);
    for name in ["auth.log", "cowrie.json", "eve.json"] {
        // The stamps of the sshd log name no year.
        let path = format!("/api/v1/collect/uploads/{name}?year=2018");
        let answer = server.send("PUT", &path, &[], &capture(&format!("{name}.zst")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let job = server.ended(&answer.json());
        assert_eq!(job["state"], "done", "{job}");
    }
    server
}

#[test]
fn the_api_says_what_the_command_line_says() {
    let place = Place::new();
    let server = filled(&place);
    let collected = server.get("/collect");
    assert_eq!(collected["reconciles"], true);
    assert_eq!(
        collected["stored"]["flow"].as_u64(),
        Some(place.number("SELECT count(*) FROM flow"))
    );

    let threat = server.get("/enrich/threat?min_names=1&services=telnet");
    let told = place.json(&["enrich", "threat", "--min-names", "1", "--services", "telnet"]);
    let rows = threat["rows"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.len() == told.as_array().unwrap().len());
    for (row, told) in rows.iter().zip(told.as_array().unwrap()) {
        assert_eq!((&row["address"], &row["score"]), (&told["address"], &told["score"]));
    }
    let one = rows[0]["address"].as_str().unwrap();
    let known = server.get(&format!("/enrich/addresses/{one}"));
    assert_eq!(known["listed"], true);
    let allowed =
        server.post("/enrich/allowed", &json!({ "network": one, "reason": "our scanner" }));
    assert_eq!((allowed.status, allowed.json()[0]["reason"].clone()), (200, json!("our scanner")));
    let left = server.get("/enrich/threat?min_names=1&services=telnet");
    assert_eq!(left["rows"].as_array().unwrap().len(), rows.len() - 1);
    assert_eq!(place.json(&["enrich", "allowed"])[0]["reason"], "our scanner");
    assert_eq!(server.post("/enrich/allowed", &json!({ "network": one })).status, 422);
    place.says(&["enrich", "allow", one, "--remove"]);
    let again = server.get("/enrich/threat?min_names=1&services=telnet");
    assert_eq!(again["rows"], threat["rows"]);
    let countries = server.get("/enrich/frequency?by=country");
    let told = place.json(&["enrich", "frequency", "--by", "country"]);
    assert_eq!(countries["rows"][0]["addresses"], told[0]["addresses"]);

    let sql = json!({ "sql": "SELECT src_ip, count(*) AS n FROM flow GROUP BY 1 ORDER BY 2 DESC, 1", "limit": 3 });
    let answer = server.post("/sql", &sql).json();
    assert_eq!(
        (answer["columns"].clone(), answer["more"].clone()),
        (json!(["src_ip", "n"]), json!(true))
    );
    assert_eq!(answer["rows"].as_array().unwrap().len(), 3);
    let csv = server.send("GET", "/api/v1/sql/download?sql=SELECT+1+AS+one", &[], b"");
    assert_eq!(csv.text(), "one\n1\n");
}

#[test]
fn what_cannot_be_done_is_told_with_a_hint_and_never_breaks() {
    let place = Place::new();
    let server = Server::over(&place, &[]);
    for (sql, word) in [
        ("DROP TABLE flow", "read-only"),
        ("SELECT nothing FROM flow", "no column `nothing`"),
        ("SELECT * FROM '/etc/passwd'", "no table"),
        ("COPY (SELECT 1) TO '/tmp/x.csv'", "not allowed"),
        ("SELEC", ""),
    ] {
        let answer = server.post("/sql", &json!({ "sql": sql }));
        assert_eq!(answer.status, 422, "{sql}: {}", answer.text());
        assert!(
            answer.json()["message"].as_str().unwrap().contains(word),
            "{sql}: {}",
            answer.text()
        );
    }
    let answer = server.post("/sql", &json!({ "sql": "SELECT packetsin FROM flow" })).json();
    assert!(answer["message"].as_str().unwrap().contains("did you mean `packets_in`"), "{answer}");
    assert!(answer["instead"].as_str().unwrap().contains("packets_out, "), "{answer}");
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/jobs/7", 404),
        ("GET", "/api/v1/experiments/..%2f..", 404),
        ("GET", "/api/v1/enrich/addresses/nobody", 422),
        ("GET", "/api/v1/enrich/threat?dictionary=/etc/passwd", 422),
        ("GET", "/api/v1/enrich/frequency?by=mood", 422),
        ("GET", "/api/v1/models/none", 422),
        ("PUT", "/api/v1/collect/uploads/..%2fx", 422),
        ("GET", "/nothing.js", 404),
    ] {
        let answer = server.send(method, path, &[], b"");
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.json()["kind"].is_string(), "{path}");
    }
    for (method, path, headers, body, status) in [
        ("POST", "/api/v1/sql", &["Content-Type: application/json"][..], &b"{"[..], 422),
        ("POST", "/api/v1/sql", &[], b"{}", 422),
        ("POST", "/api/v1/about", &[], b"", 405),
        ("GET", "/api/v1/jobs/abc", &[], b"", 422),
        ("PUT", "/api/v1/collect/uploads/x?year=abc", &[], b"", 422),
    ] {
        let answer = server.send(method, path, headers, body);
        assert!(
            answer.status == status && answer.json()["hint"].is_string(),
            "{method} {path}: {}",
            answer.text()
        );
    }
    for terms in [1_000, 4_000, 100_000] {
        let deep = format!("SELECT 1{}", "+1".repeat(terms));
        let answer = server.post("/sql", &json!({ "sql": deep }));
        assert!([200, 422].contains(&answer.status), "{terms} terms: {}", answer.text());
    }
    let wide = json!({ "sql": "SELECT repeat('x', 100000) FROM generate_series(1, 10000)", "limit": 10000 });
    let answer = server.post("/sql", &wide);
    assert!(answer.status == 422 && answer.text().contains("256 MiB"), "{}", answer.text());
    let patient = "[learn]\nsample = 100000000";
    let recipe = std::fs::read_to_string(root().join("recipes/article.toml")).unwrap();
    let recipe = recipe.replace("[learn]\nsample = 50000", patient);
    let answer = server.post("/learn/runs", &json!({ "text": recipe }));
    assert!(answer.status == 422 && answer.text().contains("learn.sample"), "{}", answer.text());
    for path in [place.file("x.log", ""), "/etc/pass*".to_owned(), "/".to_owned(), "-".to_owned()] {
        let elsewhere = server.post("/collect", &json!({ "paths": [path] }));
        assert_eq!(elsewhere.status, 403, "{}", elsewhere.text());
        assert!(!elsewhere.text().contains("passwd"), "nothing is told of what lies there");
    }
    let recipe = server.post("/learn/runs", &json!({ "text": "name = 7" }));
    assert_eq!(recipe.status, 422, "{}", recipe.text());
}

#[test]
fn other_sites_and_other_names_are_refused() {
    let place = Place::new();
    let server = Server::over(&place, &[]);
    let rebound = server.send("GET", "/api/v1/about", &["Host: evil.example"], b"");
    assert_eq!(rebound.status, 403);
    let read = server.send("GET", "/api/v1/about", &["Sec-Fetch-Site: cross-site"], b"");
    assert_eq!(read.status, 403);
    for line in ["Sec-Fetch-Site: cross-site", "Origin: http://evil.example"] {
        let headers = [line, "Content-Type: application/json"];
        let answer = server.send("POST", "/api/v1/sql", &headers, br#"{"sql":"SELECT 1"}"#);
        assert_eq!(answer.status, 403, "{line}");
    }
    let page = server.send("GET", "/enrich/address/192.0.2.7", &[], b"");
    assert!(
        page.head.contains("default-src 'none'") && page.head.contains("frame-ancestors 'none'")
    );
}

#[test]
fn beyond_this_machine_a_token_is_needed() {
    let place = Place::new();
    let (code, why) = place.fails(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(code == 3 && why.contains("--token-file"), "{why}");
    let token = "abcdefgh12345678";
    let file = place.file("token", token);
    let server = Server::over(&place, &["--token-file", &file]);
    let asked = |headers: &[&str]| server.send("GET", "/api/v1/about", headers, b"").status;
    assert_eq!(asked(&[]), 401);
    assert_eq!(asked(&["Authorization: Bearer abcdefgh12345679"]), 401);
    assert_eq!(asked(&["Authorization: Bearer abcdefgh12345678"]), 200);
    assert_eq!(server.send("GET", "/login", &[], b"").status, 200);
    assert_eq!(server.post("/login", &json!({ "token": "no" })).status, 401);
    let answer = server.post("/login", &json!({ "token": token }));
    assert!(
        answer.status == 204 && answer.head.contains("httponly; samesite=strict"),
        "{}",
        answer.head
    );
    assert_eq!(asked(&["Cookie: botany-token=abcdefgh12345678"]), 200);
}

#[test]
fn the_document_describes_every_path_and_its_answers() {
    let place = Place::new();
    let server = Server::over(&place, &[]);
    let document = server.get("/openapi.json");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 20, "{}", paths.len());
    for (path, methods) in paths {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(operation["responses"].as_object().is_some_and(|r| !r.is_empty()), "{path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let within = path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
                assert_eq!(parameter["in"] == "path", within, "{path}: {parameter}");
            }
        }
    }
}

#[test]
fn many_ask_while_a_recipe_is_followed() {
    let place = Place::new();
    let server = filled(&place);
    let text = std::fs::read_to_string(root().join("recipes/population.toml")).unwrap();
    let begun = server.post("/learn/runs", &json!({ "text": text })).json();
    std::thread::scope(|scope| {
        for n in 0..64 {
            let server = &server;
            scope.spawn(move || {
                let paths = ["/collect", "/enrich/frequency?by=day", "/learn/features", "/jobs"];
                server.get(paths[n % paths.len()]);
                let sql = json!({ "sql": "SELECT count(DISTINCT src_ip) FROM flow" });
                assert_eq!(server.post("/sql", &sql).status, 200);
            });
        }
    });
    let job = server.ended(&begun);
    assert_eq!(job["state"], "done", "{job}");
    let beside = server.get("/models/population");
    let alone = Place::new();
    let quiet = filled(&alone);
    assert_eq!(
        quiet.ended(&quiet.post("/learn/runs", &json!({ "text": text })).json())["state"],
        "done"
    );
    let alone = quiet.get("/models/population");
    for part in ["evaluations", "sample_hash", "class_counts"] {
        assert_eq!(beside["card"][part], alone["card"][part], "{part}");
    }
}
