//! The main job on the bundled capture, run once and looked at from all sides.

use std::sync::OnceLock;

use serde_json::Value;

use crate::command::{Place, root};

pub struct Demo {
    pub place: Place,
    said: String,
}

/// The demo's data directory and what the demo said; run once for all tests here.
pub fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let place = Place::new();
        let said = place.says(&["demo"]);
        Demo { place, said }
    })
}

/// The data directory the demo leaves behind, for whoever needs its models.
pub fn place() -> &'static Place {
    &demo().place
}

fn report(model: &str) -> Value {
    demo().place.json(&["models", "card", model])
}

fn metric(evaluation: &Value, name: &str) -> f64 {
    let metrics = evaluation["metrics"].as_array().unwrap();
    metrics.iter().find(|m| m["name"] == name).unwrap()["value"].as_f64().unwrap()
}

fn by_split<'a>(card: &'a Value, split: &str) -> &'a Value {
    let all = card["evaluations"].as_array().unwrap();
    all.iter().find(|e| e["split"] == split).unwrap_or_else(|| panic!("no split {split}"))
}

#[test]
fn the_demo_says_things_in_the_order_a_reader_needs_them() {
    let said = &demo().said;
    let order = ["collect", "enrich", "learn", "validate", "watch"];
    let places: Vec<usize> = order
        .iter()
        .map(|room| said.to_lowercase().find(room).unwrap_or_else(|| panic!("{room} is missing")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    for words in [
        "six names of 2016",
        "any Mirai name",
        "two or more Mirai names",
        "a Mirai pair",
        "re-enactment",
    ] {
        assert!(said.contains(words), "{words}");
    }
    assert!(said.matches("botany ").count() >= 3, "three commands to copy");
    let (_, short) = said.split_once("IN SHORT").expect("the end says what to look at");
    let data = demo().place.data().display().to_string();
    for words in ["one row a flow:", "one row an address:", &format!("botany serve --data {data}")]
    {
        assert!(short.contains(words), "{words}: {short}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 130), "too wide");
}

#[test]
fn the_capture_is_read_without_a_loss() {
    let place = &demo().place;
    assert_eq!(place.number("SELECT count(*) FROM flow"), 13_301);
    assert_eq!(place.number("SELECT count(*) FROM reject"), 0);
    let year =
        "SELECT count(*) FROM login WHERE event_time < '2018-05-01' OR event_time > '2018-07-01'";
    assert_eq!(place.number(year), 0);
}

#[test]
fn every_result_has_its_split_its_counts_and_its_interval() {
    for model in ["article", "population"] {
        let card = report(model);
        for split in ["row", "address", "block", "time"] {
            let evaluation = by_split(&card, split);
            assert_eq!(evaluation["leaks"], split == "row", "{model} {split}");
            for count in ["rows", "positives", "addresses", "positive_addresses"] {
                assert!(evaluation[count].as_u64().unwrap() > 0, "{model} {split} {count}");
            }
            let metrics = evaluation["metrics"].as_array().unwrap();
            let ap = metrics.iter().find(|m| m["name"] == "average_precision").unwrap();
            let [low, value, high] = ["low", "value", "high"].map(|key| ap[key].as_f64().unwrap());
            assert!(low <= value && value <= high && low < high, "{model} {split} {ap}");
        }
        let folds = by_split(&card, "address")["per_fold"].as_array().unwrap();
        assert!(folds.iter().all(|fold| fold["shared_addresses"] == 0), "{model}");
    }
}

#[test]
fn asking_addresses_is_much_better_than_asking_flows() {
    let ap = |model| metric(by_split(&report(model), "address"), "average_precision");
    let (flow, address) = (ap("article"), ap("population"));
    assert!(address > flow + 0.1, "flow {flow}, address {address}");
}

#[test]
fn the_random_rows_flatter_and_the_report_names_the_drop() {
    let card = report("article");
    let f1 = |split| metric(by_split(&card, split), "f1");
    assert!(f1("row") > f1("address"), "row {} address {}", f1("row"), f1("address"));
    assert!(demo().said.contains("drop of"), "the drop is named");
}

#[test]
fn other_data_judges_the_stored_model() {
    let place = &demo().place;
    let other = Place::new();
    // The first weeks of the same logs: other files, another directory.
    let logs = ["auth.log", "eve.json"].map(|name| {
        let whole = crate::command::capture(&format!("{name}.zst"));
        let half = whole.len() / 2;
        let cut = half + whole[half..].iter().position(|b| *b == b'\n').unwrap() + 1;
        other.file(name, &whole[..cut])
    });
    other.says(&["collect", "--year", "2018", &logs[0], &logs[1]]);
    let data = other.data().display().to_string();
    let found = place.json(&["validate", "article", "--on", &data]);
    assert!(found["rows"].as_u64().unwrap() > 1000, "{found}");
    assert!(found["positives"].as_u64().unwrap() > 0);
    let note = found["notes"][0].as_str().unwrap();
    assert!(note.contains("not unseen"), "the same addresses are told: {note}");
    assert!(!found["metrics"].as_array().unwrap().is_empty());
}

#[test]
fn the_page_holds_everything_and_fetches_nothing() {
    let page = std::fs::read_to_string(demo().place.data().join("report.html")).unwrap();
    assert!(page.contains("default-src 'none'"));
    // What stands outside the scripts; inside, the policy above forbids every reach.
    let parts =
        page.split("<script").map(|part| part.rsplit("</script>").next().unwrap_or_default());
    let markup: String = parts.collect();
    for reach in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!markup.contains(reach), "{reach}");
    }
    assert!(page.len() < 12_000_000, "{} bytes", page.len());
}

#[test]
fn every_other_command_works_on_what_the_demo_leaves() {
    let place = &demo().place;
    assert!(place.json(&["enrich", "threat", "--dictionary", "article-2016", "--min-names", "1"])[0]["evidence"].as_str().unwrap().contains(':'));
    let countries = place.json(&["enrich", "frequency", "--by", "country"]);
    assert!(countries.as_array().unwrap().len() > 20, "real countries");
    for by in ["source", "port", "registration", "day"] {
        assert!(
            !place.json(&["enrich", "frequency", "--by", by]).as_array().unwrap().is_empty(),
            "{by}"
        );
    }
    assert!(!place.json(&["enrich", "profile", "--grain", "block"]).as_array().unwrap().is_empty());
    let address = &place.json(&["enrich", "threat"])[0]["address"];
    place.json(&["enrich", "address", address.as_str().unwrap()]);
    assert!(
        !place
            .json(&["learn", "clusters", "article", "--cluster", "0"])
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        place.json(&["learn", "clusters", "article", "--sweep"]).as_array().unwrap().len(),
        8
    );
    let models = place.json(&["models", "list"]);
    assert_eq!(models.as_array().unwrap().len(), 2);
    assert!(place.says(&["models", "card", "article@v0001"]).contains("BLAKE3"));
}

#[test]
fn the_same_recipe_gives_the_same_model_on_one_thread_and_on_two() {
    let place = Place::new();
    place.says(&["collect", "--year", "2018", &root().join("demo").display().to_string()]);
    let quick = place.says(&["recipes", "article"]).replace("permutations = 3", "permutations = 0");
    let recipe =
        quick.split("[[validate.labels]]").next().unwrap().to_owned() + "[watch]\nmodel = \"m\"\n";
    place.file("quick.toml", recipe.replace("draws = 1000", "draws = 20"));
    let model = |threads: u32, version: &str| {
        place.file("botany.toml", format!("[limits]\nthreads = {threads}\n"));
        place.says(&["run", "quick.toml"]);
        std::fs::read(place.data().join("models/m").join(version).join("model")).unwrap()
    };
    assert!(model(1, "v0001") == model(2, "v0002"), "the bytes differ");
}
