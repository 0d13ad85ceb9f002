//! From several algorithms to one in the registry: leaderboard, rows and thresholds, side by side, promotion.

use std::fs;

use serde_json::{Value, json};

use super::api::filled;
use super::server::Server;
use crate::command::{Place, capture, root};

/// The article's recipe, judged by two splits and few draws.
pub fn recipe() -> String {
    let text = fs::read_to_string(root().join("recipes/article.toml")).unwrap();
    let begin = text.find("# The label is a choice").unwrap();
    text[..begin]
        .replace(
            "splits = [\"row\", \"address\", \"block\", \"time\"]",
            "splits = [\"row\", \"address\"]",
        )
        .replace("draws = 1000 ", "draws = 100 ")
        .replace("permutations = 3", "permutations = 0")
        .replace("sweep = [2, 9]", "sweep = [2, 3]")
        .replace("dictionary = \"article-2016\"", "dictionary = \"mirai\"")
}

fn done(server: &Server, path: &str, body: &Value) -> Value {
    let begun = server.post(path, body);
    assert_eq!(begun.status, 200, "{path}: {}", begun.text());
    let job = server.ended(&begun.json());
    assert_eq!(job["state"], "done", "{job}");
    job["result"].clone()
}

/// Everything of a board but the clock's.
fn timeless(board: &Value) -> Value {
    let mut board = board.clone();
    for standing in board["standings"].as_array_mut().unwrap() {
        standing["fit_seconds"] = json!(0);
    }
    board
}

fn metric(list: &Value, name: &str) -> Value {
    let all = list.as_array().unwrap();
    let found = all.iter().find(|m| m["metric"] == name || m["name"] == name).unwrap();
    found.get("estimate").unwrap_or(found)["value"].clone()
}

#[test]
fn several_algorithms_are_compared_and_one_is_kept() {
    let place = Place::new();
    let server = filled(&place);
    let text = recipe();
    for (candidates, word) in [
        (json!([]), "1 to 12"),
        (json!([{ "algorithm": "oracle" }]), "random-forest"),
        (json!([{ "algorithm": "naive-bayes", "settings": { "mood": 1 } }]), "mood"),
        (json!([{ "algorithm": "dummy" }, { "algorithm": "dummy" }]), "twice"),
    ] {
        let body = json!({ "text": text, "candidates": candidates });
        let answer = server.post("/learn/comparisons", &body);
        assert!(answer.status == 422 && answer.text().contains(word), "{}", answer.text());
    }
    let candidates = json!([
        { "algorithm": "naive-bayes" },
        { "algorithm": "random-forest", "settings": { "n_estimators": 20, "class_weight": "balanced" } },
    ]);
    let found =
        done(&server, "/learn/comparisons", &json!({ "text": text, "candidates": candidates }));
    let id = found["comparison"].as_str().unwrap();
    let board = server.get(&format!("/learn/comparisons/{id}"));
    let mine = place.file("mine.toml", &text);
    let forest = "random-forest:n_estimators=20,class_weight=balanced";
    let told = place.json(&[
        "learn",
        "compare",
        &mine,
        "--algorithm",
        "naive-bayes",
        "--algorithm",
        forest,
    ]);
    assert_eq!(timeless(&board), timeless(&told), "the command line says the same");

    let standings = board["standings"].as_array().unwrap();
    assert_eq!((standings.len(), &board["ranked_by_split"]), (2, &json!("address")));
    let ranks: Vec<f64> = standings
        .iter()
        .map(|one| metric(&one["splits"][1]["metrics"], "average_precision").as_f64().unwrap())
        .collect();
    assert!(ranks[0] >= ranks[1], "{ranks:?}");
    for standing in standings {
        assert!(standing["verdict"].as_str().unwrap().contains("than the baseline"), "{standing}");
        for one in standing["splits"].as_array().unwrap() {
            for name in ["f1", "recall", "precision", "average_precision"] {
                let all = one["metrics"].as_array().unwrap();
                let metric = all.iter().find(|m| m["metric"] == name).unwrap();
                assert!(metric["baseline"].is_f64() || name == "precision", "{metric}");
            }
        }
    }

    // Another server over the same directory has it as well.
    let again = Server::over(&place, &[]);
    assert_eq!(again.get(&format!("/learn/comparisons/{id}")), board);
    assert_eq!(again.get("/learn/comparisons")[0]["id"], id);
    drop(again);
    let strange = server.send("GET", "/api/v1/learn/comparisons/..%2f..%2fallowed", &[], b"");
    assert_eq!(strange.status, 404);

    // Kept ones are experiments like any other, and say what the board said.
    let keep = format!("/learn/comparisons/{id}/keep");
    assert_eq!(server.post(&keep, &json!({ "name": "oracle" })).status, 422);
    let mut kept = Vec::new();
    for standing in standings {
        let name = standing["name"].clone();
        let model = if kept.is_empty() { "kept" } else { "" };
        let result = done(&server, &keep, &json!({ "name": name, "model": model }));
        let experiment = result["experiment"].as_str().unwrap().to_owned();
        let report = server.get(&format!("/experiments/{experiment}"));
        let by_address = &report["grains"][0]["evaluations"][1];
        assert_eq!(by_address["split"], "address");
        for name in ["f1", "average_precision"] {
            let there = metric(&standing["splits"][1]["metrics"], name);
            assert_eq!(metric(&by_address["metrics"], name), there, "{name}");
        }
        kept.push(experiment);
    }
    assert_eq!(server.get("/models")[0]["name"], "kept");

    rows_and_thresholds(&server, &kept[0]);
    side_by_side(&server, &place, &kept);
}

