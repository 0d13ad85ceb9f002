//! What somebody chose is used: a recipe's own rule, a threshold, a name; and what is said of it is the same everywhere.

use botany_catalog::digits::grouped;
use serde_json::{Value, json};

use super::api::filled;
use super::review::recipe;
use super::server::Server;
use crate::command::Place;

/// Follows the article's recipe; gives what the job says of it.
fn followed(server: &Server, text: &str) -> Value {
    let begun = server.post("/learn/runs", &json!({ "text": text }));
    assert_eq!(begun.status, 200, "{}", begun.text());
    let job = server.ended(&begun.json());
    assert_eq!(job["state"], "done", "{job}");
    job["result"].clone()
}

fn texts<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[name].as_str().unwrap()).collect()
}

fn fact<'a>(known: &'a Value, name: &str) -> &'a Value {
    let all = known["facts"].as_array().unwrap();
    &all.iter().find(|fact| fact["name"] == name).unwrap_or_else(|| panic!("no {name}"))["value"]
}

#[test]
fn a_choice_is_used_wherever_it_counts() {
    let place = Place::new();
    let server = filled(&place);
    let before = server.get("/learn/saving?model=article");
    let said = before["said"].as_str().unwrap();
    assert!(said.contains("an experiment (") && said.contains("article v0001, in force at once"));
    let alone = server.get("/learn/saving?model=");
    assert!(alone["said"].as_str().unwrap().contains("no model: nothing judges by it"));

    let text = recipe() + "\n[watch]\nmodel = \"article\"\n";
    let result = followed(&server, &text);
    assert_eq!((&result["model"], &result["version"]), (&json!("article"), &json!(1)));
    assert!(result["said"].as_str().unwrap().contains("article v0001, which is in force"));
    let experiment = result["experiment"].as_str().unwrap();

    by_the_models_own_rule(&place, &server, experiment);
    one_count_of_log_ins(&place, &server);
    opinions(&place, &server);
    clusters_and_doubts(&server, experiment);
    a_threshold_is_kept(&place, &server, experiment);
}

/// Lists, pages of addresses and counts go by the same rule, and say whose.
fn by_the_models_own_rule(place: &Place, server: &Server, experiment: &str) {
    let usual = server.get("/enrich/threat");
    assert_eq!((&usual["rule"]["asked"], &usual["rule"]["flags"]), (&json!("usual"), &json!("")));
    let own = server.get("/enrich/threat?rule=model:article");
    assert_eq!(own["rule"]["whose"], "the log-in rule of model article@v0001");
    let flags = own["rule"]["flags"].as_str().unwrap();
    let arguments: Vec<&str> =
        ["enrich", "threat"].into_iter().chain(flags.split_whitespace()).collect();
    let told = place.json(&arguments);
    assert_eq!(texts(&own["rows"], "address"), texts(&told, "address"), "{flags}");
    let of_experiment = server.get(&format!("/enrich/threat?rule=experiment:{experiment}"));
    assert_eq!(of_experiment["rows"], own["rows"]);
    let changed = server.get("/enrich/threat?rule=model:article&min_names=2");
    assert_eq!(changed["rule"]["whose"], "the rule chosen here");
    assert_eq!(changed["settings"]["services"], json!(["ssh"]), "the rest is the model's");

    let listed = texts(&usual["rows"], "address");
    let rows = texts(&own["rows"], "address");
    let one = rows.iter().find(|address| !listed.contains(address)).unwrap();
    let path = format!("/enrich/addresses/{one}");
    let by_model = server.get(&format!("{path}?rule=model:article"));
    assert_eq!(by_model["listed"], true, "{by_model}");
    let by_usual = server.get(&path);
    let why = by_usual["why"].as_str().unwrap();
    assert!(
        by_usual["listed"] == false && why.contains("rule asks for 2 names or 2 pairs"),
        "{why}"
    );
    let silent = server.get("/enrich/addresses/192.0.2.1");
    assert!(silent["why"].as_str().unwrap().contains("no log-in"), "{}", silent["why"]);
    let told = place.says(&["enrich", "address", one, "--rule", "model:article"]);
    assert!(told.contains("the log-in rule of model article@v0001"), "{told}");

    let counted = |rule: &str| -> u64 {
        let all = server.get(&format!("/enrich/frequency?by=country&rule={rule}"));
        all["rows"].as_array().unwrap().iter().map(|row| row["listed"].as_u64().unwrap()).sum()
    };
    assert_eq!(counted("model:article"), rows.len() as u64);
    assert_eq!(counted("usual"), listed.len() as u64);

    let list = server.get("/lists/plain?model=article");
    assert_eq!(list["rule"]["asked"], "model:article@v0001");
    let other = server.get("/lists/csv?model=article&rule=usual&at=newest");
    assert_eq!(other["rule"]["asked"], "usual");
    let at = other["at"].as_str().unwrap();
    let out = place.path().join("lists").display().to_string();
    let as_csv = ["watch", "list", "article", "--as", "csv", "--out", &out, "--at", at];
    let told: Vec<&str> = as_csv.into_iter().chain(["--rule", "usual"]).collect();
    let written = place.json(&told);
    assert_eq!(written[0]["entries"], other["entries"]);
    let file = std::fs::read_to_string(written[0]["file"].as_str().unwrap()).unwrap();
    assert_eq!(file, other["files"][0]["text"].as_str().unwrap(), "the command of the page");
    let own = place.json(&as_csv);
    assert_ne!(own[0]["entries"], other["entries"], "another rule lists others");
    for (path, status) in [
        ("/enrich/threat?rule=model:none", 422),
        ("/enrich/threat?rule=mood", 422),
        ("/enrich/addresses/192.0.2.1?rule=experiment:..", 422),
        ("/lists/plain?rule=model:none", 422),
    ] {
        assert_eq!(
            server.send("GET", &format!("/api/v1{path}"), &[], b"").status,
            status,
            "{path}"
        );
    }
}

