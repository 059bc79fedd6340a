//! How a fault is told: the words, the labels on both sides, what comes of it, and the cure.

mod consequence;
pub(super) mod milder;
mod remedy;
mod swapped;
pub(super) mod tell;
mod weight;
mod words;
mod written;
