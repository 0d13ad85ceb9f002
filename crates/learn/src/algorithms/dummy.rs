//! The baseline: looks at nothing and says how common label 1 is.

use super::{Algorithm, Checked, Classifier, Parameter, Settings};
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

/// The dummy baseline.
pub struct Dummy;

struct Fitted {
    share: f64,
}

impl Algorithm for Dummy {
    fn name(&self) -> &'static str {
        "dummy"
    }

    fn doc(&self) -> &'static str {
        "The baseline to beat: gives every row the share of label 1 in the training rows, whatever its features."
    }

    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    fn fit(
        &self,
        _: &Matrix,
        y: &[u8],
        settings: &Settings,
        _: u64,
    ) -> Result<Box<dyn Classifier>, Error> {
        Checked::new(self.name(), &self.parameters(), settings)?;
        let ones = y.iter().filter(|&&v| v == 1).count();
        Ok(Box::new(Fitted { share: ones as f64 / y.len().max(1) as f64 }))
    }

    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error> {
        match reader.f64s("share")?[..] {
            [share] if (0.0..=1.0).contains(&share) => Ok(Box::new(Fitted { share })),
            _ => Err(Error::ModelFile("as its share of label 1 is no share".into())),
        }
    }
}

impl Classifier for Fitted {
    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        vec![self.share; x.rows()]
    }

    fn save(&self, writer: &mut Writer<'_>) {
        writer.f64s("share", &[self.share]);
    }

    fn algorithm(&self) -> &'static str {
        "dummy"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_share_of_label_1() {
        let x = Matrix::new(vec!["a".into()], vec![vec![1.0, 2.0, 3.0, 4.0]]).unwrap();
        let fitted = Dummy.fit(&x, &[0, 1, 0, 0], &Settings::new(), 0).unwrap();
        assert_eq!(fitted.probabilities(&x), [0.25; 4]);
    }
}
