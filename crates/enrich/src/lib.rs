//! What do we know about a flow? Threat list, label, profiles, geography, features
