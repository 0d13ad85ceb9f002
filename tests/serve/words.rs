//! A newcomer's walk: every word understood, every choice used, from the prediction assistant to a watching model.

use botany_catalog::digits::four;
use serde_json::{Value, json};

use super::api::filled;
use super::browser::Browser;
use super::server::Server;
use crate::command::Place;

/// Whether an element lies in the window.
const IN_SIGHT: &str = "(css => { const box = document.querySelector(css).getBoundingClientRect(); \
    return box.top >= 0 && box.top < innerHeight; })";

/// Words are explained where they are first used, by keyboard alone, and once a page.
fn explained(browser: &Browser, server: &Server) {
    let words = server.get("/words");
    let all = words.as_array().unwrap();
    browser.go(&server.page("/learn/prediction"));
    browser.until("document.querySelectorAll('.term').length > 5");
    let marked =
        browser.run("return [...document.querySelectorAll('.term')].map(t => t.dataset.word)");
    let marked: Vec<&str> =
        marked.as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    for wanted in [
        "label 1",
        "the article",
        "block",
        "leak",
        "experiment",
        "out-of-bag",
        "bin",
        "PCR range",
        "Pure Push",
        "max_depth",
    ] {
        assert_eq!(
            marked.iter().filter(|word| **word == wanted).count(),
            1,
            "{wanted}: {marked:?}"
        );
    }
    browser.run("document.querySelector('.term[data-word=\"leak\"]').focus()");
    browser.until("document.querySelector('#meaning').matches(':popover-open')");
    let leak = all.iter().find(|word| word["word"] == "leak").unwrap();
    assert!(browser.text("#meaning").contains(leak["says"].as_str().unwrap()));
    let told = browser.run("return document.querySelector('.term[data-word=\"leak\"]').getAttribute('aria-description')");
    assert_eq!(told, leak["says"], "who hears the page is told as well");
    browser.type_into("body", "\u{e00c}");
    browser.until("!document.querySelector('#meaning').matches(':popover-open')");
    // A word in the name of a box is asked about and not pressed.
    let checked = "document.querySelector('input[name=splits][value=block]').checked";
    assert_eq!(browser.run(&format!("return {checked}")), json!(true));
    browser.click(".term[data-word='block']");
    assert_eq!(browser.run(&format!("return {checked}")), json!(true));
    assert_eq!(
        browser.run("return document.querySelector('main').innerText.includes('`')"),
        json!(false)
    );
    browser.go(&server.page("/words"));
    let rows = browser.run("return document.querySelectorAll('main tbody tr').length");
    assert_eq!(rows.as_u64(), Some(all.len() as u64));
    browser.fill("#look-for", "silhouette");
    browser.until("document.querySelectorAll('main tbody tr').length < 10");
    assert!(browser.text("main tbody").contains("silhouette"));
    let here = browser.address();
    assert!(here.ends_with("look=silhouette"), "{here}");
    browser.go(&here);
    browser.until("document.querySelectorAll('main tbody tr').length < 10");
    browser.fill("#look-for", " ");
    browser.until(&format!("document.querySelectorAll('main tbody tr').length === {}", all.len()));
}

/// Gives the experiment's page.
fn learnt(browser: &Browser, server: &Server) -> String {
    browser.go(&server.page("/learn/prediction"));
    let step = "return [...document.querySelectorAll('.steps li')].map(li => [li.className, Boolean(li.querySelector('a'))])";
    assert_eq!(
        browser.run(step),
        json!([["current", false], ["next", false], ["next", false], ["next", false]])
    );
    let name = "document.querySelector('#model').value";
    assert_eq!(browser.run(&format!("return {name}")), json!("random-forest-flow"));
    browser.click("input[name=algorithm][value=random-forest]");
    browser.click("input[name=algorithm][value=decision-tree]");
    browser.until(&format!("{name} === 'decision-tree-flow'"));
    let will = |text: &str| {
        browser.until(&format!("document.querySelector('#will').innerText.includes('{text}')"));
    };
    will("and no model");
    assert_eq!(browser.text("#learn"), "Fit and judge");
    browser.click("input[name=save][value=now]");
    will("decision-tree-flow v0001, in force at once");
    assert!(browser.address().contains("save=now") && browser.text("#learn").contains("save"));
    browser.click("input[name=save][value=later]");
    will("and no model");
    for (setting, choices) in
        [("bootstrap", "true (default),false"), ("class_weight", "none,balanced")]
    {
        let options = browser.run(&format!(
            "return [...document.querySelector(\"select[name='set:random-forest:{setting}']\").options].map(o => o.text).join()"
        ));
        assert_eq!(options, json!(choices));
    }
    browser.picture("walk-define");
    browser.click("#learn");
    browser.find("main:not([aria-busy]) #confusion");
    let steps = browser.run(step);
    assert_eq!((&steps[1][0], &steps[2][0]), (&json!("done"), &json!("current")));
    assert!(server.get("/models").as_array().unwrap().is_empty(), "nothing is saved unseen");
    browser.address()
}

