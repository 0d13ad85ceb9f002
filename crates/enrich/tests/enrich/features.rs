use arrow::array::Array;
use botany_catalog::pcr::Mode;
use botany_enrich::features::{self, Grain};
use botany_enrich::label::{self, Rule};
use botany_enrich::rows::{KEYS, Selection, select};
use botany_enrich::threat;

use crate::house::{House, Open, print};

async fn open(house: House) -> Open {
    let open = house.open().await;
    threat::none(&open.engine).unwrap();
    label::register(&open.engine, Rule::Any).await.unwrap();
    open
}

/// The values of some features of a store's only flow.
async fn values(house: House, names: &[&str], pcr: Mode) -> String {
    let features = names.iter().map(|n| (*n).to_owned()).collect();
    let selection = Selection { features, pcr, ..Selection::default() };
    let batches = select(&open(house).await.engine, &selection).await.unwrap();
    let values: Vec<usize> = (KEYS.len()..batches[0].num_columns()).collect();
    print(&[batches[0].project(&values).unwrap()]).join("|")
}

fn flow(other: &[(&'static str, &str)]) -> House {
    House::default().flow("2018-05-06T01:00:00Z", "203.0.113.1", other)
}

#[tokio::test]
async fn the_articles_features_follow_from_the_packets() {
    let article = flow(&[("packets_in", "116"), ("packets_out", "114")]);
    let names = ["packets_in", "packets_out", "packets_total", "packet_ratio", "packet_pcr_range"];
    assert_eq!(
        values(article, &names, Mode::Closed).await,
        "116.0 114.0 230.0 -0.008695652173913044 3:1 Import"
    );
}

#[tokio::test]
async fn a_client_that_sent_nothing_has_a_range_unless_the_articles_rule_is_asked_for() {
    let names = ["packet_ratio", "packet_pcr_range"];
    let silent = || flow(&[("packets_in", "9"), ("packets_out", "0")]);
    let empty = || flow(&[("packets_in", "0"), ("packets_out", "0")]);
    assert_eq!(values(silent(), &names, Mode::Closed).await, "-1.0 Pure Pull");
    assert_eq!(values(silent(), &names, Mode::Article).await, "-1.0 null");
    assert_eq!(values(empty(), &names, Mode::Closed).await, "0.0 Empty");
    assert_eq!(values(empty(), &names, Mode::Article).await, "null null");
}

#[tokio::test]
async fn all_eight_bits_of_either_side_are_told_apart() {
    let reset = flow(&[("tcp_flags_ts", "2"), ("tcp_flags_tc", "20")]);
    let names = ["ts_syn", "ts_ack", "tc_rst", "tc_ack", "tc_syn", "tcp_flags_ts", "tcp_flags_tc"];
    assert_eq!(values(reset, &names, Mode::Closed).await, "1.0 0.0 1.0 1.0 0.0 SYN RST-ACK");
    let high = flow(&[("tcp_flags_ts", "224"), ("tcp_flags_tc", "null")]);
    let names = ["ts_urg", "ts_ece", "ts_cwr", "ts_fin", "tcp_flags_ts", "tcp_flags_tc"];
    assert_eq!(values(high, &names, Mode::Closed).await, "1.0 1.0 1.0 0.0 URG-ECE-CWR none");
}

#[tokio::test]
async fn time_is_taken_from_the_end_then_from_the_age() {
    let names = ["duration", "age", "packets_per_second", "bytes_per_packet_in"];
    let timed = flow(&[("end_time", "2018-05-06T01:00:02.5Z"), ("age", "3")]);
    assert_eq!(values(timed, &names, Mode::Closed).await, "2.5 3.0 8.0 150.0");
    let aged = flow(&[("age", "4")]);
    assert_eq!(values(aged, &names, Mode::Closed).await, "4.0 4.0 5.0 150.0");
    let backwards = flow(&[("end_time", "2018-05-06T00:00:00Z"), ("packets_in", "0")]);
    assert_eq!(values(backwards, &names, Mode::Closed).await, "0.0 0.0 10000.0 0.0");
}

#[tokio::test]
async fn no_feature_is_null_at_any_grain() {
    let bare =
        ["flow_id", "src_port", "dest_ip", "dest_port", "proto", "tcp_flags_ts", "tcp_flags_tc"]
            .map(|name| (name, "null"));
    let empty = ["packets_in", "packets_out", "bytes_in", "bytes_out"].map(|name| (name, "0"));
    let open = open(flow(&[&bare[..], &empty[..]].concat()).flow(
        "2018-05-07T01:00:00Z",
        "2001:db8::1",
        &[],
    ))
    .await;
    for grain in [Grain::Flow, Grain::Address, Grain::Block] {
        let features: Vec<String> = features::ALL
            .iter()
            .filter(|f| f.usable_at(grain))
            .map(|f| f.name.to_owned())
            .collect();
        let count = features.len();
        let selection = Selection { grain, features, allow_label: true, ..Selection::default() };
        let batches = select(&open.engine, &selection).await.unwrap();
        assert_eq!(batches.iter().map(|b| b.num_rows()).sum::<usize>(), 2);
        for batch in &batches {
            assert_eq!(batch.num_columns(), KEYS.len() + count);
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                assert_eq!(column.null_count(), 0, "{} at grain {}", field.name(), grain.name());
            }
        }
    }
}
