//! Binds names across files and languages.
