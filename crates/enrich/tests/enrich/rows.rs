use botany_enrich::features::Grain;
use botany_enrich::label::{self, Rule};
use botany_enrich::profiles::Options;
use botany_enrich::rows::{Selection, select};
use botany_enrich::threat::{self, Rules};

use crate::house::{House, Open, print};

fn house() -> House {
    House::default()
        .flow("2018-05-07T01:00:00Z", "203.0.113.1", &[("dest_port", "23")])
        .flow("2018-05-06T02:00:00Z", "203.0.113.2", &[])
        .flow("2018-05-06T01:00:00Z", "203.0.113.1", &[])
        .flow("2018-05-06T01:00:00Z", "203.0.113.1", &[("dest_port", "23")])
        .ssh("2018-05-06T01:00:00Z", "203.0.113.1", "mother")
        .ssh("2018-05-06T01:00:00Z", "203.0.113.1", "ubnt")
}

async fn labelled(house: House) -> Open {
    let open = house.open().await;
    threat::build(&open.engine, &Rules::default()).await.unwrap();
    let rule = Rule::Within { before_hours: 1, after_hours: 1 };
    label::register(&open.engine, rule).await.unwrap();
    open
}

fn selection(grain: Grain, feature: &str, filter: Option<&str>) -> Selection {
    Selection {
        grain,
        features: vec![feature.to_owned()],
        filter_sql: filter.map(str::to_owned),
        ..Selection::default()
    }
}

async fn rows(selection: &Selection) -> Vec<String> {
    print(&select(&labelled(house()).await.engine, selection).await.unwrap())
}

#[tokio::test]
async fn flows_come_in_a_total_order_with_their_keys() {
    assert_eq!(
        rows(&selection(Grain::Flow, "profile_flows", None)).await,
        [
            "203.0.113.1 203.0.113.0/24 2018-05-06T01:00:00Z 1 0 2.0",
            "203.0.113.1 203.0.113.0/24 2018-05-06T01:00:00Z 1 1 2.0",
            "203.0.113.2 203.0.113.0/24 2018-05-06T02:00:00Z 0 2 1.0",
            "203.0.113.1 203.0.113.0/24 2018-05-07T01:00:00Z 0 3 1.0",
        ]
    );
}

#[tokio::test]
async fn a_condition_chooses_flows_and_their_profile_still_knows_all() {
    assert_eq!(
        rows(&selection(Grain::Flow, "profile_flows", Some("dest_port = 22 -- the article's")))
            .await,
        [
            "203.0.113.1 203.0.113.0/24 2018-05-06T01:00:00Z 1 0 2.0",
            "203.0.113.2 203.0.113.0/24 2018-05-06T02:00:00Z 0 1 1.0",
        ]
    );
    // Names of the profile and of the flow do not get into each other's way.
    let twin = selection(
        Grain::Flow,
        "profile_packets_in",
        Some("packets_in > 3 AND flow.dest_port = 22"),
    );
    assert_eq!(rows(&twin).await.len(), 2);
}

#[tokio::test]
async fn an_address_is_one_row_a_window_and_one_listed_flow_lists_it() {
    assert_eq!(
        rows(&selection(Grain::Address, "profile_flows", None)).await,
        [
            "203.0.113.1 203.0.113.0/24 2018-05-06T00:00:00Z 1 0 2.0",
            "203.0.113.2 203.0.113.0/24 2018-05-06T00:00:00Z 0 1 1.0",
            "203.0.113.1 203.0.113.0/24 2018-05-07T00:00:00Z 0 2 1.0",
        ]
    );
    assert_eq!(
        rows(&selection(Grain::Address, "profile_flows", Some("dest_port = 23"))).await,
        [
            "203.0.113.1 203.0.113.0/24 2018-05-06T00:00:00Z 1 0 1.0",
            "203.0.113.1 203.0.113.0/24 2018-05-07T00:00:00Z 0 1 1.0",
        ]
    );
}