/// Facts and hours count attempts, however many lines say them; facts stand in the order in which they are read.
fn one_count_of_log_ins(place: &Place, server: &Server) {
    let most = "SELECT src_ip FROM login GROUP BY 1 ORDER BY abs(sum(attempts) - count(*)) DESC, 1 LIMIT 1";
    let one = place.json(&["sql", most])[0]["src_ip"].as_str().unwrap().to_owned();
    let known = server.get(&format!("/enrich/addresses/{one}"));
    let sum =
        format!("SELECT CAST(sum(attempts) AS BIGINT) AS n FROM login WHERE src_ip = '{one}'");
    let attempts = place.number(&sum);
    assert_eq!(fact(&known, "log in attempts").as_u64(), Some(attempts));
    let lines = place.number(&format!("SELECT count(*) AS n FROM login WHERE src_ip = '{one}'"));
    assert!(
        fact(&known, "in lines").as_u64() == Some(lines) && lines != attempts,
        "{lines} {attempts}"
    );
    let list = server.get("/enrich/threat");
    for row in list["rows"].as_array().unwrap().iter().take(5) {
        let one = row["address"].as_str().unwrap();
        let known = server.get(&format!("/enrich/addresses/{one}"));
        let counted = row["attempts"].as_u64().unwrap();
        assert_eq!(
            fact(&known, "attempts with a dictionary name").as_u64(),
            Some(counted),
            "{one}"
        );
        let sum =
            format!("SELECT CAST(sum(attempts) AS BIGINT) AS n FROM login WHERE src_ip = '{one}'");
        let all = place.number(&sum);
        let told = known["log_ins"].as_str().unwrap();
        assert!(told.starts_with(&format!("{} log-in attempt", grouped(all))), "{told}");
        let those = if counted == all { "all".to_owned() } else { grouped(counted) };
        assert!(told.contains(&format!("; {those} of them")), "{told}");
        assert!(place.says(&["enrich", "address", one]).contains("of them"));
    }
    let hours = known["hours"]["rows"].as_array().unwrap();
    let drawn = hours.iter().filter(|row| row[1] == "log-in attempts");
    assert_eq!(drawn.map(|row| row[2].as_u64().unwrap()).sum::<u64>(), attempts);
    let names = texts(&known["facts"], "name");
    let place_of = |name: &str| names.iter().position(|n| *n == name).unwrap();
    assert!(
        place_of("first flow or log in") < place_of("flows")
            && place_of("flows") < place_of("country")
    );
}

