//! Finds the files of a monorepo, its packages and its configuration.
