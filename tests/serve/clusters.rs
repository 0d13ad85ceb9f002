//! Clusters that are saved, a k that is spoken for, and what stops or fails in the middle.

use serde_json::{Value, json};

use super::api::filled;
use super::browser::Browser;
use super::review::recipe;
use super::server::Server;
use crate::command::Place;

fn words(cluster: &Value, feature: &str) -> u64 {
    let all = cluster["mixes"].as_array().unwrap();
    let mix = all.iter().find(|mix| mix["feature"] == feature).unwrap();
    mix["words"].as_array().unwrap().iter().map(|word| word[1].as_u64().unwrap()).sum()
}

#[test]
fn a_clustering_is_saved_by_itself_and_outlives_the_server() {
    let place = Place::new();
    let server = filled(&place);
    let text = recipe().replace("sweep = [2, 3]", "sweep = [2, 5]");
    let begun = server.post("/learn/clusterings", &json!({ "text": text })).json();
    let job = server.ended(&begun);
    assert_eq!(job["state"], "done", "{job}");
    assert!(job["title"].as_str().unwrap().contains("flows where dest_port"), "{job}");
    let id = job["result"]["clustering"].as_str().unwrap();
    let found = server.get(&format!("/learn/clusterings/{id}"));
    for cluster in found["clusters"].as_array().unwrap() {
        assert_eq!(Some(words(cluster, "packet_pcr_range")), cluster["size"].as_u64());
    }
    let sweep = found["sweep"].as_array().unwrap();
    let silhouette = |point: &&Value| point["silhouette"].as_f64().unwrap();
    let best = sweep.iter().max_by(|a, b| silhouette(a).total_cmp(&silhouette(b))).unwrap();
    assert_eq!(found["advice"]["k"], best["k"], "{}", found["advice"]);

    let save = |name: &str| {
        server.post(&format!("/learn/clusterings/{id}/save"), &json!({ "name": name }))
    };
    for name in ["", "../article", "a.json"] {
        assert_eq!(save(name).status, 422, "{name}");
    }
    let saved = save("knocks");
    assert!(saved.status == 200 && saved.text().contains("no model of the registry"));
    let twice = save("knocks");
    assert!(twice.status == 422 && twice.text().contains("another name"), "{}", twice.text());
    assert_eq!(save("passing").status, 200);
    let passing = "/api/v1/learn/saved-clusterings/passing";
    for status in [204, 404] {
        assert_eq!(server.send("DELETE", passing, &[], b"").status, status);
    }
    drop(server);
    let server = Server::over(&place, &[]);
    assert_eq!(server.get("/learn/saved-clusterings")[0]["name"], "knocks");
    let mut kept = server.get("/learn/clusterings/knocks");
    assert_eq!((&kept["points"], &found["points"]), (&json!(false), &json!(true)));
    kept["points"] = json!(true);
    assert_eq!(kept, found);
    let browser = Browser::open(1280, false);
    browser.go(&server.page("/learn/clustering"));
    browser.click("section a[href='/learn/clustering?clustering=knocks']");
    browser.find("main:not([aria-busy]) #operationalise");
    assert!(browser.text("main").contains("Its points are not kept"));
    assert_eq!(browser.text("#name"), "Saved as knocks.");
    let points = "return performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/points')).length";
    assert_eq!(browser.run(points), json!(0), "nobody asks for points that are not kept");
    browser.picture("clustering-saved");
    browser.click("#operationalise a[href='/learn/prediction?clustering=knocks']");
    browser.find("main:not([aria-busy]) input[name=inputs][value=cluster_distance]");
    assert!(browser.text("main").contains("in 5 clusters"));
}

