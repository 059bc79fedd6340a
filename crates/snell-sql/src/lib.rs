//! Parses SQL, replays migrations into a Catalog, and types queries against it.
