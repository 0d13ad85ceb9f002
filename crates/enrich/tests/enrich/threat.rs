use botany_enrich::threat::{self, Outcomes, Rules};

use crate::house::{House, print};

/// Any Mirai name over SSH, no pairs.
fn names(min_names: u32) -> Rules {
    Rules { min_names, min_pairs: 0, ..Rules::default() }
}

async fn listed(house: House, rules: &Rules) -> Vec<String> {
    let open = house.open().await;
    threat::build(&open.engine, rules).await.unwrap();
    open.ask("SELECT src_ip, names, pairs, attempts FROM threat ORDER BY src_ip").await
}

#[tokio::test]
async fn a_source_is_listed_by_the_distinct_names_it_shows() {
    let house = || {
        House::default()
            .ssh("2018-05-06T01:00:00Z", "203.0.113.1", "root")
            .ssh("2018-05-06T01:01:00Z", "203.0.113.1", "root")
            .ssh("2018-05-06T01:00:00Z", "203.0.113.2", "root")
            .ssh("2018-05-06T01:01:00Z", "203.0.113.2", "mother")
            .ssh("2018-05-06T01:01:00Z", "203.0.113.3", "Mother")
            .ssh("2018-05-06T01:01:00Z", "203.0.113.3", "")
    };
    assert_eq!(listed(house(), &names(1)).await, ["203.0.113.1 1 0 2", "203.0.113.2 2 0 2"]);
    assert_eq!(listed(house(), &names(2)).await, ["203.0.113.2 2 0 2"]);
    assert!(listed(house(), &names(3)).await.is_empty());
    let article = Rules { dictionary: "article-2016".into(), ..names(1) };
    assert_eq!(listed(house(), &article).await, ["203.0.113.2 1 0 1"]);
}

#[tokio::test]
async fn the_window_slides_and_its_ends_count() {
    let house = |last: &str| {
        House::default()
            .ssh("2018-05-06T00:00:00Z", "203.0.113.1", "root")
            // In the middle, so that fixed windows from the first line or by the day would miss it.
            .ssh("2018-05-06T23:00:00Z", "203.0.113.1", "admin")
            .ssh("2018-05-07T12:00:00Z", "203.0.113.1", "ubnt")
            .ssh(last, "203.0.113.1", "tech")
    };
    assert_eq!(listed(house("2018-05-07T23:00:00Z"), &names(3)).await, ["203.0.113.1 4 0 4"]);
    assert!(listed(house("2018-05-07T23:00:00.000001Z"), &names(3)).await.is_empty());
}

#[tokio::test]
async fn pairs_list_a_source_as_well_and_a_known_password_is_needed() {
    let house = || {
        House::default()
            .telnet("2018-05-06T01:00:00Z", "203.0.113.1", "root", "xc3511")
            .telnet("2018-05-06T01:01:00Z", "203.0.113.1", "root", "vizxv")
            .telnet("2018-05-06T01:00:00Z", "203.0.113.2", "root", "hunter2")
            .telnet("2018-05-06T01:01:00Z", "203.0.113.2", "root", "")
            .ssh("2018-05-06T01:01:00Z", "203.0.113.3", "root")
    };
    let pairs = |min_pairs| Rules { min_names: 0, min_pairs, ..Rules::default() };
    assert_eq!(listed(house(), &pairs(2)).await, ["203.0.113.1 1 2 2"]);
    assert_eq!(listed(house(), &pairs(1)).await, ["203.0.113.1 1 2 2", "203.0.113.2 1 1 2"]);
    // Either rule lists.
    let either = Rules { min_names: 2, min_pairs: 2, ..Rules::default() };
    assert_eq!(listed(house(), &either).await, ["203.0.113.1 1 2 2"]);
}

#[tokio::test]
async fn the_same_password_under_two_names_is_two_pairs() {
    let house = House::default()
        .telnet("2018-05-06T01:00:00Z", "203.0.113.1", "root", "12345")
        .telnet("2018-05-06T01:01:00Z", "203.0.113.1", "admin", "12345");
    let rules = Rules { min_names: 0, min_pairs: 2, ..Rules::default() };
    assert_eq!(listed(house, &rules).await, ["203.0.113.1 2 2 2"]);
}

