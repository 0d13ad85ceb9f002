//! The threat list's pass against its statement, row for row.

use std::path::Path;

use arrow::array::RecordBatch;
use botany_catalog::tables::LOGIN;
use botany_engine::{Engine, EngineOptions};
use botany_enrich::threat::{self, Outcomes, Rules};

use crate::chance::Chance;
use crate::house::{House, print};

const SOURCES: [&str; 9] = [
    "203.0.113.1",
    "203.0.113.2",
    "203.0.112.200",
    "::ffff:203.0.113.2",
    "2001:db8::1",
    "2001:db8:0:1::1",
    "::1",
    "no address",
    "198.51.100.7",
];

/// Log-ins of few sources, names, hours and lines, so that they meet in all of them.
fn house(dice: &mut Chance, logins: usize) -> House {
    let mut house = House::default();
    for _ in 0..logins {
        let day = dice.pick(&["1969-12-31", "2018-05-06", "2018-05-07"]);
        let (hour, second) = (dice.below(24), dice.below(2) * 30);
        let time = format!("{day}T{hour:02}:00:{second:02}.000001Z");
        let name = dice.pick(&["root", "admin", "guest", "ubnt", "Admin", "", "null", "stranger"]);
        let line = dice.below(12).to_string();
        let other = [
            ("username", name),
            ("password", dice.pick(&["null", "", "12345", "guest", "xc3511", "admin", "other"])),
            ("service", dice.pick(&["ssh", "telnet"])),
            ("outcome", dice.pick(&["failed", "failed", "accepted"])),
            ("attempts", dice.pick(&["0", "1", "3"])),
            ("file", dice.pick(&["auth.log", "auth.log.1", "honeypot.json"])),
            ("line", &line),
        ];
        house = house.login(&time, dice.pick(&SOURCES), name, &other);
    }
    house
}

fn every_rule(own: &Path) -> Vec<Rules> {
    let base = Rules::default;
    let nets = |nets: &[&str]| nets.iter().map(|net| net.parse().unwrap()).collect();
    vec![
        base(),
        Rules { min_names: 1, min_pairs: 0, ..base() },
        Rules { min_names: 3, min_pairs: 0, window_hours: 1, expiry_hours: 0, ..base() },
        Rules { min_names: 0, min_pairs: 2, window_hours: 3, ..base() },
        Rules { min_names: 4, min_pairs: 3, window_hours: 7, ..base() },
        Rules { min_names: 9, min_pairs: 0, ..base() },
        Rules { outcomes: Outcomes::Failed, services: vec!["ssh".into()], ..base() },
        Rules { outcomes: Outcomes::Any, services: vec!["telnet".into(), "ssh".into()], ..base() },
        Rules { dictionary: "article-2016".into(), min_names: 2, ..base() },
        Rules { dictionary: own.display().to_string(), min_names: 2, ..base() },
        Rules { window_hours: 24 * 365 * 100, expiry_hours: 24 * 365 * 100, ..base() },
        Rules { allow: nets(&["203.0.113.0/24", "2001:db8::/64"]), ..base() },
        Rules { allow: nets(&["::ffff:203.0.113.2/128", "0.0.0.0/2", "::/0"]), ..base() },
    ]
}

/// How many are listed; every cell, and the order, as the statement has them.
async fn compare(engine: &Engine, rules: &Rules) -> usize {
    let said = threat::pass(engine, rules).await.unwrap().expect("there is room, nothing lacks");
    let meant = engine.sql(&rules.sql().unwrap()).await.unwrap();
    let names = |batches: &[RecordBatch]| -> Vec<String> {
        batches[0].schema().fields().iter().map(|field| field.name().clone()).collect()
    };
    assert_eq!(names(&said), names(&meant));
    let said = print(&said);
    assert_eq!(said, print(&meant), "{rules:?}");
    said.len()
}

#[tokio::test]
async fn the_pass_lists_what_its_statement_lists() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.csv");
    std::fs::write(&own, "weight,username,password\n3,root,\n1,,12345\n2,ubnt,guest\n1,Admin,\n")
        .unwrap();
    for (seed, logins) in [(1, 60), (2, 600)] {
        let open = house(&mut Chance(seed), logins).open().await;
        let mut listed = Vec::new();
        for rules in every_rule(&own) {
            listed.push(compare(&open.engine, &rules).await);
        }
        if logins == 600 {
            assert!(listed.iter().filter(|count| **count > 2).count() > 8, "{listed:?}");
            assert!(listed.contains(&0), "{listed:?}");
        }
    }
    let nobody = House::default().open().await;
    assert_eq!(compare(&nobody.engine, &Rules::default()).await, 0);
}

#[tokio::test]
async fn many_sources_are_as_few() {
    let mut dice = Chance(7);
    let mut house = House::default();
    for n in 0..20_000 {
        let source = format!("10.{}.{}.{}", dice.below(3), dice.below(80), dice.below(40));
        let time = format!("2018-05-06T{:02}:{:02}:00Z", n / 1000, dice.below(60));
        house = house.ssh(&time, &source, dice.pick(&["root", "admin", "ubnt", "tech", "pi"]));
    }
    let open = house.open().await;
    let listed = compare(&open.engine, &Rules { min_pairs: 0, ..Rules::default() }).await;
    assert!(listed > 1_000, "{listed}");
}

#[tokio::test]
async fn where_there_is_no_room_the_statement_is_asked() {
    let open = house(&mut Chance(5), 400).open().await;
    let logins = open.engine.sql("SELECT * EXCEPT (event_date) FROM login").await.unwrap();
    let rules = Rules::default();
    let meant = print(&threat::build(&open.engine, &rules).await.unwrap().batches);
    assert!(!meant.is_empty());
    for (limit, fits) in [(4 << 10, false), (64 << 20, true)] {
        let options = EngineOptions { memory_limit: Some(limit), partitions: 2 };
        let engine = Engine::in_memory(&options).unwrap();
        engine.register_batches(LOGIN.name, logins.clone()).unwrap();
        assert_eq!(threat::pass(&engine, &rules).await.unwrap().is_some(), fits);
        if fits {
            assert_eq!(print(&threat::build(&engine, &rules).await.unwrap().batches), meant);
        }
    }
}

#[tokio::test]
async fn log_ins_without_their_lines_are_left_to_the_statement() {
    let open = house(&mut Chance(6), 100).open().await;
    let older =
        "SELECT * EXCEPT (line, event_date), CAST(NULL AS BIGINT UNSIGNED) AS line FROM login";
    let logins = open.engine.sql(older).await.unwrap();
    open.engine.register_batches(LOGIN.name, logins).unwrap();
    assert!(threat::pass(&open.engine, &Rules::default()).await.unwrap().is_none());
}
