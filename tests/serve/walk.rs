//! From several algorithms to one in the registry, by clicking; and every page at every width.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::api::filled;
use super::browser::Browser;
use super::server::Server;
use crate::command::Place;

/// How far the page is wider than the window.
const TOO_WIDE: &str = "return document.documentElement.scrollWidth - innerWidth";

/// Tables that say nowhere how they are had as a file.
const WITHOUT: &str =
    "return [...document.querySelectorAll('main table:not(:has(.files))')].map(t => t.innerText)";

fn metric(board: &Value, at: usize, split: &str, name: &str) -> f64 {
    let splits = board["standings"][at]["splits"].as_array().unwrap();
    let judged = splits.iter().find(|judged| judged["split"] == split).unwrap();
    let metrics = judged["metrics"].as_array().unwrap();
    metrics.iter().find(|m| m["metric"] == name).unwrap()["value"].as_f64().unwrap()
}

/// Chooses two algorithms, sees them beside each other, keeps the first; gives its experiment and its page.
fn compared_and_kept(browser: &Browser, server: &Server) -> (String, String) {
    browser.go(&server.page("/learn/prediction"));
    browser.click("input[name=algorithm][value=naive-bayes]");
    assert_eq!(browser.text("#learn"), "Compare 2 algorithms");
    assert!(browser.address().contains("algorithm=naive-bayes"), "the choice can be shared");
    browser.picture("prediction-several");
    browser.click("#learn");
    browser.find("main:not([aria-busy]) #keep table");
    let address = browser.address();
    let id = address.split("comparison=").nth(1).unwrap();
    let board = server.get(&format!("/learn/comparisons/{id}"));
    for split in ["address", "row"] {
        browser.click(&format!("a.choice[href$='&split={split}']"));
        browser
            .find(&format!("main:not([aria-busy]) a.choice[href$='&split={split}'][aria-current]"));
        let rows = browser.run(
            "return [...document.querySelectorAll('#keep tbody tr')].map(row => row.innerText)",
        );
        for at in 0..2 {
            let row = rows[at].as_str().unwrap();
            for name in ["f1", "recall", "average_precision"] {
                let value = format!("{:.2} [", metric(&board, at, split, name));
                assert!(
                    row.contains(&value) && row.contains("baseline 0."),
                    "{split} {value}: {row}"
                );
            }
            assert!(row.contains("than the baseline"), "{row}");
        }
    }
    browser.picture("leaderboard");
    let page = browser.address();
    browser.fill("#model", "kept");
    browser.click("#keep-it");
    browser.find("main:not([aria-busy]) #confusion");
    browser.until(
        "document.querySelector('#will').innerText.includes('saved already, as kept@v0001')",
    );
    let address = browser.address();
    (address.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned(), page)
}

/// Presses a cell, moves the threshold with the keyboard, comes back by the address.
fn cells_and_thresholds(browser: &Browser, server: &Server, experiment: &str) {
    let base = format!("/experiments/{experiment}");
    let all = server.get(&format!("{base}/thresholds?split=address"));
    let points = all["points"].as_array().unwrap();
    browser.click("[data-cell='01']");
    browser.find("#cell table");
    let at = browser.run("return document.querySelector('#threshold').value");
    let point = &points[at.as_str().unwrap().parse::<usize>().unwrap()];
    let told = browser.text("#cell h3").replace(',', "");
    assert!(
        told.starts_with(
            &format!("{} rows of label 0, called 1", point["confusion"][1]).replace(',', "")
        ),
        "{told}"
    );
    let dialled = browser.text("#at-threshold");
    assert!(dialled.contains(&format!("{:.2}", point["precision"].as_f64().unwrap())), "{dialled}");
    let wrong =
        point["alerts_per_day"].as_f64().unwrap() * (1.0 - point["precision"].as_f64().unwrap());
    let wrong = format!("of which {} of label 0", (wrong * 10.0).round() / 10.0);
    assert!(dialled.replace(',', "").contains(&wrong), "{dialled} lacks {wrong}");
    let first = browser.text("#cell tbody tr");
    let here = browser.address();
    assert!(here.contains("label=0") && here.contains("called=1"), "{here}");
    browser.go(&here);
    browser.find("#cell table");
    assert_eq!(browser.text("#cell tbody tr"), first, "the address leads to the same rows");
    browser.click("#cell tbody td a[href^='/sql']");
    browser.find("#answer table tbody tr");

    browser.go(&here);
    // To the end by the keyboard: everything is called 1.
    browser.type_into("#threshold", "\u{e010}");
    browser.until("document.querySelector('[data-cell=\"00\"] b').innerText === '0'");
    let last = points.last().unwrap();
    let told = browser.text("#at-threshold").replace(',', "");
    let alerts = (last["alerts_per_day"].as_f64().unwrap() * 10.0).round() / 10.0;
    assert!(told.contains(&format!("{alerts}")) && told.contains("1.00"), "{told} lacks {alerts}");
    browser.click("#wrong");
    browser.until(
        "document.querySelector('#cell h3').innerText.includes('called otherwise than labelled')",
    );
    assert!(browser.address().contains("wrong=true"));
}

