//! What do we do with it? The registry of validated models
