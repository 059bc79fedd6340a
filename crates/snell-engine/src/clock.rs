//! Takes the time of phases.

use std::time::{Duration, Instant};

/// How long each phase of a run took.
#[derive(Debug)]
pub struct Clock {
    since: Instant,
    /// The phases in their order.
    pub laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// The first phase begins.
    #[must_use]
    pub fn start() -> Self {
        Clock {
            since: Instant::now(),
            laps: Vec::new(),
        }
    }

    /// The phase that ends here; the next one begins.
    pub fn lap(&mut self, phase: &'static str) {
        let now = Instant::now();
        self.laps.push((phase, now - self.since));
        self.since = now;
    }
}
