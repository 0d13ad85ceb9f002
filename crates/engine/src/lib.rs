//! Who computes, and where does it lie? DataFusion over a Parquet store
