//! The pass against its statement, row for row.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use botany_engine::{Engine, EngineOptions};
use botany_enrich::label::Rule;
use botany_enrich::profiles::{Grain, MEASURES, Options, Part};
use botany_enrich::threat::{self, Rules};
use botany_enrich::windows::{self, Ask};

use crate::chance::Chance;
use crate::house::{House, Open, print};

const SOURCES: [&str; 13] = [
    "203.0.113.1",
    "203.0.113.2",
    "203.0.112.200",
    "203.1.0.1",
    "::ffff:203.0.113.2",
    "2001:db8::1",
    "2001:db8::2",
    "2001:db8:0:1::1",
    "::cb00:7101",
    "::1",
    "no address",
    "null",
    "0.0.0.0",
];

fn house(dice: &mut Chance, flows: usize) -> House {
    let mut house = House::default();
    for source in &SOURCES[..4] {
        for name in ["mother", "ubnt", "root"] {
            let time = format!("2018-05-06T{:02}:10:00Z", dice.below(24));
            house = house.ssh(&time, source, name);
        }
    }
    for _ in 0..flows {
        let day = dice.pick(&["1969-12-31", "2018-05-05", "2018-05-06", "2018-05-07"]);
        let (hour, minute, micros) =
            (dice.below(24), dice.below(3) * 20, dice.below(3) * 999_999 / 2);
        let time = format!("{day}T{hour:02}:{minute:02}:00.{micros:06}Z");
        let end = format!("{day}T23:59:{:02}.5Z", dice.below(60));
        let number = |n: u64| n.to_string();
        let (i, o) = (number(dice.below(8)), number(dice.below(8)));
        let other = [
            ("src_ip", dice.pick(&SOURCES)),
            (
                "dest_ip",
                dice.pick(&[
                    "192.0.2.1",
                    "192.0.2.2",
                    "::ffff:192.0.2.1",
                    "x",
                    "null",
                    "203.0.113.1",
                ]),
            ),
            ("src_port", dice.pick(&["0", "40000", "65535", "null"])),
            ("dest_port", dice.pick(&["22", "23", "2323", "null"])),
            ("tcp_flags_ts", dice.pick(&["2", "27", "255", "null"])),
            ("tcp_flags_tc", dice.pick(&["0", "4", "20", "18", "null"])),
            ("end_time", if dice.below(2) == 0 { "null" } else { &end }),
            ("age", dice.pick(&["0", "61", "null"])),
            ("packets_in", &i),
            ("packets_out", &o),
            ("bytes_in", dice.pick(&["0", "1500", "18446744073709551615"])),
        ];
        house = house.flow(&time, "203.0.113.1", &other);
    }
    house
}

fn measures(grain: Grain) -> Vec<String> {
    let all = MEASURES.iter().filter(|m| m.part == Part::Flow && m.grain <= grain);
    all.map(|m| m.name.to_owned()).collect()
}

fn everything() -> Ask {
    Ask {
        carry: ["line", "src_ip", "packets_in"].map(str::to_owned).to_vec(),
        features: ["packet_ratio", "packet_pcr_range", "duration"].map(str::to_owned).to_vec(),
        address: measures(Grain::Address),
        block: measures(Grain::Block),
        ..Ask::default()
    }
}

/// Cells by line of the log: column, type and text; and the number where it is a real one.
fn cells(batches: &[RecordBatch]) -> BTreeMap<u64, Vec<(String, Option<f64>)>> {
    let mut all = BTreeMap::new();
    for batch in batches {
        let schema = batch.schema();
        let mut rows = vec![Vec::new(); batch.num_rows()];
        for (at, field) in schema.fields().iter().enumerate() {
            let reals = batch.column(at).as_primitive_opt::<Float64Type>();
            let texts = print(&[batch.project(&[at]).unwrap()]);
            for (row, text) in texts.into_iter().enumerate() {
                let real = reals.filter(|r| r.is_valid(row)).map(|r| r.value(row));
                rows[row].push((format!("{} {} {text}", field.name(), field.data_type()), real));
            }
        }
        for cells in rows {
            let line = cells[0].0.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(all.insert(line, cells).is_none(), "line {line} stands twice");
        }
    }
    all
}