/// Every model in force says what it thinks of an address, or why it does not.
fn opinions(place: &Place, server: &Server) {
    let listed = server.get("/enrich/threat?rule=model:article");
    let addresses = texts(&listed["rows"], "address");
    let asked = |address: &str| {
        server.get(&format!("/enrich/addresses/{address}/opinions"))["opinions"][0].clone()
    };
    let opinion =
        addresses.iter().map(|address| asked(address)).find(|one| one["rows"] != 0).unwrap();
    let probability = opinion["probability"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&probability), "{opinion}");
    assert_eq!((&opinion["listed"], &opinion["holds"]), (&json!(true), &json!(probability >= 0.5)));
    let words = opinion["words"].as_str().unwrap();
    assert!(!words.contains("which lists it"), "of 2018 nothing is current: {words}");
    assert_eq!(opinion["current"], false);
    let would =
        words.ends_with("which would list it, but a list as of now holds nothing seen so long ago");
    assert_eq!(would, probability >= 0.5, "{words}");
    assert_eq!((&opinion["model"], &opinion["threshold"]), (&json!("article@v0001"), &json!(0.5)));
    let columns = opinion["told"]["columns"].as_array().unwrap();
    assert!(columns.contains(&json!("cluster_distance")) && columns.contains(&json!("label")));
    let said = opinion["told"]["rows"].as_array().unwrap();
    assert_eq!(said.len() as u64, opinion["rows"].as_u64().unwrap().min(50));
    let none = asked("192.0.2.77");
    assert!(none["probability"].is_null(), "{none}");
    assert!(none["words"].as_str().unwrap().contains("no flow of it that passes its filter"));
    let block = server.get("/enrich/blocks/192.0.2.0%2F24/opinions?model=article");
    assert_eq!((block["opinions"].as_array().unwrap().len(), &block["not_asked"]), (1, &json!(0)));
    let words = block["opinions"][0]["words"].as_str().unwrap();
    assert!(!words.contains("list it"), "a list of addresses holds no block: {words}");
    let held = addresses.iter().find(|address| asked(address)["holds"] == true).unwrap();
    let told = place.says(&["enrich", "address", held]);
    assert!(told.contains("model article") && told.contains("its own rule lists it"), "{told}");
    let block = format!("{}.0%2F24", held.rsplit_once('.').unwrap().0);
    let block = server.get(&format!("/enrich/blocks/{block}/opinions"))["opinions"][0].clone();
    let [all, held] = ["addresses", "held"].map(|name| block[name].as_u64().unwrap());
    assert!(0 < held && held <= all && block["held_now"] == 0, "{block}");
    assert!(block["words"].as_str().unwrap().ends_with("such rows, seen lately"), "{block}");
}

/// What the clusters make of a row is among what the model looks at, and beside its wrong rows; doubts weigh.
fn clusters_and_doubts(server: &Server, experiment: &str) {
    let told = server.get("/models/article");
    let names = texts(&told["inputs"], "name");
    assert!(names.contains(&"cluster_distance"), "{names:?}");
    assert!(told["markdown"].as_str().unwrap().contains("| cluster_distance |"));
    for doubt in told["card"]["doubts"].as_array().unwrap() {
        let severity = doubt["severity"].as_str().unwrap();
        assert!(["fine", "note", "caution", "serious"].contains(&severity), "{doubt}");
    }
    let report = server.get(&format!("/experiments/{experiment}"));
    let caution = |one: &&Value| one["severity"] == "caution" || one["severity"] == "serious";
    let holding = report["doubts"].as_array().unwrap().iter().filter(caution).count();
    let verdict = report["grains"][0]["verdict"].as_str().unwrap();
    assert!(holding > 0 && verdict.contains(&format!("{holding} doubt")), "{verdict}");
    let listed = server.get("/experiments")[0]["doubts"].clone();
    assert_eq!(listed.as_array().unwrap().len(), holding);

    let base = format!("/experiments/{experiment}/rows?split=address&wrong=true");
    let first = server.get(&format!("{base}&limit=5"));
    let columns = first["columns"].as_array().unwrap();
    assert!(columns.contains(&json!("cluster_distance")), "{columns:?}");
    let second = server.get(&format!("{base}&limit=5&offset=5"));
    assert_eq!((&second["offset"], &second["all"]), (&json!(5), &first["all"]));
    let both = server.get(&format!("{base}&limit=10"));
    let rows = |page: &Value| page["rows"].as_array().unwrap().clone();
    assert_eq!([rows(&first), rows(&second)].concat(), rows(&both), "pages follow each other");
}

