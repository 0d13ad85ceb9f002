//! What can be learnt? Matrices in, models out
