//! What is planned once says the same as the statement.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow::compute::concat_batches;
use botany_catalog::pcr::Mode;
use botany_catalog::tables::FLOW;
use botany_catalog::{Column, Kind};
use botany_engine::{Engine, EngineOptions};
use botany_enrich::direct::Direct;
use botany_enrich::features::{self, Grain};
use botany_enrich::rows::{Order, Selection, select};
use botany_enrich::{label, threat};

use crate::chance::Chance;

/// What a sensor might write in a column of text.
fn words(column: &str) -> &'static [&'static str] {
    match column {
        "src_ip" => &["192.0.2.1", "198.51.100.7", "2001:db8::1", "203.0.113.200"],
        "proto" => &["TCP", "UDP", "ICMP"],
        "state" => &["new", "established", "closed", "bypassed", ""],
        "tcp_state" => &["syn_sent", "closed", "established"],
        "reason" => &["timeout", "forced", "shutdown"],
        _ => &["one", "two", "drei"],
    }
}

fn column(column: &Column, rows: usize, chance: &mut Chance) -> ArrayRef {
    // Small numbers are equal often, large ones strain the arithmetic.
    let mut number = |bits: u32| {
        let gone = column.nullable && chance.below(5) == 0;
        let bound = [4, 30, u64::MAX >> (64 - bits)][chance.below(3) as usize];
        (!gone).then(|| chance.below(bound))
    };
    macro_rules! numbers {
        ($array:ident, $bits:literal) => {
            Arc::new((0..rows).map(|_| number($bits).map(|n| n as _)).collect::<$array>())
        };
    }
    match column.kind {
        Kind::Time => {
            let time = |_| number(40).map(|n| 1_500_000_000_000_000 + n as i64);
            let times: TimestampMicrosecondArray = (0..rows).map(time).collect();
            Arc::new(times.with_timezone("UTC"))
        }
        Kind::Text => {
            let words = words(column.name);
            let word = |_| number(16).map(|n| words[n as usize % words.len()]);
            Arc::new((0..rows).map(word).collect::<StringArray>())
        }
        Kind::Bool => {
            Arc::new((0..rows).map(|_| number(8).map(|n| n % 2 == 0)).collect::<BooleanArray>())
        }
        Kind::U8 => numbers!(UInt8Array, 8),
        Kind::U16 if column.name == "dest_port" => {
            let port = |_| number(8).map(|n| if n % 2 == 0 { 22 } else { 443 });
            Arc::new((0..rows).map(port).collect::<UInt16Array>())
        }
        Kind::U16 => numbers!(UInt16Array, 16),
        Kind::U32 => numbers!(UInt32Array, 32),
        Kind::U64 if column.name == "line" => {
            Arc::new(UInt64Array::from_iter_values(1..=rows as u64))
        }
        Kind::U64 => numbers!(UInt64Array, 40),
        Kind::F64 => unreachable!("a flow has no such column"),
    }
}

fn flows(rows: usize, seed: u64) -> RecordBatch {
    let mut chance = Chance(seed);
    let columns = FLOW.columns.iter().map(|one| column(one, rows, &mut chance)).collect();
    RecordBatch::try_new(FLOW.schema(), columns).unwrap()
}

fn selection(filter: Option<&str>, pcr: Mode) -> Selection {
    let known = |f: &&features::Feature| f.usable_at(Grain::Flow) && !f.is_profile();
    Selection {
        features: features::ALL.iter().filter(known).map(|f| f.name.to_owned()).collect(),
        carry: vec!["line".to_owned()],
        filter_sql: filter.map(str::to_owned),
        order: Order::Line,
        pcr,
        ..Selection::default()
    }
}

async fn engine(flows: &RecordBatch) -> Engine {
    let engine = Engine::in_memory(&EngineOptions::default()).unwrap();
    engine.register_batches("flow", vec![flows.clone()]).unwrap();
    threat::none(&engine).unwrap();
    label::register(&engine, label::Rule::Any).await.unwrap();
    engine
}

#[tokio::test]
async fn every_feature_of_any_flow_is_what_the_statement_says() {
    let filters = [
        None,
        Some("dest_port = 22"),
        Some("flow.dest_port = 22 AND proto = 'TCP' -- log-ins"),
        Some("state IN ('closed', 'established') OR age > 20"),
        Some("packets_in + packets_out > 12 AND src_ip LIKE '1%'"),
        Some("event_time >= TIMESTAMP '2017-07-14T02:40:00Z' AND NOT alerted"),
        Some("ip_block(src_ip, 24, 48) = '192.0.2.0/24'"),
        Some("packets_out < 0"),
    ];
    for (seed, filter) in (1_u64..).zip(filters) {
        let flows = flows(700, seed);
        let engine = engine(&flows).await;
        for pcr in [Mode::Closed, Mode::Article] {
            let selection = selection(filter, pcr);
            assert!(selection.features.len() > 15, "{}", selection.features.len());
            let direct = Direct::plan(&engine, &selection).unwrap().unwrap();
            let chosen = direct.choose(&flows).unwrap();

            let asked = select(&engine, &selection).await.unwrap();
            let asked = concat_batches(&asked[0].schema(), &asked).unwrap();
            let rows = chosen.rows.unwrap_or_else(|| (0..flows.num_rows()).collect());
            let lines = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64 + 1));
            let column = |name: &str| asked.column_by_name(name).unwrap();
            assert_eq!(&(Arc::new(lines) as ArrayRef), column("line"), "{filter:?}");
            for (field, found) in selection.features.iter().zip(chosen.features.columns()) {
                assert_eq!(found, column(field), "{field}, {filter:?}, {pcr:?}");
            }
            assert_eq!(asked.num_rows() == 0, filter == Some("packets_out < 0"));
        }
    }
}

#[tokio::test]
async fn what_a_flow_does_not_tell_by_itself_is_left_to_the_statement() {
    let engine = engine(&flows(3, 7)).await;
    for filter in ["is_mirai = 0", "threat_score > 1", "event_time < now()", "dest_prot = 22"] {
        let selection = selection(Some(filter), Mode::Closed);
        assert!(Direct::plan(&engine, &selection).unwrap().is_none(), "{filter}");
    }
    let profile = Selection { features: vec!["profile_flows".into()], ..Selection::default() };
    assert!(Direct::plan(&engine, &profile).unwrap().is_none());
}

#[tokio::test]
async fn a_filter_is_one_condition_or_refused() {
    let engine = engine(&flows(3, 7)).await;
    for filter in
        ["dest_port = 22) OR (dest_port = 443", "true) AND (age > 1", "age >", "", "true AS x"]
    {
        let mut selection = selection(Some(filter), Mode::Closed);
        for grain in [Grain::Flow, Grain::Address] {
            selection.grain = grain;
            selection.carry.clear();
            selection.features = vec!["profile_flows".to_owned()];
            let refused = Direct::plan(&engine, &selection).unwrap_err().to_string();
            assert!(refused.starts_with("the condition is not one expression"), "{refused}");
            assert_eq!(select(&engine, &selection).await.unwrap_err().to_string(), refused);
        }
    }
}
