//! `SNELL_TIMINGS=1`: how long each phase and each rule of a check took, on standard error.

use std::{fmt::Write as _, time::Duration};

use crate::terminal::tell;

/// Rules that are shown: those that take the most time.
const RULES: usize = 15;

/// What took how long.
type Spent = (&'static str, Duration);

/// Whether anybody wants to know.
pub(crate) fn wanted() -> bool {
    std::env::var_os("SNELL_TIMINGS").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Tells the phases in their order, and the slowest rules.
pub(crate) fn show(steps: &[Spent], phases: &[Spent], mut rules: Vec<Spent>) {
    let mut out = String::new();
    let mut lines = |margin: &str, all: &[Spent]| {
        for (name, spent) in all {
            let spent = spent.as_secs_f64() * 1000.0;
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{spent:>9.1} ms  {margin}{name}");
        }
    };
    rules.sort_by_key(|(_, spent)| std::cmp::Reverse(*spent));
    rules.truncate(RULES);
    for step in steps {
        lines("", std::slice::from_ref(step));
        match step.0 {
            "analyze" => lines("  ", phases),
            "rules" => lines("  ", &rules),
            _ => {}
        }
    }
    tell(&out);
}
