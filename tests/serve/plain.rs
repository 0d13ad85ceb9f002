//! What every page says in one way: times, counts, countries, the two scores, and boxes that hold more than they show.

use serde_json::json;

use super::api::filled;
use super::browser::Browser;
use super::server::Server;
use crate::command::Place;

/// A box says which of its rows are in sight, of how many, and shows all of them if asked to.
fn boxes(browser: &Browser, server: &Server) {
    browser.go(&server.page("/enrich"));
    let listed = server.get("/enrich/threat")["rows"].as_array().unwrap().len();
    let foot = ".scroll .foot:not([hidden])";
    browser.until(&format!("document.querySelector('{foot}')"));
    let told = browser.text(foot);
    assert!(
        told.starts_with("Rows 1 to ") && told.contains(&format!("of {listed} in sight")),
        "{told}"
    );
    browser.run("document.querySelector('.scroll').scrollTop = 1e6");
    browser.until(&format!(
        "document.querySelector('{foot}').innerText.includes(' to {listed} of {listed}')"
    ));
    browser.click(&format!("{foot} button"));
    browser.until(&format!(
        "document.querySelector('{foot}').innerText.includes('All {listed} rows')"
    ));
    let cut = "return (box => box.scrollHeight > box.clientHeight + 1)(document.querySelector('.scroll'))";
    assert_eq!(browser.run(cut), json!(false));
    browser.click(&format!("{foot} button"));
    browser.until(&format!("document.querySelector('{foot}').innerText.startsWith('Rows ')"));
    // A box that holds no more than it shows says nothing.
    browser.go(&server.page("/collect"));
    let feet = "return [document.querySelectorAll('.scroll').length, document.querySelectorAll('.foot:not([hidden])').length]";
    browser.find(".scroll table");
    assert_eq!(browser.run(feet), json!([1, 0]));
}

/// Every time on a page is a date, a time to the second, and UTC; none is as the API has it.
fn times(browser: &Browser, server: &Server, pages: &[String]) {
    for path in pages {
        browser.go(&server.page(path));
        // Command lines and what a person typed have their own forms; so have names of files.
        let raw = "return document.querySelector('main').innerText.match(/\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d/g)";
        assert_eq!(browser.run(raw), json!(null), "{path}");
        let bare = "return [...document.querySelectorAll('main p, main dd, main h1, main figcaption, main caption')]\
            .map(one => one.innerText).filter(text => /\\d\\d:\\d\\d:\\d\\d(?! UTC)/.test(text))";
        assert_eq!(browser.run(bare), json!([]), "{path}");
        let heads = "return [...document.querySelectorAll('main td.time')].map(cell => \
            cell.closest('table').querySelectorAll('thead th')[cell.cellIndex].innerText).filter(head => !head.endsWith('UTC'))";
        assert_eq!(browser.run(heads), json!([]), "{path}");
        // A flow's number and a port are names.
        let numbers = "return [...document.querySelectorAll('main p, main dd')].map(one => one.innerText)\
            .filter(text => /(?<![\\d.:\\/,-])\\d{5,}(?![\\d.:])/.test(text))";
        assert_eq!(browser.run(numbers), json!([]), "{path}");
    }
}

/// The map has a circle for each country that has a place, with the numbers of the table below it.
fn countries(browser: &Browser, server: &Server) {
    browser.go(&server.page("/enrich"));
    let rows = server.get("/enrich/frequency?by=country")["rows"].clone();
    let told = browser
        .run("return [...document.querySelectorAll('.map title')].map(title => title.textContent)");
    let (rows, told) = (rows.as_array().unwrap(), told.as_array().unwrap());
    let coded = rows.iter().filter(|row| row["value"].as_str().is_some_and(|code| code.len() == 2));
    assert_eq!(told.len(), coded.clone().count(), "{told:?}");
    for row in coded {
        let (code, addresses) =
            (row["value"].as_str().unwrap(), row["addresses"].as_u64().unwrap());
        let of =
            |title: &&serde_json::Value| title.as_str().unwrap().contains(&format!("({code}): "));
        let title = told.iter().find(of).and_then(|title| title.as_str()).unwrap_or_default();
        let told = title.replace(',', "");
        assert!(told.contains(&format!(": {addresses} address")), "{code}: {title}");
    }
    browser.go(&server.page("/enrich?by=port"));
    assert_eq!(browser.run("return document.querySelector('.map')"), json!(null));
}

#[test]
fn times_counts_and_scores_are_told_in_one_way() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    boxes(&browser, &server);
    countries(&browser, &server);

    let threat = server.get("/enrich/threat");
    let address = threat["rows"][0]["address"].as_str().unwrap();
    let block = format!("{}.0%2F24", address.rsplit_once('.').unwrap().0);
    let pages = ["/collect", "/enrich", "/enrich?by=port", "/watch/lists"].map(str::to_owned);
    let known = [format!("/enrich/address/{address}"), format!("/enrich/block/{block}")];
    times(&browser, &server, &[&pages[..], &known].concat());

    browser.go(&server.page("/enrich"));
    let page = browser.text("main");
    assert!(page.contains("over any service show at least"), "{page}");
    assert!(page.contains("threat score, bits") && page.contains("first tried"), "{page}");
    browser.until("document.querySelector('.term[data-word=\"threat score\"]')");
    browser.go(&server.page(&known[0]));
    let facts = browser.text("main dl");
    for fact in ["threat score in bits", "first flow or log in"] {
        assert!(facts.contains(fact), "{facts}");
    }
    browser.go(&server.page("/watch/lists"));
    browser.until("document.querySelector('.term[data-word=\"list score\"]')");
    assert!(browser.text("#by").contains("List score: 127 times"));
    browser.was_well_behaved(&server.address);
}
