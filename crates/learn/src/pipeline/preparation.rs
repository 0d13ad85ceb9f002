//! From named columns to the numbers an algorithm sees: one-hot, then scaled if asked for.

use crate::codec::{Reader, Writer};
use crate::{Error, Frame, Matrix, OneHot, StandardScaler};

/// A fitted preparation.
pub(crate) struct Preparation {
    onehot: OneHot,
    scaler: Option<StandardScaler>,
}

impl Preparation {
    /// Learns from the columns `features` of `frame` and gives their matrix along.
    pub fn fit(
        frame: &Frame,
        features: &[String],
        scale: bool,
    ) -> Result<(Preparation, Matrix), Error> {
        if features.is_empty() {
            return Err(Error::NoFeatures);
        }
        let names: Vec<&str> = features.iter().map(String::as_str).collect();
        let frame = frame.select(&names)?;
        let onehot = OneHot::fit(&frame)?;
        let matrix = onehot.transform(&frame)?;
        matrix.check_finite()?;
        let scaler = if scale { Some(StandardScaler::fit(&matrix)?) } else { None };
        let matrix = match &scaler {
            Some(scaler) => scaler.transform(&matrix)?,
            None => matrix,
        };
        Ok((Preparation { onehot, scaler }, matrix))
    }

    /// The matrix of other rows.
    pub fn transform(&self, frame: &Frame) -> Result<Matrix, Error> {
        let matrix = self.onehot.transform(frame)?;
        match &self.scaler {
            Some(scaler) => scaler.transform(&matrix),
            None => Ok(matrix),
        }
    }

    /// The columns of the matrix.
    pub fn names(&self) -> Vec<String> {
        self.onehot.names()
    }

    pub fn onehot(&self) -> &OneHot {
        &self.onehot
    }

    pub fn scaler(&self) -> Option<&StandardScaler> {
        self.scaler.as_ref()
    }

    pub fn save(&self, writer: &mut Writer<'_>) {
        writer.within("onehot", |w| self.onehot.save(w));
        writer.value("scaled", &self.scaler.is_some());
        if let Some(scaler) = &self.scaler {
            writer.within("scaler", |w| scaler.save(w));
        }
    }

    /// Reads it back; `features` are the columns it must be made of.
    pub fn load(reader: &Reader<'_>, features: &[String]) -> Result<Preparation, Error> {
        let onehot = OneHot::load(&reader.within("onehot"))?;
        let scaler = if reader.value("scaled")? {
            Some(StandardScaler::load(&reader.within("scaler"))?)
        } else {
            None
        };
        let agree = onehot.fields().eq(features.iter().map(String::as_str))
            && scaler.as_ref().is_none_or(|s| s.names() == onehot.names());
        if agree {
            Ok(Preparation { onehot, scaler })
        } else {
            Err(Error::ModelFile("as its columns do not agree with its choices".into()))
        }
    }
}
