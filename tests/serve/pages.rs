//! The pages, seen by a real browser.

use serde_json::json;

use super::api::filled;
use super::browser::Browser;
use super::made;
use super::server::Server;
use crate::command::{Place, root};

const PAGES: [(&str, &str); 6] = [
    ("collect", "/collect"),
    ("enrich", "/enrich?by=day"),
    ("learn", "/learn"),
    ("validate", "/validate"),
    ("watch", "/watch"),
    (
        "sql",
        "/sql?q=SELECT+dest_port%2C+count%28*%29+AS+flows+FROM+flow+GROUP+BY+1+ORDER+BY+2+DESC",
    ),
];

/// A brush over the plane, from its corner to the middle; gives how long drawing and brushing took.
const BRUSH: &str = "const canvas = document.querySelectorAll('.plots canvas')[1]; \
    canvas.scrollIntoView({ block: 'center' }); const box = canvas.getBoundingClientRect(); \
    canvas.setPointerCapture = () => {}; \
    const at = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, \
        clientX: box.left + x * box.width, clientY: box.top + y * box.height })); \
    at('pointerdown', 0.001, 0.001); at('pointermove', 0.5, 0.999); at('pointerup', 0.5, 0.999); \
    return [document.querySelector('.plots').dataset.drawn, \
        document.querySelector('#brushed').dataset.milliseconds]";

#[test]
fn a_recipe_is_followed_by_clicking_and_the_page_shows_what_the_api_says() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    browser.go(&server.page("/"));
    let flows = server.get("/collect")["stored"]["flow"].as_u64().unwrap();
    assert!(browser.text("main").contains("rejected") && flows > 10_000);

    browser.click("nav a[href='/learn']");
    browser.click("a.choice[href='/learn?recipe=population']");
    browser.find("a.choice[href='/learn?recipe=population'][aria-current]");
    browser.click("#follow");
    browser.click("#run a[href^='/validate/']");
    browser.find("main:not([aria-busy]) .verdict");
    let experiment = &server.get("/experiments")[0];
    let split = &experiment["splits"][0];
    let shown = browser.text("main table tbody tr");
    let f1 = split["f1"].as_f64().unwrap();
    assert!(shown.contains(&format!("{f1:.2}")), "{shown} lacks {f1:.2}");
    browser.find("iframe");

    for (name, path) in PAGES {
        browser.go(&server.page(path));
        browser.find("main:not([aria-busy]) table");
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{name} is {wide} too wide");
        browser.picture(&format!("{name}-1280-light"));
    }
    let one = server.get("/enrich/threat")["rows"][0]["address"].as_str().unwrap().to_owned();
    browser.go(&server.page(&format!("/enrich/address/{one}")));
    browser.picture("address-1280-light");
    browser.was_well_behaved(&server.address);
    drop(browser);

    for (width, dark) in [(1920, true), (800, false)] {
        let browser = Browser::open(width, dark);
        for (name, path) in PAGES {
            browser.go(&server.page(path));
            let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().unwrap() <= 0, "{name} is {wide} too wide at {width}");
            browser.picture(&format!("{name}-{width}-{}", if dark { "dark" } else { "light" }));
        }
        browser.was_well_behaved(&server.address);
    }
}

