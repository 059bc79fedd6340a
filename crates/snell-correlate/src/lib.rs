//! The rules, and what silences them.
