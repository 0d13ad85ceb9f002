//! What the clusters are.

use super::super::escape;
use super::super::figures::{count, number, of, plural, score, share, share_of};
use super::super::model::{Cluster, ClusterTable, Clustering};
use super::page::{Page, Side};

/// Features whose ranges fit a line.
const RANGES: usize = 3;
/// Rows of the article's table shown.
const ROWS: usize = 6;

/// Writes the section.
pub fn write(page: &mut Page, clusterings: &[Clustering]) {
    if clusterings.is_empty() {
        return;
    }
    page.section("learn", "what the clusters are");
    for (at, clustering) in clusterings.iter().enumerate() {
        if at > 0 {
            page.gap();
        }
        one(page, clustering);
    }
}

fn one(page: &mut Page, clustering: &Clustering) {
    let silhouette = clustering.silhouette.map_or("not computed".into(), score);
    let left = clustering.left(clustering.inertia).map(share);
    let left = left.map_or(String::new(), |left| format!(" ({left} of the spread of all rows)"));
    page.line(&format!(
        "{}: k-means over {}, k = {}, {}, {}, inertia {}{left}, silhouette {silhouette}",
        plural(&clustering.grain),
        of(clustering.rows, "row"),
        clustering.k,
        if clustering.scaled { "scaled" } else { "not scaled" },
        clustering.features.join(" "),
        number(clustering.inertia)
    ));
    let mut columns = vec![
        (format!("{} cluster", clustering.grain), Side::Left),
        ("size".into(), Side::Right),
        ("share".into(), Side::Right),
        ("label 1".into(), Side::Right),
    ];
    let ranges = clustering.clusters.first().map_or(&[][..], |c| &c.ranges);
    // The line above has the names whole.
    let short = |name: &str| name.strip_prefix("profile_").unwrap_or(name).to_owned();
    columns.extend(ranges.iter().take(RANGES).map(|r| (short(&r.feature), Side::Left)));
    let by_range = clustering.clusters.iter().any(|cluster| !cluster.pcr_ranges.is_empty());
    if by_range {
        columns.push(("PCR range".into(), Side::Left));
    }
    let columns: Vec<_> = columns.iter().map(|(name, side)| (name.as_str(), *side)).collect();
    let rows: Vec<_> = clustering.clusters.iter().map(|one| cluster(one, by_range)).collect();
    page.gap();
    page.table(&columns, &rows);
    page.gap();
    if let Some(best) = clustering
        .sweep
        .iter()
        .filter(|point| point.silhouette.is_some())
        .max_by(|a, b| a.silhouette.unwrap_or(-1.0).total_cmp(&b.silhouette.unwrap_or(-1.0)))
    {
        let silhouette = best.silhouette.map_or(String::new(), score);
        page.line(&format!(
            "of {} numbers of clusters tried, k = {} separates best (silhouette {silhouette})",
            clustering.sweep.len(),
            best.k
        ));
    }
    match clustering.stands_out {
        Some(number) => {
            page.line(&format!("cluster {number} stands out: {}", clustering.stands_out_why))
        }
        None if !clustering.stands_out_why.is_empty() => page.line(&clustering.stands_out_why),
        None => {}
    }
    if let Some(table) = &clustering.table {
        article(page, table);
    }
}

fn cluster(cluster: &Cluster, by_range: bool) -> Vec<String> {
    let mut row = vec![
        cluster.number.to_string(),
        count(cluster.size),
        share(cluster.share),
        share_of(cluster.positives, cluster.size),
    ];
    row.extend(cluster.ranges.iter().take(RANGES).map(|range| {
        format!("{} … {} … {}", number(range.min), number(range.median), number(range.max))
    }));
    if by_range {
        let top = cluster.pcr_ranges.iter().max_by_key(|range| range.count);
        row.push(top.map_or(String::new(), |range| {
            format!("{} {}", escape::clip(&range.name, 17), share_of(range.count, cluster.size))
        }));
    }
    row
}

/// The table the article shows of its cluster 4.
fn article(page: &mut Page, table: &ClusterTable) {
    page.gap();
    page.line(&format!(
        "cluster {}, by packet ratio, flows that are alike as one row:",
        table.cluster
    ));
    let columns = [
        ("packet_pcr_range", Side::Left),
        ("packet_ratio", Side::Right),
        ("packets_in", Side::Right),
        ("packets_out", Side::Right),
        ("packets_total", Side::Right),
        ("is_mirai", Side::Right),
        ("count", Side::Right),
    ];
    let rows: Vec<_> = table
        .rows
        .iter()
        .take(ROWS)
        .map(|row| {
            vec![
                row.packet_pcr_range.as_deref().map_or("(none)".into(), |r| escape::clip(r, 20)),
                row.packet_ratio.map_or("undefined".into(), |ratio| format!("{ratio:.6}")),
                row.packets_in.to_string(),
                row.packets_out.to_string(),
                row.packets_total.to_string(),
                row.is_mirai.to_string(),
                count(row.count),
            ]
        })
        .collect();
    page.table(&columns, &rows);
    let rest = table.total.saturating_sub(rows.len() as u64);
    if rest > 0 {
        page.line(&format!("… {} more", count(rest)));
    }
}
