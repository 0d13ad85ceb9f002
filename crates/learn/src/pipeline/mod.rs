//! A model and all that must happen to the columns before it: fitted, kept and applied as one.
//!
//! In this order: the clustering's columns, one-hot, scaled if asked for, k-means; then the classifier's columns,
//! among them `cluster` and `cluster_distance` if asked for, one-hot, scaled if asked for, the classifier.
//! **Everything is fitted on the rows given to [`Pipeline::fit`] and on no other**: whoever splits rows fits a
//! pipeline on the one side and asks it about the other.

use std::io::{self, Write};

use crate::algorithms::{Model, check_labels, find};
use crate::codec::{Reader, Writer};
use crate::{Assignment, Column, Error, Frame, KMeans, KMeansOptions, Values, with_threads};

mod preparation;
mod spec;

pub(crate) use preparation::Preparation;
pub use spec::{ClusteringSpec, PipelineSpec};

/// The name of the column that holds the number of a row's cluster, as a category.
pub const CLUSTER: &str = "cluster";

/// The name of the column that holds the squared Euclidean distance of a row to its own centroid.
pub const CLUSTER_DISTANCE: &str = "cluster_distance";

/// What a pipeline says of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The probability of label 1 of each.
    pub probability: Vec<f64>,
    /// The cluster of each and the distance to its centroid; `None` without a clustering.
    pub assignment: Option<Assignment>,
}

/// A fitted pipeline.
pub struct Pipeline {
    spec: PipelineSpec,
    clustering: Option<(Preparation, KMeans)>,
    preparation: Preparation,
    model: Model,
}

impl Pipeline {
    /// Fits everything `spec` names to the rows of `frame` and their labels `y`.
    ///
    /// # Errors
    /// A column that is not there or misses values, labels that are not 0 or 1 or not one a row, an algorithm or
    /// a setting that does not exist, more clusters than rows.
    pub fn fit(spec: &PipelineSpec, frame: &Frame, y: &[u8]) -> Result<Pipeline, Error> {
        with_threads(spec.threads, || Pipeline::fit_here(spec, frame, y))
    }

    fn fit_here(spec: &PipelineSpec, frame: &Frame, y: &[u8]) -> Result<Pipeline, Error> {
        let algorithm = find(&spec.algorithm)?;
        if frame.rows() == 0 {
            return Err(Error::NoRows);
        }
        check_labels(frame.rows(), y)?;
        let clustering = spec.clustering.as_ref();
        let clustering = clustering
            .map(|clustering| {
                let (preparation, matrix) =
                    Preparation::fit(frame, &clustering.features, clustering.scale)?;
                let options = KMeansOptions {
                    k: clustering.k,
                    restarts: clustering.restarts,
                    seed: spec.seed,
                    threads: spec.threads,
                    ..KMeansOptions::default()
                };
                Ok((preparation, KMeans::fit(&matrix, &options)?))
            })
            .transpose()?;
        let frame = with_clusters(clustering.as_ref(), None, frame, &spec.features)?;
        let (preparation, matrix) = Preparation::fit(&frame, &spec.features, spec.scale)?;
        let model = Model::fit(algorithm, &matrix, y, &spec.settings, spec.seed)?;
        // Threads change nothing in the model, so they are no part of it.
        let spec = PipelineSpec { threads: 0, ..spec.clone() };
        Ok(Pipeline { spec, clustering, preparation, model })
    }

    /// The probability of label 1 of each row.
    ///
    /// # Errors
    /// A column that is not there (with its name), is of another kind, or misses values.
    pub fn probabilities(&self, frame: &Frame) -> Result<Vec<f64>, Error> {
        let frame = with_clusters(self.clustering.as_ref(), None, frame, &self.spec.features)?;
        self.model.probabilities(&self.preparation.transform(&frame)?)
    }

    /// [`Pipeline::probabilities`] and [`Pipeline::assign`] with one search for the clusters.
    ///
    /// # Errors
    /// Those of both.
    pub fn scores(&self, frame: &Frame) -> Result<Scores, Error> {
        let assignment = self.assign(frame)?;
        let clustering = self.clustering.as_ref();
        let frame = with_clusters(clustering, assignment.as_ref(), frame, &self.spec.features)?;
        let probability = self.model.probabilities(&self.preparation.transform(&frame)?)?;
        Ok(Scores { probability, assignment })
    }

    /// The cluster of each row and the distance to its centroid; `None` without a clustering.
    ///
    /// # Errors
    /// As for [`Pipeline::probabilities`], for the clustering's columns.
    pub fn assign(&self, frame: &Frame) -> Result<Option<Assignment>, Error> {
        self.clustering.as_ref().map(|c| assign(c, frame)).transpose()
    }

    /// How much each column the classifier saw told, the one that told most first; `None` if it cannot say.
    pub fn importances(&self) -> Option<Vec<(String, f64)>> {
        let told = self.model.classifier().importances()?;
        let mut named: Vec<_> = self.model.columns().iter().cloned().zip(told).collect();
        named.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(named)
    }