/// Puts an experiment into the registry twice and sets both versions beside each other.
fn promoted(browser: &Browser, server: &Server, experiment: &str) {
    for version in ["v0001", "v0002"] {
        browser.go(&server.page(&format!("/validate/{experiment}")));
        browser.fill("#promote #model", "chosen");
        if version == "v0002" {
            browser.until("!document.querySelector('#ask').hidden");
            browser.click("#ask input");
        }
        browser.click("#promote > p > button");
        browser.until(&format!("document.querySelector('h1').innerText === 'chosen {version}'"));
    }
    browser.find("main:not([aria-busy]) #against");
    assert!(!browser.text("main").contains("| split |"), "a page and no Markdown");
    browser.click("#against button");
    browser.find("main:not([aria-busy]) #differences");
    browser.click("button[aria-label='put chosen@v0001 in force']");
    browser.until("document.querySelector('main').innerText.match(/chosen@v0001\\s+yes/)");
    let models = server.get("/models");
    let current = |m: &&Value| m["name"] == "chosen" && m["current"] == true;
    assert_eq!(models.as_array().unwrap().iter().find(current).unwrap()["version"], 1);
}

/// What is no page says so with the way home; an experiment beside itself differs in nothing; a rule's changes go with
/// what the population is counted by; an address says who else lists it; a list of what its entries come from.
fn said_plainly(browser: &Browser, server: &Server, experiment: &str) {
    for path in ["/nowhere", "/collect/deeper", "/enrich/address/192.0.2.1/more"] {
        browser.go(&server.page(path));
        browser.find("main a[href='/']");
        assert!(browser.text("main").contains(&format!("There is no page {path}")), "{path}");
    }
    let missing = server.send("GET", "/nowhere.html", &["Accept: text/html"], b"");
    assert!(missing.status == 404 && missing.text().contains("<main"), "{}", missing.text());
    assert_eq!(server.send("GET", "/nowhere.js", &[], b"").status, 404);
    browser.go(&server.page(&format!("/validate?first={experiment}&second={experiment}")));
    assert!(browser.text("#same").contains("Nothing differs"));

    browser.go(&server.page("/enrich?by=port"));
    browser.fill("#rules [name=min_names]", "3");
    browser.click("#rules button");
    browser.until("location.search.includes('min_names=3') && location.search.includes('by=port')");
    browser.find("main:not([aria-busy]) #rules");
    let chosen = "const by = document.querySelector('#by'); by.value = 'day'; by.dispatchEvent(new Event('change'))";
    browser.run(chosen);
    browser.until("location.search.includes('by=day') && location.search.includes('min_names=3')");

    let of = |rule: &str| -> Vec<String> {
        let list = server.get(&format!("/enrich/threat?rule={rule}"));
        let rows = list["rows"].as_array().unwrap();
        rows.iter().map(|row| row["address"].as_str().unwrap().to_owned()).collect()
    };
    let usual = of("usual");
    let own = of("model:kept").into_iter().find(|one| !usual.contains(one)).unwrap();
    browser.go(&server.page(&format!("/enrich/address/{own}")));
    browser.until(
        "document.querySelector('#also').innerText.includes('the log-in rule of model kept@v0001')",
    );
    assert!(browser.text("#listed").contains("No: "));
    browser.picture("address-listed-by-another");

    let list = server.get("/lists/csv?model=kept&at=newest");
    let count = |name: &str| list[name].as_u64().unwrap();
    let whole = count("from_rule") + count("from_model") + count("from_both");
    assert_eq!(whole, count("entries") + count("left_out"));
    browser.go(&server.page("/watch/lists?form=csv&model=kept&threshold=0.4999999999999999"));
    let by = browser.text("#by");
    assert!(by.contains("127 times") && by.contains("by the model alone"), "{by}");
    let field = "return document.querySelector('#list [name=threshold]').value";
    assert_eq!(browser.run(field), json!("0.5"));
    browser.click("#list button");
    browser.until("location.search.includes('threshold=0.4999999999999999')");
}

