//! A line that says what takes long: on a terminal, and only when it does.

use std::{
    io::{self, IsTerminal as _},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::has_unicode_locale;

/// What is done faster than this is not worth a word.
const DELAY: Duration = Duration::from_millis(300);

/// How often the line moves.
const TICK: Duration = Duration::from_millis(100);

/// The line; gone when this is dropped.
pub(crate) struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Says `words` on standard error, if that is a terminal and `wanted`.
    pub(crate) fn start(wanted: bool, words: String) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !wanted || dumb || !io::stderr().is_terminal() {
            return Progress { running: None };
        }
        let (stop, stopped) = channel();
        let draws = std::thread::spawn(move || {
            if stopped.recv_timeout(DELAY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            line.set_style(style());
            line.set_message(words);
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                line.tick();
            }
            line.finish_and_clear();
        });
        Progress {
            running: Some((stop, draws)),
        }
    }
}

/// Something that turns, and the words; how much there is to do is not known.
fn style() -> ProgressStyle {
    let turns = match has_unicode_locale() {
        true => "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ",
        false => "|/-\\ ",
    };
    let style = ProgressStyle::with_template("{spinner} {msg}");
    style
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars(turns)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, draws)) = self.running.take() {
            drop(stop);
            // It only draws: a failure there changes nothing here.
            let _ = draws.join();
        }
    }
}