    /// The choices it was fitted with; its `threads` is 0.
    pub fn spec(&self) -> &PipelineSpec {
        &self.spec
    }

    /// The columns of a frame it needs, without those it makes itself; each once.
    pub fn columns(&self) -> Vec<&str> {
        let clustering = self.spec.clustering.iter().flat_map(|c| &c.features);
        let made =
            |name: &str| self.clustering.is_some() && (name == CLUSTER || name == CLUSTER_DISTANCE);
        let features = self.spec.features.iter().filter(|name| !made(name));
        let mut columns: Vec<&str> = Vec::new();
        for name in clustering.chain(features) {
            if !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
        columns
    }

    /// The clusters, in the units of the clustering's columns after one-hot, and scaled if they were.
    pub fn kmeans(&self) -> Option<&KMeans> {
        self.clustering.as_ref().map(|(_, kmeans)| kmeans)
    }

    /// The centroids in the columns' own units, one row a cluster, in the order of [`KMeans::names`].
    pub fn centroids(&self) -> Option<Vec<Vec<f64>>> {
        let (preparation, kmeans) = self.clustering.as_ref()?;
        Some(match preparation.scaler() {
            Some(scaler) => kmeans.centroids.iter().map(|c| scaler.undo(c)).collect(),
            None => kmeans.centroids.clone(),
        })
    }

    /// What makes the classifier's matrix of its columns.
    pub(crate) fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// The clustering and what makes its matrix.
    pub(crate) fn clustering(&self) -> Option<&(Preparation, KMeans)> {
        self.clustering.as_ref()
    }

    /// The fitted classifier and its columns.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The share of rows told right by the trees that had not seen them, if the algorithm knows.
    pub fn out_of_bag(&self) -> Option<f64> {
        self.model.classifier().out_of_bag()
    }

    /// The model file: the same pipeline gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.writer().finish()
    }

    /// Writes the model file; nothing large is held for it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.writer().write_to(out)
    }

    fn writer(&self) -> Writer<'_> {
        let mut writer = Writer::new();
        writer.value("spec", &self.spec);
        if let Some((preparation, kmeans)) = &self.clustering {
            writer.within("clustering", |w| {
                preparation.save(w);
                w.within("kmeans", |w| kmeans.save(w));
            });
        }
        writer.within("preparation", |w| self.preparation.save(w));
        writer.within("model", |w| self.model.save(w));
        writer
    }

    /// The pipeline of a model file.
    ///
    /// # Errors
    /// Another kind of file, another version of the format, a file cut short or changed, or parts that do not
    /// fit together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Pipeline, Error> {
        let reader = Reader::open(bytes)?;
        let spec: PipelineSpec = reader.value("spec")?;
        let clustering = spec.clustering.as_ref();
        let clustering = clustering
            .map(|clustering| {
                let reader = reader.within("clustering");
                let preparation = Preparation::load(&reader, &clustering.features)?;
                let kmeans = KMeans::load(&reader.within("kmeans"))?;
                agree(&kmeans.names, &preparation.names())?;
                Ok::<_, Error>((preparation, kmeans))
            })
            .transpose()?;
        let preparation = Preparation::load(&reader.within("preparation"), &spec.features)?;
        let model = Model::load(&reader.within("model"))?;
        agree(model.columns(), &preparation.names())?;
        Ok(Pipeline { spec, clustering, preparation, model })
    }
}

fn agree(found: &[String], expected: &[String]) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::ModelFile("as its parts were fitted on different columns".into()))
}

fn assign(
    (preparation, kmeans): &(Preparation, KMeans),
    frame: &Frame,
) -> Result<Assignment, Error> {
    kmeans.assign(&preparation.transform(frame)?)
}

/// `frame` with the columns the clustering makes, as far as `features` name them; `known` is what it says of
/// these rows, if that has been asked already.
fn with_clusters(
    clustering: Option<&(Preparation, KMeans)>,
    known: Option<&Assignment>,
    frame: &Frame,
    features: &[String],
) -> Result<Frame, Error> {
    let wanted = |name| features.iter().any(|f| f == name);
    let Some(clustering) = clustering.filter(|_| wanted(CLUSTER) || wanted(CLUSTER_DISTANCE))
    else {
        return Ok(frame.clone());
    };
    let Assignment { cluster, distance } = match known {
        Some(assignment) => assignment.clone(),
        None => assign(clustering, frame)?,
    };
    let levels = (0..clustering.1.centroids.len()).map(|c| c.to_string()).collect();
    let cluster = Values::Category { codes: cluster, levels };
    frame
        .with(Column::new(CLUSTER, cluster))?
        .with(Column::new(CLUSTER_DISTANCE, Values::Number(distance)))
}

#[cfg(test)]
mod tests;