/// The slider's choice goes with the model; wrong rows come into sight.
fn reviewed(browser: &Browser, server: &Server) {
    let verdict = browser.text(".verdict");
    assert!(verdict.contains("than the baseline") && verdict.contains("doubt"), "{verdict}");
    assert!(browser.text("#doubts").contains("caution"));
    assert!(browser.text("#doubts").contains('?'), "each doubt asks its question");
    let main = browser.text("main");
    assert!(main.contains("The baseline: for each measure"), "better than what");
    assert!(main.contains("F1 0.") && main.contains("(the model 0."), "{main}");
    assert!(browser.text("#clusters-of").contains("are not used"));
    browser.click("#wrong");
    browser.until(&format!("document.querySelector('#cell table') && {IN_SIGHT}('#cell h3')"));
    browser.until("document.activeElement === document.querySelector('#cell h3')");
    let rows = browser.text("#cell");
    assert!(rows.contains("Rows 1 to 200 of") && rows.contains("cluster_distance"), "{rows}");
    assert!(rows.contains("by this experiment's own rule"));
    browser.click("#cell .pages button");
    browser.until("document.querySelector('#cell .pages').innerText.includes('Rows 201 to')");
    assert!(browser.address().contains("offset=200"), "a page can be shared");
    browser.picture("walk-wrong-rows");
    browser.type_into("#threshold", "\u{e012}");
    browser.until("document.querySelector('#kept-threshold').value !== ''");
    let chosen = browser.run("return document.querySelector('#kept-threshold').value");
    let chosen: f64 = chosen.as_str().unwrap().parse().unwrap();
    let dialled = browser.text("#at-threshold");
    assert!(dialled.contains(&format!("{chosen:.3}")[..4]), "{chosen}: {dialled}");
    let page = browser.address();
    let exact = page.split("threshold=").nth(1).unwrap().split('&').next().unwrap();
    assert_eq!(
        exact.parse::<f64>().unwrap().to_bits(),
        chosen.to_bits(),
        "the field rounds nothing"
    );
    assert!(exact.len() <= 8, "{exact} has more digits than it takes");
    let place = browser.run("return document.querySelector('#threshold').value");
    let slide = |place: &str| {
        browser.run(&format!(
            "const slider = document.querySelector('#threshold'); slider.value = {place}; \
             for (const kind of ['input', 'change']) slider.dispatchEvent(new Event(kind))"
        ));
    };
    slide("0");
    browser.until("document.querySelector('#kept-threshold').value === ''");
    assert!(browser.text("#unfit").contains("no row is called 1"), "none is refused");
    let fits = "return document.querySelector('#promote').checkValidity()";
    assert_eq!(browser.run(fits), json!(false));
    slide(place.as_str().unwrap());
    browser
        .until(&format!("Number(document.querySelector('#kept-threshold').value) === {chosen:?}"));
    assert!(browser.text("#will").contains("decision-tree-flow v0001"));
    browser.picture("walk-review");
    browser.click("#promote > p > button");
    browser.until("document.querySelector('h1').innerText === 'decision-tree-flow v0001'");
    browser.find("main:not([aria-busy]) #threshold-kept");
    let kept = server.get("/models/decision-tree-flow")["threshold"].as_f64().unwrap();
    assert_eq!(kept, chosen);
    assert!(browser.text("#threshold-kept").contains(&format!("from probability {},", four(kept))));
    let measured = browser.text("#measured");
    assert!(measured.contains("measured calling a row 1 from probability 0.5;"), "{measured}");
    assert!(measured.contains(&format!("goes by {}", four(kept))), "{measured}");
    browser.until("document.querySelectorAll('#at-kept:not([hidden]) li').length > 0");
    let own = browser.text("#at-kept");
    assert!(own.contains(&four(kept)) && own.contains("alerts a day"), "{own}");
    assert!(browser.text("main").contains("cluster_distance"));
    browser.until("document.querySelector('td.prose .term[data-word=\"log loss\"]')");
    browser.picture("walk-card");
}

