//! How a caller watches a long collection.

/// Is told how far a collection has come. Both numbers are increments, from any thread.
pub trait Progress: Sync {
    /// So many more bytes of the file as it lies on disk (compressed, if it is) were read.
    fn bytes(&self, _more: u64) {}
    /// So many more lines have found their end.
    fn lines(&self, _more: u64) {}
}

/// Nobody watches.
impl Progress for () {}
