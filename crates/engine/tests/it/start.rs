//! Starts that must not happen, and first starts.