/// The threshold that was chosen is the model's from then on, until another version has another.
fn a_threshold_is_kept(place: &Place, server: &Server, experiment: &str) {
    let before = server.get(&format!("/learn/saving?experiment={experiment}"));
    assert_eq!(before["model"], "article", "the recipe's name is suggested");
    assert!(before["said"].as_str().unwrap().contains("article v0002"), "{before}");
    let path = format!("/experiments/{experiment}/promote");
    for none in [1.5, 0.0] {
        assert_eq!(server.post(&path, &json!({ "threshold": none })).status, 422, "{none}");
    }
    let saved = server.post(&path, &json!({ "threshold": 0.8125 })).json();
    let said = saved["said"].as_str().unwrap();
    assert!(
        said.contains("article v0002") && said.contains("v0001, in force until then"),
        "{said}"
    );
    assert!(said.contains("from probability 0.8125, chosen"), "{said}");

    let told = server.get("/models/article");
    assert_eq!(
        (&told["threshold"], &told["card"]["experiment"]),
        (&json!(0.8125), &json!(experiment))
    );
    assert!(place.says(&["models", "card", "article"]).contains("from probability 0.8125, chosen"));
    assert!(place.says(&["models", "card", "article@v0001"]).contains("0.5, as nobody chose"));
    let list = server.get("/lists/plain?model=article&model_only=true&at=newest");
    let asked = |threshold: &str| {
        let path = "/lists/plain?model=article&model_only=true&at=newest";
        server.get(&format!("{path}&threshold={threshold}"))
    };
    assert_eq!(list["threshold"], 0.8125);
    assert_eq!(list["entries"], asked("0.8125")["entries"]);
    assert_ne!(list["entries"], asked("0.1")["entries"], "the threshold decides");
    let at = list["at"].as_str().unwrap();
    let printed = place.json(&["watch", "list", "article", "--model-only", "--at", at]);
    assert_eq!(list["entries"].as_u64(), Some(printed.as_array().unwrap().len() as u64));

    the_rows_shown_are_those_it_calls(server, experiment);
    let eve = place.file("eve.json", crate::command::capture("eve.json.zst"));
    let scored = |more: &[&str]| -> (Value, usize) {
        let arguments: Vec<&str> =
            ["score", "article", &eve].into_iter().chain(more.iter().copied()).collect();
        let output = place.run(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let summary = String::from_utf8(output.stderr).unwrap();
        let summary = summary.lines().find(|line| line.starts_with('{')).unwrap().to_owned();
        (serde_json::from_str(&summary).unwrap(), output.stdout.split(|b| *b == b'\n').count())
    };
    let (own, alerts) = scored(&[]);
    assert_eq!(own["threshold"], 0.8125);
    let data = place.data().display().to_string();
    let elsewhere = place.json(&["validate", "article", "--on", &data]);
    assert_eq!(elsewhere["threshold"], 0.8125, "it is judged as it calls");
    let (usual, more) = scored(&["--threshold", "0.5"]);
    assert!(usual["threshold"] == 0.5 && more > alerts, "{more} alerts, {alerts} from 0.8125");
}

/// What the slider shows at a threshold is what the saved model calls: not one digit is lost on the way.
fn the_rows_shown_are_those_it_calls(server: &Server, experiment: &str) {
    let base = format!("/experiments/{experiment}");
    let all = server.get(&format!("{base}/thresholds?split=address"));
    let long = |point: &&Value| {
        let threshold = point["threshold"].as_f64().unwrap();
        threshold < 1.0 && (threshold * 1e4).fract() != 0.0
    };
    let shown = all["points"].as_array().unwrap().iter().rfind(long).unwrap();
    let threshold = &shown["threshold"];
    let body = json!({ "model": "exact", "threshold": threshold });
    assert_eq!(server.post(&format!("{base}/promote"), &body).status, 200);
    let kept = &server.get("/models/exact")["threshold"];
    assert_eq!(kept.as_f64().unwrap().to_bits(), threshold.as_f64().unwrap().to_bits());
    for (cell, (label, called)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        let asked = format!("split=address&threshold={kept}&label={label}&called={called}");
        let rows = server.get(&format!("{base}/rows?{asked}&limit=1"));
        assert_eq!(rows["all"], shown["confusion"][cell], "label {label}, called {called}");
    }
}

/// An attacker's text is no formula in a spreadsheet.
#[test]
fn a_file_for_spreadsheets_holds_no_formula() {
    let place = Place::new();
    let lines: String = ["=1+1", "+1", "-1", "@x", "plain"]
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let event = json!({
                "eventid": "cowrie.login.failed", "username": name, "password": "p", "src_ip": "192.0.2.66",
                "session": format!("s{n}"), "protocol": "ssh", "sensor": "s",
                "timestamp": format!("2026-01-01T00:00:{n:02}.000000Z"),
            });
            format!("{event}\n")
        })
        .collect();
    let log = place.file("cowrie.json", lines);
    place.says(&["collect", &log]);
    let server = Server::over(&place, &[]);
    let path = "/api/v1/sql/download?sql=SELECT+username,+-1+AS+n+FROM+login+ORDER+BY+event_time";
    let csv = server.send("GET", path, &[], b"").text();
    assert_eq!(csv, "username,n\n'=1+1,-1\n'+1,-1\n'-1,-1\n'@x,-1\nplain,-1\n");
    let json = server.send("GET", &format!("{path}&form=json"), &[], b"");
    assert_eq!(json.json()[0]["username"], "=1+1", "{}", json.text());
}

