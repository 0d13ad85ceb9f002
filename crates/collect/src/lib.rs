//! Where do the logs come from? Bytes in, columns and rejects out
