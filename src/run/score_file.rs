//! Every row of a recipe beside what its model says of it, as a file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use botany_learn::{Scores, Values};

use super::rows::Rows;

/// A CSV file that grows by pieces of rows: time, address, features, label, cluster and distance if the recipe has
/// clusters, probability of label 1.
pub struct ScoreFile {
    path: String,
    out: csv::Writer<BufWriter<File>>,
    rows: usize,
}

impl ScoreFile {
    /// An empty file; what was there is gone.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn create(path: &Path) -> Result<ScoreFile> {
        let name = path.display().to_string();
        let file = File::create(path).with_context(|| {
            format!("{name} cannot be written; name a file of a folder that exists")
        })?;
        let out = csv::Writer::from_writer(BufWriter::with_capacity(1 << 18, file));
        Ok(ScoreFile { path: name, out, rows: 0 })
    }

    /// Adds rows; all pieces have the same features.
    ///
    /// # Errors
    ///
    /// If the disk is full, or fails.
    pub fn add(&mut self, rows: &Rows, scores: &Scores) -> Result<()> {
        self.write(rows, scores).with_context(|| format!("{} cannot be written", self.path))
    }

    fn write(&mut self, rows: &Rows, scores: &Scores) -> Result<()> {
        let columns = rows.frame.columns();
        if self.rows == 0 {
            let features = columns.iter().map(|column| column.name.as_str());
            let clusters = scores.assignment.iter().flat_map(|_| ["cluster", "cluster_distance"]);
            let header = ["event_time", "address"].into_iter().chain(features);
            self.out
                .write_record(header.chain(["is_mirai"]).chain(clusters).chain(["probability"]))?;
        }
        for row in 0..rows.label.len() {
            let time = jiff::Timestamp::from_microsecond(rows.keys.time[row])?;
            self.out.write_field(time.to_string())?;
            self.out.write_field(&rows.keys.address[row])?;
            for column in columns {
                match &column.values {
                    Values::Number(values) => self.out.write_field(values[row].to_string())?,
                    Values::Category { codes, levels } => {
                        let level = levels.get(codes[row] as usize);
                        self.out.write_field(level.map_or("", String::as_str))?;
                    }
                }
            }
            self.out.write_field(rows.label[row].to_string())?;
            if let Some(assignment) = &scores.assignment {
                self.out.write_field(assignment.cluster[row].to_string())?;
                self.out.write_field(assignment.distance[row].to_string())?;
            }
            self.out.write_field(scores.probability[row].to_string())?;
            self.out.write_record(None::<&[u8]>)?;
        }
        self.rows += rows.label.len();
        Ok(())
    }

    /// Ends the file and gives the number of its rows; it is on the disk then.
    ///
    /// # Errors
    ///
    /// If the disk is full, or fails.
    pub fn finish(self) -> Result<usize> {
        let ScoreFile { path, mut out, rows } = self;
        let end = move || -> Result<()> {
            out.flush()?;
            let mut file = out.into_inner().map_err(|error| error.into_error())?;
            file.flush()?;
            Ok(file.get_ref().sync_all()?)
        };
        end().with_context(|| format!("{path} cannot be written"))?;
        Ok(rows)
    }
}