async fn compare(open: &Open, ask: &Ask) -> usize {
    let pass = windows::pass(&open.engine, ask).await.unwrap();
    let said = cells(&pass.expect("there is room, and nothing lacks"));
    let meant = cells(&open.engine.sql(&ask.sql().unwrap()).await.unwrap());
    assert_eq!(said.keys().collect::<Vec<_>>(), meant.keys().collect::<Vec<_>>());
    for (line, meant) in &meant {
        assert_eq!(said[line].len(), meant.len());
        for (said, meant) in said[line].iter().zip(meant) {
            match (said.1, meant.1) {
                (Some(x), Some(y)) => {
                    assert!(
                        (x - y).abs() <= 1e-12 * y.abs().max(1.0),
                        "{line}: {said:?} {meant:?}"
                    );
                }
                _ => assert_eq!(said.0, meant.0, "{line}"),
            }
        }
    }
    said.len()
}

#[tokio::test]
async fn the_pass_says_what_its_statement_says() {
    let shapes = [
        Options::default(),
        Options { window_hours: 24, step_hours: Some(6), ..Options::default() },
        Options { window_hours: 1, v4_bits: 16, v6_bits: 48, ..Options::default() },
        Options { window_hours: 744, v4_bits: 0, v6_bits: 0, ..Options::default() },
        Options { window_hours: 5, v4_bits: 32, v6_bits: 128, ..Options::default() },
    ];
    let rules = [Rule::Any, Rule::Within { before_hours: 3, after_hours: 2 }];
    for (seed, options) in (1..).zip(shapes) {
        let mut dice = Chance(seed);
        let open = house(&mut dice, 100).open().await;
        threat::build(&open.engine, &Rules::default()).await.unwrap();
        let rule = rules[seed as usize % 2];
        let rows = compare(&open, &Ask { options, rule, ..everything() }).await;
        assert!(rows > 70, "{rows} of 100 have a source");
    }
}

#[tokio::test]
async fn without_flows_there_are_the_columns() {
    let open = House::default().open().await;
    threat::none(&open.engine).unwrap();
    assert_eq!(compare(&open, &everything()).await, 0);
    let none = windows::flows(&open.engine, &Ask::default()).await.unwrap();
    assert_eq!(none[0].schema().fields().len(), 1);
}

#[tokio::test]
async fn where_there_is_no_room_the_statement_is_asked() {
    let open = house(&mut Chance(9), 100).open().await;
    assert_eq!(open.engine.room(), None);
    let flows = open.engine.sql("SELECT * FROM flow WHERE src_ip IS NOT NULL").await.unwrap();
    let little = EngineOptions { memory_limit: Some(4 << 20), partitions: 2 };
    let engine = Engine::in_memory(&little).unwrap();
    let many: Vec<RecordBatch> = (0..100).flat_map(|_| flows.clone()).collect();
    engine.register_batches("flow", many).unwrap();
    threat::none(&engine).unwrap();
    let measure = || vec!["flows".to_owned()];
    let ask = Ask { address: measure(), block: measure(), ..Ask::default() };
    assert!(windows::pass(&engine, &ask).await.unwrap().is_none());
    let said = sorted(&windows::flows(&engine, &ask).await.unwrap());
    assert!(said.len() > 8_192);
    assert_eq!(said, sorted(&engine.sql(&ask.sql().unwrap()).await.unwrap()));
}

#[tokio::test]
async fn a_source_that_is_listed_twice_has_its_flows_twice_as_the_statement_says() {
    let open = house(&mut Chance(11), 50).open().await;
    let list = threat::build(&open.engine, &Rules::default()).await.unwrap().batches;
    open.engine.register_batches("threat", [list.clone(), list].concat()).unwrap();
    assert!(windows::pass(&open.engine, &everything()).await.unwrap().is_none());
    let said = sorted(&windows::flows(&open.engine, &everything()).await.unwrap());
    assert_eq!(said, sorted(&open.engine.sql(&everything().sql().unwrap()).await.unwrap()));
}

fn sorted(batches: &[RecordBatch]) -> Vec<String> {
    let mut rows = print(batches);
    rows.sort();
    rows
}

#[tokio::test]
async fn what_there_is_not_is_refused_with_a_next_step() {
    let refused = |ask: Ask| ask.sql().unwrap_err().to_string();
    let some = |name: &str| vec![name.to_owned()];
    assert!(refused(Ask { carry: some("nothing"), ..Ask::default() }).contains("no column"));
    assert!(refused(Ask { features: some("profile_flows"), ..Ask::default() }).contains("measure"));
    assert!(
        refused(Ask { address: some("addresses"), ..Ask::default() }).contains("grain address")
    );
    assert!(refused(Ask { block: some("login_failed"), ..Ask::default() }).contains("no measure"));
    let options = Options { window_hours: 0, ..Options::default() };
    assert!(refused(Ask { options, ..Ask::default() }).contains("window-hours"));
}