#[tokio::test]
async fn outcomes_and_services_are_chosen() {
    let house = || {
        House::default()
            .login("2018-05-06T01:00:00Z", "203.0.113.1", "admin", &[("outcome", "accepted")])
            .login(
                "2018-05-06T01:00:00Z",
                "203.0.113.2",
                "admin",
                &[("outcome", "accepted"), ("service", "telnet"), ("password", "admin")],
            )
            .ssh("2018-05-06T01:00:00Z", "203.0.113.3", "admin")
    };
    let with = |outcomes, service: &str| Rules {
        outcomes,
        services: vec![service.to_owned()],
        ..names(1)
    };
    let sources = async |rules: Rules| -> Vec<String> {
        let lines = listed(house(), &rules).await;
        lines
            .iter()
            .map(|l| l.split(' ').next().unwrap().rsplit('.').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(sources(with(Outcomes::Failed, "any")).await, ["3"]);
    assert_eq!(sources(with(Outcomes::FailedOrTelnet, "any")).await, ["2", "3"]);
    assert_eq!(sources(with(Outcomes::Any, "any")).await, ["1", "2", "3"]);
    assert_eq!(sources(with(Outcomes::Any, "telnet")).await, ["2"]);
}

#[tokio::test]
async fn ones_own_networks_are_never_listed() {
    let house = House::default()
        .ssh("2018-05-06T01:00:00Z", "198.51.100.9", "admin")
        .ssh("2018-05-06T01:00:00Z", "198.51.101.9", "admin")
        .ssh("2018-05-06T01:00:00Z", "2001:db8::9", "admin")
        .ssh("2018-05-06T01:00:00Z", "2001:db9::9", "admin");
    let allow = vec!["198.51.100.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let rules = Rules { allow, ..names(1) };
    assert_eq!(listed(house, &rules).await, ["198.51.101.9 1 0 1", "2001:db9::9 1 0 1"]);
}

#[tokio::test]
async fn a_line_that_only_names_a_user_is_evidence_but_no_attempt() {
    let house = House::default()
        .login("2018-05-06T01:00:00Z", "203.0.113.1", "ubnt", &[("attempts", "0")])
        .login("2018-05-06T01:00:02Z", "203.0.113.1", "ubnt", &[("attempts", "3")])
        .login("2018-05-06T01:00:00Z", "203.0.113.2", "ubnt", &[("attempts", "0")]);
    assert_eq!(listed(house, &names(1)).await, ["203.0.113.1 1 0 3", "203.0.113.2 1 0 0"]);
}

#[tokio::test]
async fn an_entry_says_when_what_and_on_which_line() {
    // Collected out of order.
    let open = House::default()
        .ssh("2018-05-06T03:00:00Z", "203.0.113.1", "mother")
        .ssh("2018-05-06T01:00:00Z", "203.0.113.1", "root")
        .ssh("2018-05-06T02:00:00Z", "203.0.113.1", "root")
        .telnet("2018-05-06T04:00:00Z", "203.0.113.1", "root", "xc3511")
        .open()
        .await;
    let rules = names(2);
    let list = threat::build(&open.engine, &rules).await.unwrap();
    assert_eq!(list.len(), 1);
    // root 0.604 + mother 7.248 bits, and the pair root/xc3511 3.926.
    assert_eq!(
        open.ask("SELECT * FROM threat").await,
        [
            "203.0.113.1 2018-05-06T01:00:00Z 2018-05-06T04:00:00Z 2018-05-06T03:00:00Z 4 2 1 mother,root 11.778 ssh,telnet auth.log:2 auth.log:1 2018-05-07T04:00:00Z"
        ]
    );
    assert_eq!(list.sql, rules.sql().unwrap());
}

#[tokio::test]
async fn the_list_is_the_same_however_the_lines_came() {
    let lines: Vec<(String, String, &str)> = (0..400)
        .map(|n| {
            let names = ["root", "admin", "ubnt", "tech", "guest", "user", "stranger"];
            let time = format!("2018-05-{:02}T{:02}:00:00Z", 6 + n % 9, n % 24);
            (time, format!("203.0.113.{}", n % 37), names[n % names.len()])
        })
        .collect();
    let house = |lines: &mut dyn Iterator<Item = &(String, String, &'static str)>| {
        lines.fold(House::default(), |house, (time, ip, name)| {
            // The line's number must not depend on the order either.
            let line = (time.len() + ip.len()).to_string();
            house.login(time, ip, name, &[("line", &line)])
        })
    };
    let rules = names(3);
    let mut lists = Vec::new();
    for house in [house(&mut lines.iter()), house(&mut lines.iter().rev())] {
        let open = house.open().await;
        lists.push(print(&threat::build(&open.engine, &rules).await.unwrap().batches));
    }
    assert!(lists[0].len() > 5, "{}", lists[0].len());
    assert_eq!(lists[0], lists[1]);
}

#[tokio::test]
async fn hostile_names_stay_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    std::fs::write(&path, "username,password\n\"x' OR '1'='1\",\"); DROP TABLE login --\"\n")
        .unwrap();
    let house = House::default().ssh("2018-05-06T01:00:00Z", "203.0.113.1", "root").telnet(
        "2018-05-06T01:00:00Z",
        "203.0.113.2",
        "x' OR '1'='1",
        "); DROP TABLE login --",
    );
    let rules = Rules { dictionary: path.display().to_string(), ..names(1) };
    assert_eq!(listed(house, &rules).await, ["203.0.113.2 1 1 1"]);
}

#[tokio::test]
async fn an_empty_store_gives_an_empty_list_with_all_columns() {
    let open = House::default().open().await;
    let list = threat::build(&open.engine, &Rules::default()).await.unwrap();
    assert!(list.is_empty());
    assert!(open.ask("SELECT src_ip, score, expires FROM threat").await.is_empty());
    for (column, declared) in list.batches[0].schema().fields().iter().zip(threat::COLUMNS) {
        assert_eq!(column.name(), declared.name);
    }
}