#[test]
fn the_clusters_say_which_k_and_the_address_keeps_what_was_chosen() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    browser.go(&server.page("/learn/clustering?sweep=yes"));
    browser.click("#learn");
    browser.find("main:not([aria-busy]) #which-k table");
    let id = browser.address().split("clustering=").nth(1).unwrap().to_owned();
    let advice = &server.get(&format!("/learn/clusterings/{id}"))["advice"];
    assert!(browser.text("#which-k .verdict").contains(&format!("k = {}", advice["k"])));
    browser.picture("clustering-which-k");
    assert!(browser.text("main").contains("packet_pcr_range"), "every feature has its row");
    browser.click("main table tbody button");
    browser.until("location.search.includes('cluster=0')");
    browser.run(
        "const colour = document.querySelector('#colour'); colour.value = 'label'; \
         colour.dispatchEvent(new Event('change'))",
    );
    browser.picture("clustering-brushed");
    let brushed = browser.text("#brushed h3");
    let sight = "(() => { const { top, bottom } = document.querySelector('#brushed-here').getBoundingClientRect(); \
        return top < bottom && top >= 0 && bottom <= innerHeight; })()";
    browser.run("document.querySelector('#colour').scrollIntoView()");
    browser.until(sight);
    assert_eq!(browser.text("#brushed-here"), format!("{brushed}. See them"));
    let here = browser.address();
    browser.go(&here);
    assert_eq!(browser.text("#brushed h3"), brushed, "a reload shows the same rows");
    assert_eq!(browser.run("return document.querySelector('#colour').value"), json!("label"));
    browser.click(".steps a[href='#operationalise']");
    browser.fill("#save-clustering input", "by-hand");
    browser.click("#save-clustering button");
    browser.until(
        "document.querySelector('#clustering-saved').innerText.includes('clustering by-hand')",
    );
    assert_eq!(server.get("/learn/saved-clusterings")[0]["name"], "by-hand");
    let usual = "return document.querySelector('#save-clustering input').value";
    let save = format!("/learn/clusterings/{id}/save");
    let taken = server.post(&save, &json!({ "name": "flow-5-clusters" }));
    assert_eq!(taken.status, 200);
    browser.go(&server.page(&format!("/learn/clustering?clustering={id}")));
    assert_eq!(browser.run(usual), json!("flow-5-clusters-2"), "a name nobody took");

    browser.go(&server.page("/learn/clustering?clustering=none"));
    assert!(
        browser.text("main").contains("there is no clustering `none`")
            || browser.text("main").contains("there is no clustering none")
    );
    browser.click("main a[href='/learn']");
    browser.find("main:not([aria-busy]) a.choice[href='/learn/clustering']");
}

#[test]
fn a_fit_is_stopped_between_two_trees_and_the_page_says_so() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    browser.go(&server.page("/learn/prediction"));
    browser.click(".set:not([hidden]) summary");
    browser.fill("input[name='set:random-forest:n_estimators']", "10000");
    browser.type_into("input[name='set:random-forest:n_estimators']", "\u{e004}");
    browser.click("#learn");
    browser.until("document.querySelector('#run progress')");
    browser.picture("prediction-running");
    browser.click("#stop");
    browser.until("document.querySelector('#run').innerText.includes('It was stopped, and nothing was saved')");
    assert!(browser.text("#run").contains("press the button again"));
    assert_eq!(browser.text(".steps li.current b"), "Define");
    browser.picture("prediction-stopped");
    let jobs = server.get("/jobs");
    assert_eq!((&jobs[0]["state"], &jobs[0]["trees"]), (&json!("stopped"), &Value::Null));
    let steps = jobs[0]["steps"].as_array().unwrap();
    assert!(!steps.iter().any(|step| step["what"] == "the model"), "{steps:?}");
    assert!(server.get("/experiments").as_array().unwrap().is_empty());

    // The model's place is taken: the experiment is not kept in part.
    std::fs::write(place.data().join("models/taken"), "").unwrap();
    let text = recipe() + "\n[watch]\nmodel = \"taken\"\n";
    let failed = server.ended(&server.post("/learn/runs", &json!({ "text": text })).json());
    assert_eq!(failed["state"], "failed", "{failed}");
    assert_eq!(std::fs::read_dir(place.data().join("experiments")).unwrap().count(), 0);
    std::fs::remove_file(place.data().join("models/taken")).unwrap();

    browser.go(&server.page("/learn/prediction"));
    browser.run(
        "document.querySelector(\"input[name='set:random-forest:n_estimators']\").value = '10'",
    );
    let all =
        "for (const box of document.querySelectorAll('input[name=inputs]')) box.checked = false";
    browser.run(all);
    browser.click("#learn");
    browser.until("document.querySelector('#run .note.serious')");
    browser.picture("prediction-failed");
    assert_eq!(browser.text(".steps li.current b"), "Define");
}