/// Names that came too far apart, and a block whose only guesser is allowed: each is told as it is.
/// A line that is no try of its own names a user all the same, and the rule counts the name.
fn without_an_attempt(place: &Place) {
    let line = |name: &str, port: u32| {
        format!(
            "2026-01-20T00:00:00.000000+00:00 host sshd[{port}]: Connection closed by authenticating user {name} \
             203.0.113.5 port {port} [preauth]\n"
        )
    };
    let log = place.file("auth.log", [line("root", 1000), line("admin", 1001)].concat());
    place.says(&["collect", &log]);
    let told = place.says(&["enrich", "address", "203.0.113.5"]);
    assert!(told.contains("it showed 2 names and 0 pairs"), "{told}");
    assert!(told.contains("0 log-in attempts of any user name, in 2 lines"), "{told}");
    assert!(told.contains("names from lines without an attempt too, 2 lines here"), "{told}");
    let none = place.says(&["enrich", "address", "203.0.113.5", "--dictionary", "article-2016"]);
    assert!(none.contains("none of its 2 lines is what the rule counts"), "{none}");
}

#[test]
fn why_nobody_is_listed_is_told_as_it_is() {
    let place = Place::new();
    let line = |day: u32, source: &str, name: &str| {
        let event = json!({
            "eventid": "cowrie.login.failed", "username": name, "password": "?", "src_ip": source,
            "session": format!("{day}{source}{name}"), "protocol": "ssh", "sensor": "s",
            "timestamp": format!("2026-01-{day:02}T00:00:00.000000Z"),
        });
        format!("{event}\n")
    };
    let lines = [
        line(1, "192.0.2.7", "root"),
        line(9, "192.0.2.7", "admin"),
        line(1, "198.51.100.9", "root"),
        line(1, "198.51.100.9", "admin"),
        line(1, "198.51.100.10", "root"),
    ];
    let log = place.file("cowrie.json", lines.concat());
    place.says(&["collect", &log]);
    let why = |who: &str| {
        let told = place.json(&["enrich", "address", who]);
        let rows = told.as_array().unwrap();
        let of = |what: &str| rows.iter().find(|row| row["what"] == what).unwrap()["value"].clone();
        assert_eq!(of("listed"), if who == "198.51.100.9" { "yes" } else { "no" }, "{told}");
        of("why").as_str().unwrap().to_owned()
    };
    assert!(why("198.51.100.9").contains("2 names"));
    let apart = why("192.0.2.7");
    assert!(
        apart.contains("2 names and 0 pairs") && apart.contains("in all, never enough within 24"),
        "{apart}"
    );
    let few = why("198.51.100.10");
    assert!(few.contains("1 name and 0 pairs") && few.contains("2 pairs within 24 hours"), "{few}");
    let server = Server::over(&place, &[]);
    let own = server.get("/enrich/addresses/198.51.100.10?min_names=1");
    assert_eq!((&own["listed"], &own["rule"]["asked"]), (&json!(true), &json!("")));
    let told = place.json(&["enrich", "address", "198.51.100.10", "--min-names", "1"]);
    assert_eq!(told[0]["value"], "yes", "{told}");
    let one = own["why"].as_str().unwrap();
    assert!(one.starts_with("it showed 1 name and 0 pairs of the dictionary"), "{one}");
    without_an_attempt(&place);
    place.says(&["enrich", "allow", "198.51.100.9", "--reason", "our scanner"]);
    let block = why("198.51.100.0/24");
    assert!(
        block.contains("198.51.100.9 alone showed enough") && block.contains("our scanner"),
        "{block}"
    );
}