#[tokio::test]
async fn a_block_is_its_own_address() {
    assert_eq!(
        rows(&selection(Grain::Block, "profile_addresses", None)).await,
        [
            "203.0.113.0/24 203.0.113.0/24 2018-05-06T00:00:00Z 1 0 2.0",
            "203.0.113.0/24 203.0.113.0/24 2018-05-07T00:00:00Z 0 1 1.0",
        ]
    );
}

#[tokio::test]
async fn a_flow_among_sliding_windows_is_given_the_last_that_holds_it() {
    let sliding = Selection {
        profile: Options { step_hours: Some(1), ..Options::default() },
        ..selection(Grain::Flow, "profile_flows", None)
    };
    // The window of the last flow begins at 02:00 the day before: it holds one other flow of nobody's.
    let counts: Vec<String> =
        rows(&sliding).await.iter().map(|r| r.rsplit(' ').next().unwrap().to_owned()).collect();
    assert_eq!(counts, ["2.0", "2.0", "1.0", "1.0"]);
}

#[tokio::test]
async fn what_is_carried_stands_between_keys_and_features() {
    let carried = Selection {
        carry: vec!["dest_port".to_owned(), "proto".to_owned()],
        ..selection(Grain::Flow, "profile_flows", Some("dest_port = 23"))
    };
    let batches = select(&labelled(house()).await.engine, &carried).await.unwrap();
    let names: Vec<String> =
        batches[0].schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names[5..], ["dest_port", "proto", "profile_flows"]);
    let rows = print(&batches);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.contains(" 23 ")), "{rows:?}");

    let window = Selection { grain: Grain::Address, ..carried.clone() };
    assert!(window.sql().unwrap_err().to_string().contains("no columns of one flow"));
    let unknown = Selection { carry: vec!["dest_prot".to_owned()], ..carried };
    assert!(unknown.sql().unwrap_err().to_string().contains("`dest_prot`"));
}

#[tokio::test]
async fn the_order_does_not_depend_on_how_the_flows_came() {
    let times: Vec<String> =
        (0..500).map(|n| format!("2018-05-06T{:02}:{:02}:00Z", n * 7 % 24, n * 13 % 10)).collect();
    let address = |n: usize| format!("203.0.113.{}", n % 29);
    let mut orders = Vec::new();
    for backwards in [false, true] {
        let mut numbers: Vec<usize> = (0..times.len()).collect();
        if backwards {
            numbers.reverse();
        }
        let house = numbers.iter().fold(House::default(), |house, n| {
            let id = (n % 17).to_string();
            let line = n.to_string();
            let port = (1024 + n).to_string();
            house.flow(
                &times[*n],
                &address(*n),
                &[("flow_id", &id), ("src_port", &port), ("line", &line)],
            )
        });
        let names = ["profile_src_ports", "profile_inter_arrival_std", "packets_total"];
        let selection = Selection {
            features: names.map(str::to_owned).to_vec(),
            ..selection(Grain::Flow, "age", None)
        };
        let open = labelled(house).await;
        orders.push(print(&select(&open.engine, &selection).await.unwrap()));
    }
    assert_eq!(orders[0].len(), 500);
    assert_eq!(orders[0], orders[1]);
}

#[tokio::test]
async fn a_condition_that_is_none_is_refused() {
    let open = labelled(house()).await;
    for filter in ["no_such_column = 1", "dest_port =", "1 = 1); DROP TABLE flow; --"] {
        let selection = selection(Grain::Flow, "age", Some(filter));
        assert!(select(&open.engine, &selection).await.is_err(), "{filter}");
    }
    assert_eq!(open.ask("SELECT count(*) FROM flow").await, ["4"]);
}

#[tokio::test]
async fn no_rows_still_have_their_columns() {
    let open = labelled(House::default()).await;
    for grain in [Grain::Flow, Grain::Address, Grain::Block] {
        let batches = select(&open.engine, &selection(grain, "profile_flows", None)).await.unwrap();
        assert_eq!(batches.len(), 1);
        assert_eq!((batches[0].num_rows(), batches[0].num_columns()), (0, 6));
    }
}
