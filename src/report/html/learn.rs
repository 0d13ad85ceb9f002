//! What the clusters are, and the points themselves.

use super::super::escape;
use super::super::figures::{count, number, of, plural, score, share, share_of};
use super::super::model::{Cluster, ClusterTable, Clustering};
use super::markup::{Cell, Tone, callout, paragraph, plot, table};

/// The section's content.
pub fn section(clusterings: &[Clustering]) -> String {
    if clusterings.is_empty() {
        return paragraph("nothing was clustered");
    }
    clusterings.iter().enumerate().map(|(at, clustering)| one(at, clustering)).collect()
}

fn one(at: usize, clustering: &Clustering) -> String {
    let grain = plural(&clustering.grain);
    let silhouette = clustering.silhouette.map_or("not computed".into(), score);
    let left = clustering.left(clustering.inertia).map(share);
    let left = left.map_or(String::new(), |left| {
        format!(": {left} of the spread of all rows is left within clusters")
    });
    let facts = format!(
        "k-means, k = {}, over {} of {}: {}. Inertia {}{left}, silhouette {silhouette}. {}",
        clustering.k,
        of(clustering.rows, "row"),
        clustering.features.join(", "),
        if clustering.scaled { "scaled" } else { "not scaled, as in the article" },
        number(clustering.inertia),
        clustering.sample
    );
    let mut out = format!("<h3>{}</h3>{}", escape::html(&grain), paragraph(&facts));
    let mut heads = vec!["cluster", "size", "share", "label 1", "addresses"];
    let ranges = clustering.clusters.first().map_or(&[][..], |cluster| &cluster.ranges);
    heads.extend(ranges.iter().map(|range| range.feature.as_str()));
    heads.push("PCR ranges");
    let rows: Vec<_> = clustering
        .clusters
        .iter()
        .map(|cluster| {
            let marked = clustering.stands_out == Some(cluster.number);
            (if marked { Tone::Marked } else { Tone::Plain }, row(cluster))
        })
        .collect();
    let name = format!("clusters of {grain}; features as smallest … median … largest");
    out.push_str(&table(&name, &heads, &rows));
    let word = clustering
        .stands_out
        .map_or("none stands out".into(), |n| format!("cluster {n} stands out"));
    out.push_str(&callout("note", &word, &clustering.stands_out_why));
    if !clustering.points.columns.is_empty() {
        out.push_str(&points(at, clustering));
    }
    let sweep = if clustering.sweep.len() > 1 {
        plot("sweep", at, "other numbers of clusters: inertia and silhouette")
    } else {
        String::new()
    };
    let article = clustering.table.as_ref().map_or(String::new(), article);
    out + "<div class=\"columns\">" + &format!("<div>{article}</div><div>{sweep}</div></div>")
}

fn row(cluster: &Cluster) -> Vec<Cell> {
    let positives = cluster.positives as f64 / cluster.size.max(1) as f64;
    let mut cells = vec![
        Cell::Group(cluster.number),
        Cell::Number(count(cluster.size)),
        Cell::Bar(share(cluster.share), cluster.share, 0.0),
        Cell::Bar(
            format!("{} ({})", share_of(cluster.positives, cluster.size), count(cluster.positives)),
            positives,
            positives,
        ),
        Cell::Number(cluster.addresses.map_or("–".into(), count)),
    ];
    cells.extend(cluster.ranges.iter().map(|range| {
        Cell::Text(format!(
            "{} … {} … {}",
            number(range.min),
            number(range.median),
            number(range.max)
        ))
    }));
    let mut mix: Vec<_> = cluster.pcr_ranges.iter().filter(|range| range.count > 0).collect();
    mix.sort_by_key(|range| std::cmp::Reverse(range.count));
    let line = |range: &&super::super::model::Count| {
        format!("{} {}", range.name, share_of(range.count, cluster.size))
    };
    cells.push(Cell::Lines(mix.iter().take(3).map(line).collect()));
    cells
}

/// The scatter plots with the controls they share. The script fills in the choices.
fn points(at: usize, clustering: &Clustering) -> String {
    let rows = clustering.points.columns.first().map_or(0, |column| column.values.len()) as u64;
    let grain = &clustering.grain;
    format!(
        "<div class=\"scatter\" data-of=\"{at}\"><form class=\"controls\">\
         <fieldset><legend>colour and sign by</legend>\
         <label><input type=\"radio\" name=\"by\" value=\"cluster\" checked> cluster</label>\
         <label><input type=\"radio\" name=\"by\" value=\"label\"> label</label></fieldset>\
         <fieldset class=\"groups\"><legend>shown</legend></fieldset>\
         <fieldset class=\"features\"><legend>features of the matrix</legend></fieldset>\
         <fieldset class=\"axes\"><legend>axes of the 3D scatter</legend></fieldset>\
         </form><div class=\"plots\">{}{}</div></div>",
        plot("matrix", at, &format!("scatter matrix of {}", of(rows, grain))),
        plot(
            "space",
            at,
            &format!(
                "3D scatter of {}; arrow keys turn it, + and − move closer and away",
                of(rows, grain)
            )
        )
    )
}

fn article(article: &ClusterTable) -> String {
    let rows: Vec<_> = article
        .rows
        .iter()
        .map(|row| {
            let ratio = row.packet_ratio.map_or("undefined".into(), |ratio| format!("{ratio:.6}"));
            let cells = vec![
                Cell::Text(row.packet_pcr_range.clone().unwrap_or_else(|| "(none)".into())),
                Cell::Number(ratio),
                Cell::Number(count(row.packets_in)),
                Cell::Number(count(row.packets_out)),
                Cell::Number(count(row.packets_total)),
                Cell::Number(row.is_mirai.to_string()),
                Cell::Number(count(row.count)),
            ];
            (Tone::Plain, cells)
        })
        .collect();
    let heads = [
        "packet_pcr_range",
        "packet_ratio",
        "packets_in",
        "packets_out",
        "packets_total",
        "is_mirai",
        "count",
    ];
    let shown = rows.len() as u64;
    let total = article.total.max(shown);
    let name = format!(
        "cluster {}, by packet ratio, flows that are alike as one row: {} of {} rows",
        article.cluster,
        count(shown),
        count(total)
    );
    table(&name, &heads, &rows)
}
