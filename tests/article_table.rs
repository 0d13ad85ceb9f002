//! The 20 rows of the article's table, reproduced from packets in and out alone.
//!
//! Two figures of the printed table contradict its own packet counts: row 1 gives a total of 290 where
//! 116 + 114 = 230, and row 15 a ratio of −0.09466 where −23 / 243 = −0.0946502. Everything else must agree.

use botany_catalog::pcr::{Mode, range, ratio};

const TABLE: &str = include_str!("fixtures/article-table.csv");

struct Row {
    range: String,
    ratio: f64,
    r#in: u64,
    out: u64,
    total: u64,
}

fn rows() -> Vec<Row> {
    TABLE
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Row {
                range: cells[0].to_owned(),
                ratio: cells[1].parse().unwrap(),
                r#in: cells[2].parse().unwrap(),
                out: cells[3].parse().unwrap(),
                total: cells[4].parse().unwrap(),
            }
        })
        .collect()
}

#[test]
fn the_twenty_rows_follow_from_packets_in_and_out() {
    let mut misprints = Vec::new();
    for (number, row) in (1..).zip(rows()) {
        for mode in [Mode::Closed, Mode::Article] {
            assert_eq!(range(row.r#in, row.out, mode), Some(row.range.as_str()), "row {number}");
        }
        // The table prints six decimals and drops trailing zeros.
        let printed = (ratio(row.r#in, row.out).unwrap() * 1e6).round() / 1e6;
        if printed != row.ratio {
            misprints.push((number, "packet_ratio"));
        }
        if row.r#in + row.out != row.total {
            misprints.push((number, "packets_total"));
        }
    }
    assert_eq!(rows().len(), 20);
    assert_eq!(misprints, [(1, "packets_total"), (15, "packet_ratio")]);
}

#[test]
fn the_boundaries_fall_where_the_author_put_them() {
    // in, out, ratio, closed, as in the article
    let table = [
        (3, 7, 0.4, Some("70:30 Export"), Some("70:30 Export")),
        (2_999_999, 7_000_000, 0.4, Some("Pure Push"), Some("Pure Push")),
        (5, 5, 0.0, Some("Balanced Exchange"), Some("Balanced Exchange")),
        (3, 1, -0.5, Some("3:1 Import"), Some("3:1 Import")),
        (3_000_001, 1_000_000, -0.5, Some("Pure Pull"), Some("Pure Pull")),
        (7, 0, -1.0, Some("Pure Pull"), None),
        (0, 1, 1.0, Some("Pure Push"), Some("Pure Push")),
    ];
    for (i, o, near, closed, article) in table {
        assert!((ratio(i, o).unwrap() - near).abs() < 1e-6, "{i} {o}");
        assert_eq!(range(i, o, Mode::Closed), closed, "{i} {o}");
        assert_eq!(range(i, o, Mode::Article), article, "{i} {o}");
    }
    assert_eq!((ratio(0, 0), range(0, 0, Mode::Closed)), (None, Some("Empty")));
    assert_eq!(range(0, 0, Mode::Article), None);
}
