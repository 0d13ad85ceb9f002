//! What the clusters are: size, label mix, feature ranges, and the article's table of one of them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use botany_enrich::profiles::Grain;
use botany_learn::{
    Assignment, CLUSTER, CLUSTER_DISTANCE, Column, Frame, KMeans, KMeansOptions, Matrix, OneHot,
    Pipeline, StandardScaler, Values, silhouette, sweep,
};

use super::progress::Say;
use super::rows::Rows;
use crate::recipe;
use crate::report::figures;
use crate::report::model::{
    ArticleRow, Cluster, ClusterTable, Clustering, Count, FeatureRange, PointColumn, Points,
    SweepPoint,
};

/// Clusters the rows as the recipe asks and describes what came out.
///
/// This is a look at the data, fitted on all rows given: no number of it is evidence. What is
/// evaluated is fitted anew on the training side of every fold.
pub fn explore(
    rows: &Rows,
    ask: &recipe::Clustering,
    learn: &recipe::Learn,
    grain: Grain,
    threads: usize,
    say: &Say,
) -> Result<(Clustering, Assignment)> {
    let names: Vec<&str> = ask.features.iter().map(String::as_str).collect();
    let frame = rows.frame.select(&names)?;
    let matrix = matrix(&frame, ask.scale)?;
    let options = |k| KMeansOptions {
        k,
        restarts: ask.restarts,
        seed: learn.seed,
        threads,
        ..KMeansOptions::default()
    };
    let fitted = KMeans::fit(&matrix, &options(ask.k))?;
    let assignment = fitted.assign(&matrix)?;
    let tried = match ask.sweep {
        Some([first, last]) => {
            let mut tried = Vec::new();
            for k in first..=last {
                say.step("learn", &format!("k = {k}"))?;
                tried.extend(sweep(&matrix, k..=k, &options(k))?);
            }
            tried
        }
        None => Vec::new(),
    };
    let clusters = describe(rows, &frame, &assignment, ask.k);
    let (stands_out, stands_out_why) = outlier(&clusters, &fitted.centroids, &matrix);
    let table = match stands_out {
        Some(cluster) if grain == Grain::Flow => Some(table(rows, &assignment, cluster)),
        _ => None,
    };
    let described = Clustering {
        grain: grain.name().to_owned(),
        sample: format!(
            "{} of {} rows of grain {}",
            figures::count(rows.frame.rows() as u64),
            figures::count(rows.population as u64),
            grain.name()
        ),
        rows: rows.frame.rows() as u64,
        features: ask.features.clone(),
        k: ask.k,
        scaled: ask.scale,
        inertia: fitted.inertia,
        spread: Some(spread(&matrix)),
        silhouette: silhouette(&matrix, &assignment.cluster, learn.seed)?,
        sweep: tried
            .iter()
            .map(|p| SweepPoint { k: p.k, inertia: p.inertia, silhouette: p.silhouette })
            .collect(),
        table,
        points: points(rows, &frame, &assignment),
        clusters,
        stands_out,
        stands_out_why,
    };
    Ok((described, assignment))
}

/// The columns a pipeline's clusters make of these rows, those its classifier looks at; none without clusters.
///
/// # Errors
///
/// If the rows lack a column of the clusters.
pub fn columns(pipeline: &Pipeline, frame: &Frame) -> Result<Vec<Column>> {
    let wanted = |name: &str| pipeline.spec().features.iter().any(|feature| feature == name);
    let Some(Assignment { cluster, distance }) = pipeline.assign(frame)? else {
        return Ok(Vec::new());
    };
    let k = pipeline.spec().clustering.as_ref().map_or(0, |clustering| clustering.k);
    let levels = (0..k).map(|number| number.to_string()).collect();
    let made = [
        Column::new(CLUSTER, Values::Category { codes: cluster, levels }),
        Column::new(CLUSTER_DISTANCE, Values::Number(distance)),
    ];
    Ok(made.into_iter().filter(|column| wanted(&column.name)).collect())
}

