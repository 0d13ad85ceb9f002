//! The page as a whole.

use super::super::example;
use super::*;

const HOSTILE: &str =
    "</script><script>alert('x')</script><img src=x onerror=\"alert(1)\">&\u{202e}";

/// The page without the plotting library, which has its own angle brackets.
fn page(report: &Report) -> String {
    render(report).unwrap().replace(&plotly_js::source().unwrap(), "")
}

#[test]
fn the_sections_are_the_verbs_of_the_house_in_their_order() {
    let page = page(&example::report());
    let at: Vec<_> =
        SECTIONS.iter().map(|(w, _)| page.find(&format!("<section id=\"{w}\">"))).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{at:?}");
}

#[test]
fn nothing_can_be_fetched() {
    let page = page(&example::report());
    assert!(page.contains("default-src 'none'"));
    for word in ["http://", "https://", "//cdn", "@import", "url(", " src=", "<link"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn hostile_text_in_every_place_opens_no_tag() {
    let mut report = example::report();
    let tags = |page: &str| (page.matches('<').count(), page.matches("<script").count());
    let calm = tags(&page(&report));
    let h = || HOSTILE.to_owned();
    report.header.title = h();
    report.header.data = h();
    report.header.notes[0] = h();
    report.header.collected.not_stored[0].name = h();
    let head = &mut report.population.head[0];
    head.usernames[0] = h();
    head.address = h();
    head.country = Some(h());
    head.autonomous_system = Some(h());
    head.registration = Some(h());
    head.evidence[0] = h();
    report.population.frequencies[1].rows[0].value = h();
    report.population.frequencies[2].rows[0].value = h();
    let clustering = &mut report.clusterings[0];
    clustering.points.address[0] = h();
    clustering.clusters[0].pcr_ranges[0].name = h();
    clustering.stands_out_why = h();
    let grain = &mut report.grains[0];
    grain.evaluations[0].split = h();
    grain.importances[0].feature = h();
    grain.verdict = h();
    report.labels[0].label = h();
    report.doubts[0].finding = h();
    report.next[0].command = h();
    let page = page(&report);
    assert_eq!(tags(&page), calm);
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)"));
}

#[test]
fn an_empty_report_is_a_page() {
    let page = page(&Report::default());
    assert!(page.contains("no events") && page.ends_with("</html>\n"));
}

#[test]
fn the_same_report_is_the_same_page() {
    assert_eq!(page(&example::report()), page(&example::report()));
}

#[test]
fn an_undefined_number_says_so() {
    assert!(page(&example::report()).contains("<span>undefined</span>"));
}