#[test]
fn both_assistants_lead_from_rows_to_a_model() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    browser.go(&server.page("/learn"));
    browser.click("a.choice[href='/learn/clustering']");
    browser.click("#count");
    browser.find("#rows .spreads");
    let rows = browser.text("#rows p");
    let flows = place.number("SELECT count(*) FROM flow WHERE dest_port = 22");
    let told = rows.replace(',', "");
    assert!(told.starts_with(&format!("{flows} of {flows} rows")), "{rows}");
    browser.picture("clustering-define");

    browser.click("#learn");
    browser.find("main:not([aria-busy]) .plots canvas");
    let clusters = browser.run(
        "return [...document.querySelectorAll('main table tbody tr')].slice(0, 5).map(row => \
         Number(row.cells[1].innerText.replaceAll(',', '')))",
    );
    let recipe = root().join("recipes/article.toml");
    let told = place.json(&["learn", "clusters", &recipe.display().to_string()]);
    let sizes: Vec<u64> =
        told.as_array().unwrap().iter().map(|row| row["rows"].as_u64().unwrap()).collect();
    let shown: Vec<u64> =
        clusters.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(shown, sizes, "the same rows, features, k and seed as the article's recipe");

    let times = browser.run(BRUSH);
    browser.find("#brushed table");
    // The same half, counted from the left end of the plane.
    let brushed = browser.text("#brushed h3").replace(',', "");
    let brushed: u64 = brushed.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(brushed > 0 && brushed < flows, "{brushed} of {flows}");
    let cluster =
        browser.run("return document.querySelector('#brushed tbody td:nth-child(2)').innerText");
    assert!(cluster.as_str().unwrap().parse::<usize>().unwrap() < 5, "{cluster}");
    browser.run("document.querySelectorAll('main table')[0].querySelector('tbody button').click()");
    browser.find("#article table");
    let first = browser.text("#brushed h3").replace(',', "");
    assert!(
        first.starts_with(&format!("Cluster 0: {} rows", sizes[0])),
        "the rows of cluster 0: {first}"
    );
    println!("{flows} points: all views drawn in {} ms, brushed in {} ms", times[0], times[1]);
    browser.picture("clustering-review");

    browser.click("section a[href^='/learn/prediction?clustering=']");
    browser.find("main:not([aria-busy]) input[name=model]");
    browser.click("input[name=save][value=now]");
    browser.fill("input[name=model]", "clicked");
    browser.picture("prediction-define");
    browser.click("#learn");
    browser.find("main:not([aria-busy]) .curve");
    browser.picture("prediction-review");
    let models = server.get("/models");
    assert_eq!(models[0]["name"], "clicked", "{models}");
    let card = place.json(&["models", "card", "clicked"]);
    let f1 = |name: &str| {
        let all = card["evaluations"].as_array().unwrap();
        let split = all.iter().find(|e| e["split"] == name).unwrap();
        let metrics = split["metrics"].as_array().unwrap();
        metrics.iter().find(|m| m["name"] == "f1").unwrap()["value"].as_f64().unwrap()
    };
    let shown = browser.text("main table tbody");
    for split in ["row", "address", "block", "time"] {
        assert!(shown.contains(&format!("{:.2}", f1(split))), "{split}: {shown}");
    }
    browser.was_well_behaved(&server.address);
}

/// Figures for the log, and no gate: how long fifty thousand points take, and what the pages weigh.
#[test]
fn fifty_thousand_points_are_drawn_and_brushed() {
    let place = Place::new();
    made::collected(&place, 50_000);
    let server = Server::over(&place, &[]);
    let browser = Browser::open(1280, false);
    browser.go(&server.page("/learn/clustering"));
    browser.click("#learn");
    browser.find("main:not([aria-busy]) .plots[data-drawn] canvas");
    let times = browser.run(BRUSH);
    browser.find("#brushed table");
    let weight = browser.run(
        "return performance.getEntries().filter(entry => entry.encodedBodySize && !entry.name.includes('/api/')) \
         .reduce((sum, entry) => sum + entry.encodedBodySize, 0)",
    );
    println!(
        "50000 points: all views drawn in {} ms, brushed in {} ms; the pages weigh {weight} bytes",
        times[0], times[1]
    );
    assert!(browser.text("h1").contains("50,000 of 50,000"), "{}", browser.text("h1"));
    assert!(weight.as_u64().unwrap() < 1_600_000);
    browser.was_well_behaved(&server.address);
}

#[test]
fn what_an_attacker_types_is_shown_and_never_run() {
    let names = [
        "<script>window.hit=1</script>",
        "\"><img src=x onerror=window.hit=1>",
        "<svg/onload=window.hit=1>",
        "{{constructor.constructor('window.hit=1')()}}",
        "javascript:window.hit=1",
    ];
    let place = Place::new();
    let lines: String = names
        .iter()
        .chain(&["root", "admin", "<b>no line of any log</b>"])
        .enumerate()
        .map(|(n, name)| {
            let event = json!({
                "eventid": "cowrie.login.failed", "username": name, "password": name,
                "src_ip": "192.0.2.66", "session": format!("s{n}"), "protocol": "ssh",
                "timestamp": format!("2026-01-01T00:00:{n:02}.000000Z"), "message": name, "sensor": name,
            });
            format!("{event}\n")
        })
        .collect();
    let log = place.file("cowrie.json", lines + "<script>window.hit=1</script>\n");
    place.says(&["collect", &log]);
    let server = Server::over(&place, &[]);
    let browser = Browser::open(1280, false);
    let sql = "/sql?q=SELECT+username%2C+password%2C+sensor+FROM+login";
    let mut seen = String::new();
    for path in [
        "/collect",
        "/enrich?by=source&min_names=1",
        "/enrich/address/192.0.2.66",
        sql,
        "/learn",
        "/sql?q=%3Cscript%3Ewindow.hit%3D1%3C%2Fscript%3E",
        "/enrich/address/%3Cimg%20src%3Dx%20onerror%3Dwindow.hit%3D1%3E",
    ] {
        browser.go(&server.page(path));
        browser.find("main table, main .note");
        if path == sql {
            browser.find("#answer table");
        }
        assert_eq!(browser.run("return window.hit ?? null"), json!(null), "{path}");
        seen += &browser.text("main");
    }
    for name in names {
        assert!(seen.contains(name), "{name} is not shown as it was typed");
    }
    assert!(seen.contains("192.0.2.66"));
}