/// The article's table for one cluster: its flows by falling packet ratio, equal ones as one row.
pub fn table(rows: &Rows, assignment: &Assignment, cluster: u32) -> ClusterTable {
    let number =
        |name: &str, i: usize| rows.frame.numbers(name).map_or(f64::NAN, |column| column[i]);
    let mut counts: BTreeMap<(u64, u64, u8), (u64, usize)> = BTreeMap::new();
    let mut total = 0;
    for i in (0..rows.frame.rows()).filter(|&i| assignment.cluster[i] == cluster) {
        let key = (number("packets_in", i) as u64, number("packets_out", i) as u64, rows.label[i]);
        counts.entry(key).or_insert((0, i)).0 += 1;
        total += 1;
    }
    let mut listed: Vec<ArticleRow> = counts
        .into_iter()
        .map(|((r#in, out, label), (count, example))| ArticleRow {
            packet_pcr_range: word(&rows.frame, "packet_pcr_range", example),
            packet_ratio: botany_catalog::pcr::ratio(r#in, out),
            packets_in: r#in,
            packets_out: out,
            packets_total: r#in + out,
            is_mirai: label,
            count,
        })
        .collect();
    listed.sort_by(|a, b| {
        let ratio = |row: &ArticleRow| row.packet_ratio.unwrap_or(f64::NEG_INFINITY);
        ratio(b).total_cmp(&ratio(a)).then(b.packets_total.cmp(&a.packets_total))
    });
    ClusterTable { cluster, rows: listed, total }
}

/// The squared distances of all rows to their common mean, added up.
fn spread(matrix: &Matrix) -> f64 {
    let column = |j: usize| {
        let values = matrix.col(j);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    (0..matrix.cols()).map(column).sum()
}

fn matrix(frame: &Frame, scale: bool) -> Result<Matrix> {
    let matrix = OneHot::fit(frame)?.transform(frame)?;
    Ok(if scale { StandardScaler::fit(&matrix)?.transform(&matrix)? } else { matrix })
}

fn word(frame: &Frame, name: &str, row: usize) -> Option<String> {
    match &frame.column(name).ok()?.values {
        Values::Category { codes, levels } => levels.get(codes[row] as usize).cloned(),
        Values::Number(values) => Some(values[row].to_string()),
    }
}

fn describe(rows: &Rows, frame: &Frame, assignment: &Assignment, k: usize) -> Vec<Cluster> {
    let all = frame.rows().max(1) as f64;
    (0..k as u32)
        .map(|number| {
            let members: Vec<usize> =
                (0..frame.rows()).filter(|&i| assignment.cluster[i] == number).collect();
            let addresses: BTreeSet<&str> =
                members.iter().map(|&i| rows.keys.address[i].as_str()).collect();
            Cluster {
                number,
                size: members.len() as u64,
                share: members.len() as f64 / all,
                positives: members.iter().map(|&i| u64::from(rows.label[i])).sum(),
                addresses: Some(addresses.len() as u64),
                ranges: ranges(frame, &members),
                pcr_ranges: pcr_ranges(&rows.frame, &members),
            }
        })
        .collect()
}

fn ranges(frame: &Frame, members: &[usize]) -> Vec<FeatureRange> {
    let mut ranges = Vec::new();
    for column in frame.columns() {
        let Values::Number(values) = &column.values else { continue };
        let mut own: Vec<f64> = members.iter().map(|&i| values[i]).collect();
        own.sort_by(f64::total_cmp);
        if let (Some(&min), Some(&max)) = (own.first(), own.last()) {
            let median = own[own.len() / 2];
            ranges.push(FeatureRange { feature: column.name.clone(), min, median, max });
        }
    }
    ranges
}

fn pcr_ranges(frame: &Frame, members: &[usize]) -> Vec<Count> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for &i in members {
        if let Some(range) = word(frame, "packet_pcr_range", i) {
            *counts.entry(range).or_default() += 1;
        }
    }
    let mut counts: Vec<Count> =
        counts.into_iter().map(|(name, count)| Count { name, count }).collect();
    counts.sort_by_key(|c| std::cmp::Reverse(c.count));
    counts
}

/// The cluster that stands out as the article's did to the eye: its centroid lies furthest from the
/// mean of all rows. What its label mix is, is said beside.
fn outlier(clusters: &[Cluster], centroids: &[Vec<f64>], matrix: &Matrix) -> (Option<u32>, String) {
    let rows: u64 = clusters.iter().map(|c| c.size).sum();
    let positives: u64 = clusters.iter().map(|c| c.positives).sum();
    let mean = |j: usize| matrix.col(j).iter().sum::<f64>() / matrix.rows().max(1) as f64;
    let means: Vec<f64> = (0..matrix.cols()).map(mean).collect();
    let distance = |c: &Cluster| -> f64 {
        centroids[c.number as usize].iter().zip(&means).map(|(a, b)| (a - b).powi(2)).sum()
    };
    let occupied = clusters.iter().filter(|c| c.size > 0);
    match occupied.max_by(|a, b| distance(a).total_cmp(&distance(b))) {
        Some(cluster) => {
            let share = |ones: u64, all: u64| 100.0 * ones as f64 / all.max(1) as f64;
            let why = format!(
                "its centroid lies furthest from the mean of all rows; {:.1} % of its {} rows are of label 1, \
                 against {:.1} % of all",
                share(cluster.positives, cluster.size),
                figures::count(cluster.size),
                share(positives, rows)
            );
            (Some(cluster.number), why)
        }
        None => (None, "there are no rows".to_owned()),
    }
}

fn points(rows: &Rows, frame: &Frame, assignment: &Assignment) -> Points {
    let columns = frame.columns().iter().filter_map(|column| match &column.values {
        Values::Number(values) => {
            Some(PointColumn { name: column.name.clone(), values: values.clone() })
        }
        Values::Category { .. } => None,
    });
    Points {
        columns: columns.collect(),
        cluster: assignment.cluster.clone(),
        label: rows.label.clone(),
        address: rows.keys.address.clone(),
    }
}
