use botany_enrich::label::{self, Rule};
use botany_enrich::threat::{self, Rules};

use crate::house::House;

fn house() -> House {
    let times = [
        "2018-05-05T22:59:59Z",
        "2018-05-05T23:00:00Z",
        "2018-05-06T05:00:00Z",
        "2018-05-06T05:00:01Z",
    ];
    let house = House::default().ssh("2018-05-06T01:00:00Z", "203.0.113.1", "mother").ssh(
        "2018-05-06T03:00:00Z",
        "203.0.113.1",
        "ubnt",
    );
    times
        .iter()
        .fold(house, |house, time| house.flow(time, "203.0.113.1", &[]))
        .flow("2018-05-06T02:00:00Z", "203.0.113.2", &[])
        .flow("2018-05-06T02:00:00Z", "null", &[("src_ip", "null")])
}

async fn labels(rule: Rule) -> Vec<String> {
    let open = house().open().await;
    threat::build(&open.engine, &Rules::default()).await.unwrap();
    label::register(&open.engine, rule).await.unwrap();
    open.ask("SELECT line, is_mirai FROM labelled ORDER BY line").await
}

#[tokio::test]
async fn a_flow_is_labelled_by_its_source_and_its_time() {
    let near = Rule::Within { before_hours: 2, after_hours: 2 };
    assert_eq!(labels(near).await, ["3 0", "4 1", "5 1", "6 0", "7 0", "8 0"]);
    assert_eq!(labels(Rule::Any).await, ["3 1", "4 1", "5 1", "6 1", "7 0", "8 0"]);
}

#[tokio::test]
async fn every_flow_is_there_once_with_what_the_list_says() {
    let open = house().open().await;
    threat::none(&open.engine).unwrap();
    label::register(&open.engine, Rule::Any).await.unwrap();
    assert_eq!(open.ask("SELECT count(*), sum(is_mirai) FROM labelled").await, ["6 0"]);
    // A new list counts once the view is made again.
    threat::build(&open.engine, &Rules::default()).await.unwrap();
    label::register(&open.engine, Rule::Any).await.unwrap();
    assert_eq!(
        open.ask(
            "SELECT DISTINCT threat_usernames, threat_services FROM labelled WHERE is_mirai = 1"
        )
        .await,
        ["mother,ubnt ssh"]
    );
    assert_eq!(open.ask("SELECT count(*), sum(is_mirai) FROM labelled").await, ["6 4"]);
}
