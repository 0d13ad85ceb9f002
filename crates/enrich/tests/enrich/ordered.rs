//! Flows put in order by us against the one statement that says what their order is.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use botany_catalog::pcr::Mode;
use botany_enrich::Error;
use botany_enrich::features::Grain;
use botany_enrich::label::{self, Rule};
use botany_enrich::profiles::Options;
use botany_enrich::rows::{AT_ONCE, Ordered, Selection, select};
use botany_enrich::threat::{self, Rules};

use crate::chance::Chance;
use crate::house::{House, Open};

/// Flows of four days, some before 1970, many alike in all but one of what decides their order.
async fn house(dice: &mut Chance, flows: u64) -> Open {
    let mut house = House::default().ssh("2018-05-06T01:00:00Z", "203.0.113.1", "mother").ssh(
        "2018-05-06T01:00:00Z",
        "203.0.113.1",
        "ubnt",
    );
    for source in ["203.0.113.1", "203.0.113.2", "2001:db8::1"] {
        for _ in 0..5 {
            let day = dice.pick(&["2018-05-06", "2018-05-07", "2018-05-09", "1969-12-30"]);
            let time = format!("{day}T{:02}:30:00Z", dice.below(24));
            house = house.banner(&time, source, dice.pick(&["SSH-2.0-Go", "libssh"]));
            house = house.ssh(&time, source, dice.pick(&["root", "admin"]));
        }
    }
    for line in 0..flows {
        let day = dice.pick(&["2018-05-06", "2018-05-07", "2018-05-09", "1969-12-30"]);
        let time = format!("{day}T{:02}:00:{:02}Z", dice.below(3) * 11, dice.below(2));
        let address = dice.pick(&["203.0.113.1", "203.0.113.2", "2001:db8::1", "no address"]);
        let mut other = vec![
            ("src_port", dice.pick(&["1024", "40000"]).to_owned()),
            ("dest_port", dice.pick(&["22", "23"]).to_owned()),
            ("dest_ip", dice.pick(&["192.0.2.22", "192.0.2.3"]).to_owned()),
            ("packets_in", dice.below(4).to_string()),
            ("packets_out", dice.below(3).to_string()),
            ("file", ["eve.json", "eve.json.1"][line as usize % 2].to_owned()),
            ("line", (line / 2).to_string()),
        ];
        other.push(("flow_id", dice.pick(&["7", "8", "18446744073709551615", "null"]).to_owned()));
        let other: Vec<(&'static str, &str)> =
            other.iter().map(|(n, v)| (*n, v.as_str())).collect();
        house = house.flow(&time, address, &other);
    }
    let open = house.open().await;
    threat::build(&open.engine, &Rules::default()).await.unwrap();
    label::register(&open.engine, Rule::Within { before_hours: 1, after_hours: 1 }).await.unwrap();
    open
}

fn selection(features: &[&str]) -> Selection {
    Selection {
        features: features.iter().map(|f| (*f).to_owned()).collect(),
        ..Selection::default()
    }
}

/// The pieces put together, and how many rows were said to have all that is needed.
async fn ordered(open: &Open, selection: &Selection, at_once: u64) -> (RecordBatch, Option<usize>) {
    let needed = &selection.features;
    let ordered = Ordered::of(&open.engine, selection, needed, at_once).await.unwrap();
    let mut pieces = Vec::new();
    let take = |piece| {
        pieces.push(piece);
        Ok::<_, Error>(())
    };
    ordered.each(take).await.unwrap();
    (concat_batches(&pieces[0].schema(), &pieces).unwrap(), ordered.complete())
}

#[tokio::test]
async fn the_rows_are_those_of_the_statement_in_its_order() {
    for seed in 0..2 {
        let mut dice = Chance(seed);
        let open = house(&mut dice, 20 + 90 * seed).await;
        let profile =
            ["packets_in", "packet_pcr_range", "profile_flows", "profile_inter_arrival_mean"];
        let asked = [
            selection(&profile),
            Selection {
                filter_sql: Some("dest_port = 22 -- ours".to_owned()),
                profile: Options { step_hours: Some(12), ..Options::default() },
                ..selection(&profile)
            },
            Selection {
                carry: vec!["flow_id".to_owned(), "proto".to_owned()],
                pcr: Mode::Article,
                ..selection(&["packets_total", "packet_ratio", "packet_pcr_range"])
            },
            Selection { filter_sql: Some("is_mirai = 7".to_owned()), ..selection(&["age"]) },
            Selection {
                profile: Options { step_hours: Some(1), ..Options::default() },
                allow_label: true,
                ..selection(&["profile_flows", "profile_login_failed", "profile_ssh_software"])
            },
            Selection {
                filter_sql: Some("dest_port IN (SELECT 22) OR src_port = 1024".to_owned()),
                ..selection(&["packets_in"])
            },
            Selection { grain: Grain::Address, ..selection(&["profile_flows"]) },
        ];
        for selection in asked {
            let expected = select(&open.engine, &selection).await.unwrap();
            let expected = concat_batches(&expected[0].schema(), &expected).unwrap();
            for at_once in [1, AT_ONCE] {
                let (rows, complete) = ordered(&open, &selection, at_once).await;
                assert_eq!(rows, expected, "seed {seed}, {at_once} at once, {selection:?}");
                if let Some(complete) = complete {
                    let features = &rows.columns()[rows.num_columns() - selection.features.len()..];
                    let whole = |row: &usize| features.iter().all(|c| c.is_valid(*row));
                    assert_eq!(complete, (0..rows.num_rows()).filter(whole).count());
                }
            }
        }
    }
}

#[tokio::test]
async fn what_visits_may_stop_it_and_what_is_wrong_is_told() {
    let open = house(&mut Chance(1), 30).await;
    let asked = selection(&["packets_in"]);
    let rows = Ordered::of(&open.engine, &asked, &[], 1).await.unwrap();
    let mut seen = 0;
    let stopped = rows.each(|_| {
        seen += 1;
        Err::<(), _>(Error::Setting("enough".to_owned()))
    });
    assert_eq!(stopped.await.unwrap_err().to_string(), "enough");
    assert_eq!(seen, 1);
    for filter in
        ["no_such_column = 1", "1 = 1); DROP TABLE flow; --", "dest_port = 22) OR (dest_port = 23"]
    {
        let asked = Selection { filter_sql: Some(filter.to_owned()), ..selection(&["packets_in"]) };
        assert!(Ordered::of(&open.engine, &asked, &[], 1).await.is_err(), "{filter}");
    }
    let unknown = selection(&["packets_im"]);
    assert!(Ordered::of(&open.engine, &unknown, &[], 1).await.is_err());
}

/// The rows as handed on, put together.
async fn all(rows: &Ordered<'_>) -> Result<RecordBatch, Error> {
    let mut pieces = Vec::new();
    let take = |piece| {
        pieces.push(piece);
        Ok::<_, Error>(())
    };
    rows.each(take).await?;
    Ok(concat_batches(&pieces[0].schema(), &pieces)?)
}

#[tokio::test]
async fn a_filter_that_hangs_on_chance_is_asked_once() {
    let open = house(&mut Chance(3), 200).await;
    for filter in ["random() < 0.5", "random() < 0.5 AND event_time < now()"] {
        let asked = Selection { filter_sql: Some(filter.to_owned()), ..selection(&["packets_in"]) };
        let rows = Ordered::of(&open.engine, &asked, &[], 1).await.unwrap();
        let first = all(&rows).await.unwrap();
        assert!((20..140).contains(&first.num_rows()), "{}", first.num_rows());
        assert_eq!(all(&rows).await.unwrap(), first, "the same rows when they are gone over again");
        assert_eq!(rows.complete(), None);
    }
}

#[tokio::test]
async fn what_is_collected_while_rows_are_read_is_not_among_them() {
    let open = house(&mut Chance(4), 120).await;
    let features = ["packets_in", "profile_flows", "profile_login_failed", "profile_ssh_software"];
    let asked = Selection { allow_label: true, ..selection(&features) };
    let before = select(&open.engine, &asked).await.unwrap();
    let before = concat_batches(&before[0].schema(), &before).unwrap();
    let rows = Ordered::of(&open.engine, &asked, &[], 1).await.unwrap();
    let more = |n: u32| {
        let time = format!("2018-05-06T00:00:{n:02}Z");
        let house = House::default().flow(&time, "203.0.113.1", &[("flow_id", "7")]);
        house.banner(&time, "203.0.113.1", "other").ssh(&time, "203.0.113.1", "guest")
    };
    // The tables beside the flows are read from the first span on.
    let (mut pieces, mut added) = (Vec::new(), 0);
    let visit = |piece| {
        pieces.push(piece);
        added += 1;
        open.add(more(added));
        Ok::<_, Error>(())
    };
    rows.each(visit).await.unwrap();
    assert!(added > 2, "{added} pieces");
    assert_eq!(concat_batches(&before.schema(), &pieces).unwrap(), before);
    assert_eq!(all(&rows).await.unwrap(), before);
    let after = Ordered::of(&open.engine, &asked, &[], 1).await.unwrap();
    assert_eq!(all(&after).await.unwrap().num_rows(), before.num_rows() + added as usize);
}

#[tokio::test]
async fn rows_that_are_not_those_counted_are_told() {
    let open = house(&mut Chance(5), 60).await;
    let asked = selection(&["packets_in"]);
    let rows = Ordered::of(&open.engine, &asked, &[], 1).await.unwrap();
    // As a cluster would see them, which looks for its files query by query.
    let flows = open.engine.sql("SELECT * FROM flow WHERE dest_port = 22").await.unwrap();
    open.engine.register_batches("flow", flows).unwrap();
    label::register(&open.engine, Rule::Any).await.unwrap();
    let told = all(&rows).await.unwrap_err().to_string();
    assert!(told.contains("were counted") && told.contains("try again"), "{told}");
}

#[tokio::test]
async fn spans_of_any_size_are_those_of_the_statement() {
    let open = house(&mut Chance(6), 400).await;
    let asked = selection(&["packets_in", "packet_pcr_range", "profile_flows"]);
    let expected = select(&open.engine, &asked).await.unwrap();
    let expected = concat_batches(&expected[0].schema(), &expected).unwrap();
    for at_once in [40, 200, 1_000] {
        assert_eq!(ordered(&open, &asked, at_once).await.0, expected, "{at_once} at once");
    }
}

#[tokio::test]
async fn rows_put_aside_are_the_same_and_are_not_asked_for_again() {
    let open = house(&mut Chance(7), 200).await;
    let asked = Selection {
        carry: vec!["flow_id".to_owned()],
        pcr: Mode::Article,
        ..selection(&["packets_in", "packet_ratio", "packet_pcr_range", "profile_flows"])
    };
    let folder = tempfile::tempdir().unwrap();
    let of = || Ordered::of(&open.engine, &asked, &[], 60);
    let (rows, stopped, asking) =
        (of().await.unwrap(), of().await.unwrap(), of().await.unwrap().kept(Path::new("/none")));
    let (rows, stopped) = (rows.kept(folder.path()), stopped.kept(folder.path()));
    let first = all(&rows).await.unwrap();
    assert_eq!(all(&asking).await.unwrap(), first);
    let enough = stopped.each(|_| Err::<(), _>(Error::Setting("enough".to_owned())));
    assert_eq!(enough.await.unwrap_err().to_string(), "enough");
    assert_eq!(all(&stopped).await.unwrap(), first, "half of them is not taken for all");
    // From now on nobody who asks finds what was counted.
    let flows = open.engine.sql("SELECT * FROM flow WHERE dest_port = 22").await.unwrap();
    open.engine.register_batches("flow", flows).unwrap();
    label::register(&open.engine, Rule::Any).await.unwrap();
    assert!(all(&asking).await.is_err(), "where there is no room they are asked for again");
    assert_eq!(all(&rows).await.unwrap(), first);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