/// Every file the page offers is one.
fn files(browser: &Browser, server: &Server, seen: &mut BTreeSet<String>) {
    let found = browser
        .run("return [...document.querySelectorAll('.files a')].map(a => a.getAttribute('href'))");
    for href in found.as_array().unwrap().iter().map(|href| href.as_str().unwrap()) {
        if !seen.insert(href.to_owned()) {
            continue;
        }
        let file = server.send("GET", href, &[], b"");
        assert!(file.status == 200 && file.head.contains("attachment"), "{href}: {}", file.text());
        let form = href.rsplit("form=").next().unwrap();
        match form {
            "parquet" => assert!(file.body.starts_with(b"PAR1"), "{href}"),
            "json" => assert!(file.json().is_array(), "{href}"),
            _ => assert!(file.text().lines().count() > 1, "{href}: {}", file.text()),
        }
    }
}

#[test]
fn several_algorithms_one_model_and_every_page_at_every_width() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    let (experiment, board) = compared_and_kept(&browser, &server);
    cells_and_thresholds(&browser, &server, &experiment);
    promoted(&browser, &server, &experiment);
    let one = server.get("/enrich/threat")["rows"][0]["address"].as_str().unwrap().to_owned();
    let block =
        server.get(&format!("/enrich/addresses/{one}"))["block"].as_str().unwrap().to_owned();
    let block = block.replace('/', "%2F");
    browser.go(&server.page(&format!("/enrich/address/{one}")));
    browser.click("a[href^='/enrich/block/']");
    browser.find("main:not([aria-busy]) a[href^='/enrich/address/']");
    assert!(browser.text("main").contains(&one), "the block names its addresses");
    browser.go(&server.page("/enrich"));
    browser.type_into("#know input", "192.0.2.0/24");
    browser.click("#know button");
    browser.until("document.querySelector('h1').innerText === '192.0.2.0/24'");
    said_plainly(&browser, &server, &experiment);
    browser.was_well_behaved(&server.address);
    drop(browser);

    let board = board.split(&server.address).nth(1).unwrap();
    let pages = [
        ("collect", "/collect".to_owned()),
        ("enrich", "/enrich?by=country".to_owned()),
        ("address", format!("/enrich/address/{one}")),
        ("block", format!("/enrich/block/{block}")),
        ("learn", "/learn".to_owned()),
        ("clustering", "/learn/clustering".to_owned()),
        (
            "prediction",
            "/learn/prediction?algorithm=random-forest&algorithm=naive-bayes".to_owned(),
        ),
        ("leaderboard", board.to_owned()),
        ("validate", "/validate".to_owned()),
        (
            "experiment",
            format!("/validate/{experiment}?split=address&threshold=0.5&label=0&called=1"),
        ),
        ("side-by-side", format!("/validate?first={experiment}&second={experiment}")),
        ("watch", "/watch".to_owned()),
        ("card", "/watch/chosen@v0002?against=kept@v0001".to_owned()),
        (
            "sql",
            "/sql?q=SELECT+dest_port%2C+count%28*%29+AS+flows+FROM+flow+GROUP+BY+1+ORDER+BY+2+DESC"
                .to_owned(),
        ),
    ];
    let mut seen = BTreeSet::new();
    for (width, dark) in [(1280, false), (1920, true), (800, false)] {
        let browser = Browser::open(width, dark);
        for (name, path) in &pages {
            browser.go(&server.page(path));
            browser.find("main:not([aria-busy]) :is(table, fieldset)");
            if *name == "experiment" {
                browser.find("#cell table");
            }
            if *name == "sql" {
                browser.find("#answer table");
            }
            let wide = browser.run(TOO_WIDE).as_i64().unwrap();
            assert!(wide <= 0, "{name} is {wide} too wide at {width}");
            browser.picture(&format!("{name}-{width}-{}", if dark { "dark" } else { "light" }));
            if width == 1280 {
                assert_eq!(browser.run(WITHOUT), json!([]), "tables of {name} without their files");
                files(&browser, &server, &mut seen);
            }
        }
        browser.was_well_behaved(&server.address);
    }
    println!("{} files were offered and had", seen.len());
}
