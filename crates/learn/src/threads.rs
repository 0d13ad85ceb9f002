//! How many threads a fit may use. What is computed never depends on it.

use crate::oversight::Oversight;

/// Runs `work` on a pool of `threads` threads (0 = as many as the machine has).
///
/// Everything called from `work` that uses rayon stays on that pool. If the system refuses a new pool, the work
/// is done on the pool at hand. Who looks after this thread's fits looks after those of `work`.
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let oversight = Oversight::here();
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| oversight.over(work)),
        Err(_) => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_has_as_many_threads_as_asked() {
        assert_eq!(with_threads(1, rayon::current_num_threads), 1);
        assert_eq!(with_threads(3, rayon::current_num_threads), 3);
        assert!(with_threads(0, rayon::current_num_threads) >= 1);
    }
}