fn used(browser: &Browser, server: &Server, experiment: &str) {
    browser.go(&server.page("/watch"));
    let begin = browser.text("#begin");
    let model = four(server.get("/models/decision-tree-flow")["threshold"].as_f64().unwrap());
    assert!(
        begin.contains("botany watch decision-tree-flow --follow") && begin.contains("copy"),
        "{begin}"
    );
    assert!(begin.contains(&format!("from probability {model}, the")), "{begin}");
    browser.go(&server.page("/watch/lists?model=decision-tree-flow"));
    assert!(browser.text("#when").contains("newest event of the data"));
    assert!(browser.text("#from").contains("the model's own threshold"));
    assert!(browser.text("main").contains("the log-in rule of model decision-tree-flow@v0001"));
    browser.click("#when a");
    browser.until("location.search.includes('at=now') && document.querySelector('main').innerText.includes('As of now')");

    let rule = format!("experiment:{experiment}");
    let listed = server.get(&format!("/enrich/threat?rule={rule}"));
    let one = listed["rows"][0]["address"].as_str().unwrap();
    browser.go(&server.page(&format!("/enrich/address/{one}?rule={rule}")));
    let why = browser.text("#listed");
    assert!(why.contains("Yes: ") && why.contains("the rule of experiment"), "{why}");
    browser.until("document.querySelector('#opinions .opinion')");
    assert!(browser.text("#opinions").contains("decision-tree-flow@v0001"));
    let cut = "return [...document.querySelectorAll('main table')].filter(t => t.innerText.startsWith('1 window'))\
        .map(t => t.scrollWidth > t.parentElement.clientWidth)";
    assert_eq!(browser.run(cut), json!([false]), "the profile is not cut");
    browser.picture("walk-address");
    let chosen = "const rule = document.querySelector('#rule'); rule.value = 'usual'; \
        rule.dispatchEvent(new Event('change'))";
    browser.run(chosen);
    browser.until("document.querySelector('#listed').innerText.includes('the default rule:')");
}

/// Going back leads to the page before, also from a place of it that has the same path.
fn back_to_another_split(browser: &Browser) {
    let current = "document.querySelector('.toolbar a.choice[aria-current]').innerText";
    let first = browser.run(&format!("return {current}"));
    browser.click("a[href='#doubts']");
    browser.until("location.hash === '#doubts'");
    // It stands behind the names of the rooms now.
    browser.run("document.querySelector('.toolbar a.choice:not([aria-current])').click()");
    browser.until(&format!("{current} !== {first}"));
    browser.run("history.back()");
    browser.until(&format!("location.hash === '#doubts' && {current} === {first}"));
}

#[test]
fn a_newcomer_understands_every_word_and_every_choice_is_used() {
    let place = Place::new();
    let server = filled(&place);
    let browser = Browser::open(1280, false);
    explained(&browser, &server);
    let page = learnt(&browser, &server);
    let experiment = page.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    reviewed(&browser, &server);
    used(&browser, &server, &experiment);
    let models: Value = server.get("/models");
    assert_eq!(models.as_array().unwrap().len(), 1, "one way through gives one version");
    browser.go(&page);
    browser.until("document.querySelector('#will').innerText.includes('saved already, as decision-tree-flow@v0001')");
    back_to_another_split(&browser);
    browser.was_well_behaved(&server.address);
}
