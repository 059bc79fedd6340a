//! Extracts facts from TypeScript syntax trees.
