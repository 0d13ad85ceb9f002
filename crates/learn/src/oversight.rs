//! Who looks after a fit: hears how far it is, and may end it before its end.
//!
//! An overseer stands beside a fit and not among its options, as what is learnt never depends on one: a fit that
//! reaches its end gives the same bytes with and without. It belongs to the thread that asked for the fit, and
//! [`with_threads`](crate::with_threads) takes it along to the pool.

use std::cell::RefCell;
use std::sync::Arc;

use crate::Error;

/// Looks after the fits of a thread. Asked between trees, rounds of k-means and steps of Newton, from any thread.
pub trait Overseer: Send + Sync {
    /// Whether the fit is still wanted.
    fn goes_on(&self) -> bool;

    /// So many trees of so many are grown.
    fn trees(&self, grown: usize, all: usize);
}

thread_local! {
    static OVERSEER: RefCell<Option<Arc<dyn Overseer>>> = const { RefCell::new(None) };
}

/// Does `work` with `overseer` looking after every fit within, which ends with [`Error::Stopped`] if it does not go
/// on.
pub fn overseen<T>(overseer: Arc<dyn Overseer>, work: impl FnOnce() -> T) -> T {
    Oversight(Some(overseer)).over(work)
}

/// The overseer of this thread, if it has one.
#[derive(Clone)]
pub(crate) struct Oversight(Option<Arc<dyn Overseer>>);

impl Oversight {
    pub(crate) fn here() -> Oversight {
        Oversight(OVERSEER.with_borrow(Clone::clone))
    }

    /// Does `work` on this thread under this oversight; afterwards that of before is back, after a panic too.
    pub(crate) fn over<T>(self, work: impl FnOnce() -> T) -> T {
        struct Before(Option<Arc<dyn Overseer>>);
        impl Drop for Before {
            fn drop(&mut self) {
                OVERSEER.set(self.0.take());
            }
        }
        let _before = Before(OVERSEER.replace(self.0));
        work()
    }

    /// # Errors
    /// [`Error::Stopped`] if the fit is not wanted any more.
    pub(crate) fn goes_on(&self) -> Result<(), Error> {
        match &self.0 {
            Some(overseer) if !overseer.goes_on() => Err(Error::Stopped),
            _ => Ok(()),
        }
    }

    pub(crate) fn trees(&self, grown: usize, all: usize) {
        if let Some(overseer) = &self.0 {
            overseer.trees(grown, all);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::algorithms::{Model, find};
    use crate::codec::Writer;
    use crate::{KMeans, KMeansOptions, Matrix, Rng, Settings, with_threads};

    /// Lets a number of questions pass; remembers the most trees it heard of.
    struct Patience {
        left: AtomicUsize,
        grown: AtomicUsize,
    }

    impl Patience {
        fn of(left: usize) -> Arc<Patience> {
            Arc::new(Patience { left: AtomicUsize::new(left), grown: AtomicUsize::new(0) })
        }
    }

    impl Overseer for Patience {
        fn goes_on(&self) -> bool {
            let less = |left: usize| left.checked_sub(1);
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
        }

        fn trees(&self, grown: usize, all: usize) {
            assert!(grown <= all);
            self.grown.fetch_max(grown, Ordering::Relaxed);
        }
    }

    fn rows() -> (Matrix, Vec<u8>) {
        let mut rng = Rng::stream(3, 0);
        let column = |rng: &mut Rng| (0..3000).map(|_| rng.unit()).collect::<Vec<f64>>();
        let columns = vec![column(&mut rng), column(&mut rng)];
        let y = columns[0].iter().map(|v| u8::from(v + rng.unit() > 1.0)).collect();
        (Matrix::new(vec!["a".into(), "b".into()], columns).unwrap(), y)
    }

    fn forest(x: &Matrix, y: &[u8]) -> Result<Vec<u8>, Error> {
        let model = with_threads(2, || {
            Model::fit(find("random-forest").unwrap(), x, y, &Settings::new(), 7)
        })?;
        let mut writer = Writer::new();
        model.save(&mut writer);
        Ok(writer.finish())
    }

    #[test]
    fn a_forest_stops_between_two_trees() {
        let (x, y) = rows();
        let patience = Patience::of(5);
        let stopped = overseen(patience.clone(), || forest(&x, &y));
        assert!(matches!(stopped, Err(Error::Stopped)));
        let grown = patience.grown.load(Ordering::Relaxed);
        assert!((1..=5).contains(&grown), "{grown} trees");
        assert!(forest(&x, &y).is_ok(), "who is not overseen is not stopped");
    }

    #[test]
    fn clusters_and_weights_stop_between_two_rounds() {
        let (x, y) = rows();
        let clusters = |x: &Matrix| KMeans::fit(x, &KMeansOptions { k: 8, ..Default::default() });
        for patience in [0, 3, 9] {
            let stopped = overseen(Patience::of(patience), || clusters(&x));
            assert!(matches!(stopped, Err(Error::Stopped)), "after {patience}");
        }
        let weights = find("logistic-regression").unwrap();
        let stopped =
            overseen(Patience::of(1), || Model::fit(weights, &x, &y, &Settings::new(), 7).err());
        assert!(matches!(stopped, Some(Error::Stopped)));
    }

    #[test]
    fn what_is_learnt_does_not_depend_on_an_overseer() {
        let (x, y) = rows();
        let patience = Patience::of(usize::MAX);
        let both = |x: &Matrix| {
            (forest(x, &y).unwrap(), KMeans::fit(x, &KMeansOptions::default()).unwrap())
        };
        let overseen = overseen(patience.clone(), || both(&x));
        assert!(overseen == both(&x));
        assert_eq!(patience.grown.load(Ordering::Relaxed), 100);
    }
}