fn rows_and_thresholds(server: &Server, experiment: &str) {
    let report = server.get(&format!("/experiments/{experiment}"));
    for evaluation in report["grains"][0]["evaluations"].as_array().unwrap() {
        let split = evaluation["split"].as_str().unwrap();
        let base = format!("/experiments/{experiment}");
        let found = server.get(&format!("{base}/thresholds?split={split}"));
        let points = found["points"].as_array().unwrap();
        let threshold = |point: &Value| point["threshold"].as_f64().unwrap();
        assert!(points.windows(2).all(|two| threshold(&two[0]) > threshold(&two[1])), "they fall");
        let at = points.iter().rfind(|point| threshold(point) >= 0.5).unwrap();
        let confusion = evaluation["confusion"].as_array().unwrap();
        let cells: Vec<&Value> = confusion.iter().flat_map(|row| row.as_array().unwrap()).collect();
        assert_eq!(
            at["confusion"].as_array().unwrap().iter().collect::<Vec<_>>(),
            cells,
            "{split}"
        );
        let precision = metric(&evaluation["metrics"], "precision");
        assert_eq!(at["precision"], precision, "{split}");
        let called = cells[1].as_f64().unwrap() + cells[3].as_f64().unwrap();
        let per_day = called / found["days"].as_f64().unwrap();
        assert!((at["alerts_per_day"].as_f64().unwrap() - per_day).abs() < 1e-9, "{at}");

        for (at, cell) in cells.iter().enumerate() {
            let asked =
                format!("{base}/rows?split={split}&label={}&called={}&limit=3", at / 2, at % 2);
            let rows = server.get(&asked);
            assert_eq!(&rows["all"], *cell, "{asked}");
            let column = |name: &str| {
                let columns = rows["columns"].as_array().unwrap();
                columns.iter().position(|column| column == name).unwrap()
            };
            for row in rows["rows"].as_array().unwrap() {
                assert_eq!(row[column("is_mirai")], json!(at / 2));
                assert_eq!(row[column("probability")].as_f64().unwrap() >= 0.5, at % 2 == 1);
            }
        }
        let wrong = server.get(&format!("{base}/rows?split={split}&wrong=true"))["all"].as_u64();
        assert_eq!(wrong, Some(cells[1].as_u64().unwrap() + cells[2].as_u64().unwrap()));
        let file = format!("/api/v1{base}/rows?split={split}&wrong=true&limit=100000&form=csv");
        let lines = server.send("GET", &file, &[], b"").text().lines().count() as u64;
        assert_eq!(Some(lines - 1), wrong, "the file holds every wrong row");
    }
    for (path, status) in [
        ("rows?split=mood", 422),
        ("rows?split=address&threshold=NaN", 422),
        ("rows", 422),
        ("thresholds?split=mood", 422),
    ] {
        let answer =
            server.send("GET", &format!("/api/v1/experiments/{experiment}/{path}"), &[], b"");
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

fn side_by_side(server: &Server, place: &Place, kept: &[String]) {
    let [first, second] = [&kept[0], &kept[1]];
    let both = server.get(&format!("/experiments/{first}/against?with={second}"));
    let keys: Vec<&str> =
        both["recipe"].as_array().unwrap().iter().map(|d| d["key"].as_str().unwrap()).collect();
    assert!(
        keys.contains(&"learn.classifier.algorithm") && keys.contains(&"watch.model"),
        "{keys:?}"
    );
    assert!(!keys.contains(&"enrich.grain"), "{keys:?}");
    assert!(both["features"].as_array().unwrap().iter().all(|f| f["first"] == f["second"]));
    let f1 = both["metrics"].as_array().unwrap();
    let f1 = f1.iter().find(|m| m["metric"] == "f1" && m["split"] == "address").unwrap();
    assert!(f1["first"].is_f64() && f1["second"].is_f64() && f1["overlap"].is_boolean(), "{f1}");
    let missing =
        server.send("GET", &format!("/api/v1/experiments/{first}/against?with=x"), &[], b"");
    assert_eq!(missing.status, 404);

    // Both become versions of one model, with the evaluations they had.
    for (at, experiment) in kept.iter().enumerate() {
        let path = format!("/experiments/{experiment}/promote");
        assert_eq!(server.post(&path, &json!({ "model": "../x" })).status, 422);
        let stored = server.post(&path, &json!({ "model": "chosen" }));
        assert_eq!((stored.status, stored.json()["version"].clone()), (200, json!(at + 1)));
    }
    let card = place.json(&["models", "card", "chosen@v0001"]);
    assert_eq!(card["evaluations"], place.json(&["models", "card", "kept"])["evaluations"]);
    let differences = server.get("/models/chosen@v0001/against?with=chosen@v0002");
    let keys: Vec<&str> =
        differences.as_array().unwrap().iter().map(|d| d["key"].as_str().unwrap()).collect();
    assert!(keys.contains(&"recipe.learn.classifier.algorithm"), "{keys:?}");
    assert!(
        keys.contains(&"evidence.address.f1") && !keys.iter().any(|k| k.starts_with("features"))
    );
    let back = server.post("/models/chosen@v0001/roll-back", &json!({}));
    assert_eq!(back.json()["current"], 1);

    // From the command line as well; and nothing without an evaluation.
    let said = place.says(&["learn", "promote", second, "--model", "chosen"]);
    assert!(said.contains("chosen v0003"), "{said}");
    let folder = place.data().join("experiments").join(first);
    let mut card: Value =
        serde_json::from_slice(&fs::read(folder.join("card.json")).unwrap()).unwrap();
    card["evaluations"] = json!([]);
    fs::write(folder.join("card.json"), card.to_string()).unwrap();
    let refused = server.post(&format!("/experiments/{first}/promote"), &json!({ "model": "x" }));
    assert!(
        refused.status == 422 && refused.text().contains("no evaluation"),
        "{}",
        refused.text()
    );
    fs::remove_file(folder.join("card.json")).unwrap();
    fs::remove_file(folder.join("predictions.parquet")).unwrap();
    for answer in [
        server.post(&format!("/experiments/{first}/promote"), &json!({ "model": "x" })),
        server.send("GET", &format!("/api/v1/experiments/{first}/rows?split=row"), &[], b""),
    ] {
        assert!(answer.status == 422 && answer.text().contains("again"), "{}", answer.text());
    }
}

#[test]
fn a_fit_is_stopped_between_two_folds() {
    let place = Place::new();
    let server = filled(&place);
    // Boosted trees take seconds a fold.
    let body = json!({ "text": recipe(), "candidates": [{ "algorithm": "boosted-trees" }] });
    let begun = server.post("/learn/comparisons", &body).json();
    let begin = std::time::Instant::now();
    loop {
        let job = server.get(&format!("/jobs/{}", begun["job"]));
        let steps = job["steps"].as_array().unwrap();
        if steps.iter().any(|step| step["what"].as_str().unwrap().ends_with("split by row")) {
            break;
        }
        assert!(begin.elapsed().as_secs() < 120 && job["state"] != "done", "{job}");
        std::thread::yield_now();
    }
    server.send("DELETE", &format!("/api/v1/jobs/{}", begun["job"]), &[], b"");
    let job = server.ended(&begun);
    assert_eq!(job["state"], "stopped", "{job}");
    let last = job["steps"].as_array().unwrap().last().unwrap()["what"].clone();
    assert!(
        last.as_str().unwrap().ends_with("split by row"),
        "not even the next split began: {last}"
    );
}

#[test]
fn a_log_that_is_known_leaves_no_second_copy() {
    let place = Place::new();
    let server = Server::over(&place, &[]);
    let log = capture("cowrie.json.zst");
    let uploads = || fs::read_dir(place.data().join("uploads")).unwrap().count();
    for name in ["cowrie.json", "again.json"] {
        let answer = server.send("PUT", &format!("/api/v1/collect/uploads/{name}"), &[], &log);
        assert_eq!(server.ended(&answer.json())["state"], "done");
        assert_eq!(uploads(), 1, "evidence names the lines of the first");
    }
    // What cannot be collected leaves nothing either: the same lines cannot be read in two ways.
    let path = "/api/v1/collect/uploads/other.json?source=cowrie";
    let otherwise = server.send("PUT", path, &[], &log);
    let job = server.ended(&otherwise.json());
    assert!(job["state"] == "failed" && uploads() == 1, "{job}");
}
