//! The statement of a profile: members of each window, the gaps between them, one row a window.

use botany_catalog::pcr::{Mode, range_sql, ratio_sql};

use super::{Grain, MEASURES, Options, Part};
use crate::sql::hours;

/// The columns of a flow a profile is made of: who keeps flows to profile them later needs no others.
pub const MEMBER_COLUMNS: [&str; 13] = [
    "event_time",
    "end_time",
    "age",
    "src_ip",
    "src_port",
    "dest_ip",
    "dest_port",
    "tcp_flags_ts",
    "tcp_flags_tc",
    "packets_in",
    "packets_out",
    "bytes_in",
    "bytes_out",
];

/// Duration of a flow in microseconds, from its end; from its age where the end is not known.
pub const DURATION_US: &str = "greatest(coalesce(CAST(flow.end_time AS BIGINT) - \
     CAST(flow.event_time AS BIGINT), CAST(flow.age AS BIGINT) * 1000000, 0), 0)";

/// The flows a profile is made of.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// A table, a view, or a statement in parentheses.
    pub relation: &'a str,
    /// Whether it has column `is_mirai`, and the profile is to have it: 1 where any of its flows is 1.
    pub labelled: bool,
}

/// The profile of `grain` over the flows of `source`. `parts` without log-ins or banners leaves those
/// columns, and the reading of those tables, out.
pub fn sql(grain: Grain, options: &Options, source: Source<'_>, parts: &[Part]) -> String {
    let name = grain.name();
    let key = |table: &str| match grain {
        Grain::Block => {
            format!("ip_block({table}.src_ip, {}, {})", options.v4_bits, options.v6_bits)
        }
        Grain::Flow | Grain::Address => format!("{table}.src_ip"),
    };
    let slide = slide(options);
    let start = |table: &str| start(table, options);
    let window = hours(options.window_hours);
    let seconds = f64::from(options.window_hours) * 3600.0;
    let label =
        if source.labelled { ("flow.is_mirai, ", "max(is_mirai) AS is_mirai, ") } else { ("", "") };
    let columns = |part: Part| {
        let chosen = MEASURES.iter().filter(|m| m.part == part && m.grain <= grain);
        chosen.map(|m| format!("{} AS {}", m.sql, m.name)).collect::<Vec<_>>().join(",\n    ")
    };
    let mut text = format!(
        "WITH member AS (
  SELECT {flow_key} AS {name}, {flow_start} AS window_start, {label}flow.event_time, flow.src_ip,
    flow.src_port, flow.dest_ip, flow.dest_port, flow.tcp_flags_ts, flow.tcp_flags_tc,
    flow.packets_in, flow.packets_out, flow.bytes_in, flow.bytes_out,
    CAST(flow.packets_in AS DOUBLE) + CAST(flow.packets_out AS DOUBLE) AS packets_total,
    CAST(flow.bytes_in AS DOUBLE) + CAST(flow.bytes_out AS DOUBLE) AS bytes_total,
    coalesce({ratio}, 0) AS packet_ratio,
    {range} AS packet_pcr_range,
    {DURATION_US} AS duration_us
  FROM {relation} AS flow{slide}
  WHERE {flow_key} IS NOT NULL
),
spaced AS (
  SELECT *, CAST(event_time AS BIGINT) / 1000 - lag(CAST(event_time AS BIGINT) / 1000)
    OVER (PARTITION BY {name}, window_start ORDER BY event_time) AS gap_ms,
    CAST({seconds:?} AS DOUBLE) AS window_seconds
  FROM member
),
doing AS (
  SELECT {name}, window_start, {label_max}{flow_columns}
  FROM spaced GROUP BY {name}, window_start, window_seconds
)",
        flow_key = key("flow"),
        flow_start = start("flow"),
        label = label.0,
        label_max = label.1,
        ratio = ratio_sql("flow.packets_in", "flow.packets_out"),
        range = range_sql("flow.packets_in", "flow.packets_out", Mode::Closed),
        relation = source.relation,
        flow_columns = columns(Part::Flow),
    );
    let mut select = format!("SELECT doing.*, doing.window_start + {window} AS window_end");
    let mut from = "\nFROM doing".to_owned();
    for (part, table) in [(Part::Login, "login"), (Part::Banner, "ssh")] {
        if !parts.contains(&part) {
            continue;
        }
        text.push_str(&format!(
            ",
{table}_window AS (
  SELECT {key} AS {name}, {start} AS window_start, {table}.*
  FROM {table}{slide}
),
{table}_doing AS (
  SELECT {name}, window_start, {columns}
  FROM {table}_window WHERE {name} IS NOT NULL GROUP BY {name}, window_start
)",
            key = key(table),
            start = start(table),
            columns = columns(part),
        ));
        for measure in MEASURES.iter().filter(|m| m.part == part) {
            select.push_str(&format!(
                ",\n  CAST(coalesce({table}_doing.{0}, 0) AS BIGINT) AS {0}",
                measure.name
            ));
        }
        from.push_str(&format!(
            "\nLEFT JOIN {table}_doing ON doing.{name} = {table}_doing.{name} \
             AND doing.window_start = {table}_doing.window_start"
        ));
    }
    format!("{text}\n{select}{from}")
}

/// The beginning of the window whose last step holds the flow: the window that a flow is scored with.
pub fn own_window(options: &Options) -> String {
    let bin = format!("date_bin({}, flow.event_time)", hours(options.step()));
    match options.window_hours - options.step() {
        0 => bin,
        back => format!("{bin} - {}", hours(back)),
    }
}

/// One row for every window an event lies in, where windows overlap.
fn slide(options: &Options) -> String {
    let step = options.step();
    if step == options.window_hours {
        return String::new();
    }
    let back: Vec<String> =
        (0..options.window_hours / step).map(|n| format!("({})", hours(n * step))).collect();
    format!(" CROSS JOIN (VALUES {}) AS slide(back)", back.join(", "))
}

fn start(table: &str, options: &Options) -> String {
    let bin = format!("date_bin({}, {table}.event_time)", hours(options.step()));
    if options.step() == options.window_hours { bin } else { format!("{bin} - slide.back") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_windows_need_no_copies_and_sliding_ones_the_least() {
        let aligned = Options::default();
        assert_eq!(slide(&aligned), "");
        assert_eq!(own_window(&aligned), "date_bin(INTERVAL '24 hours', flow.event_time)");
        let sliding = Options { step_hours: Some(12), ..aligned };
        assert!(slide(&sliding).contains("(INTERVAL '0 hours'), (INTERVAL '12 hours')"));
        assert!(own_window(&sliding).ends_with("- INTERVAL '12 hours'"));
    }

    #[test]
    fn logs_that_are_not_asked_for_are_not_read() {
        let flow = Source { relation: "flow", labelled: false };
        let text = sql(Grain::Address, &Options::default(), flow, &[Part::Flow]);
        assert!(!text.contains("FROM login") && !text.contains("FROM ssh"));
        assert!(!text.contains("AS addresses"), "an address has no count of addresses");
        assert!(sql(Grain::Block, &Options::default(), flow, &[]).contains("AS addresses"));
    }
}
