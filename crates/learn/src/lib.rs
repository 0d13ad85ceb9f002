//! What can be learnt? Matrices in, models out.
//!
//! A [`Frame`] of named columns becomes a [`Matrix`] of numbers ([`OneHot`], [`StandardScaler`]), is put into
//! clusters ([`KMeans`]) and told apart by a classifier of the shelf [`algorithms`]. A [`Pipeline`] carries
//! all of that as one model with one file format ([`codec`]).
//!
//! **Nothing here reads a clock, a disk or an engine, and the same seed gives the same bytes on any number of
//! threads.** Labels are `0` or `1`; a probability is that of the label `1`.

pub mod algorithms;
pub mod codec;
mod encode;
mod error;
mod frame;
mod gather;
mod kmeans;
mod matrix;
pub mod onnx;
#[cfg(test)]
mod oracle;
mod oversight;
mod pipeline;
mod rng;
mod sample;
mod scale;
mod silhouette;
mod sweep;
mod threads;

pub use algorithms::settings::{Setting, Settings};
pub use encode::{MOST_LEVELS, OneHot};
pub use error::Error;
pub use frame::{Column, Frame, MISSING, Values};
pub use gather::Gathered;
pub use kmeans::{Assignment, KMeans, KMeansOptions};
pub use matrix::Matrix;
pub use oversight::{Overseer, overseen};
pub use pipeline::{CLUSTER, CLUSTER_DISTANCE, ClusteringSpec, Pipeline, PipelineSpec, Scores};
pub use rng::Rng;
pub use sample::sample;
pub use scale::StandardScaler;
pub use silhouette::{SILHOUETTE_ROWS, silhouette};
pub use sweep::{Advice, SweepPoint, advice, sweep};
pub use threads::with_threads;
