//! The pages, seen by a real browser.

use serde_json::json;

use super::api::filled;
use super::browser::Browser;
use super::server::Server;
use crate::command::Place;

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
