//! Runs the phases: parallelism, cache, git index.
