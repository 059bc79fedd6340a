//! Arguments in, exit code out.

mod args;
mod cache;
mod commands;
mod environment;
mod failure;
mod news;
mod progress;
mod session;
mod terminal;
mod timings;

use std::process::ExitCode;

use camino::Utf8Path;
use clap::{CommandFactory as _, Parser as _};
use snell_engine::statistics::SCRIPT;

use crate::{
    args::{Arguments, Command},
    commands::{
        audit, baseline, check, completions, doctor, erd, explain, facts, init, lsp, rules, trace,
    },
    failure::Failure,
    session::Refusal,
    terminal::{Terminal, print, tell},
};

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    not(target_feature = "crt-static")
)))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// In a program that is linked with the C library as it starts, mimalloc stands in the place of the C library's
/// allocator, for the parsers as for us. Naming it as the global allocator, too, would ask it for blocks by their
/// alignment, for which it looks longer and takes more.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(target_feature = "crt-static")
))]
#[used]
static KEPT_IN_THE_PROGRAM: &(dyn std::alloc::GlobalAlloc + Sync) = &mimalloc::MiMalloc;

/// What a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or above the threshold.
    Clean,
    /// Something at or above the threshold.
    Found,
    /// Something could not be judged.
    NotJudged,
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(quiet_panic));
    let arguments = Arguments::parse();
    let terminal = Terminal::of_stdout(arguments.color, arguments.links);
    let result = snell_engine::with_deep_stacks(|| dispatch(&arguments, terminal));
    match result {
        Ok(Exit::Clean) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Ok(Exit::NotJudged) => ExitCode::from(2),
        Err(failure) => {
            tell(&failure.to_string());
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: &Arguments, terminal: Terminal) -> Result<Exit, Failure> {
    let cache = &arguments.cache;
    match &arguments.command {
        None => {
            let first = arguments.check.paths.first();
            if let Some(refusal) = first.and_then(|word| mistyped(word)) {
                return Err(refusal.into());
            }
            check::run(&arguments.check, cache, terminal)
        }
        Some(Command::Check(arguments)) => check::run(arguments, cache, terminal),
        Some(Command::Explain(arguments)) => explain::run(arguments, cache, terminal),
        Some(Command::Rules(arguments)) => rules::run(arguments),
        Some(Command::Facts(arguments)) => facts::run(arguments, cache),
        Some(Command::Trace(arguments)) => trace::run(arguments, cache, terminal),
        Some(Command::Audit(arguments)) => audit::run(arguments, cache),
        Some(Command::Erd(arguments)) => erd::run(arguments, cache),
        Some(Command::StatsQuery) => {
            print(SCRIPT)?;
            Ok(Exit::Clean)
        }
        Some(Command::Doctor(arguments)) => doctor::run(arguments, cache),
        Some(Command::Lsp(_)) => lsp::run(),
        Some(Command::Baseline(command)) => baseline::run(command, cache),
        Some(Command::Init(arguments)) => init::run(arguments, cache),
        Some(Command::Completions(arguments)) => completions::run(arguments),
    }
}

/// The command that is meant by a first word that is no path: taken for one, it would report nothing.
fn mistyped(word: &Utf8Path) -> Option<Refusal> {
    if word.as_str().contains(['/', '.']) || word.exists() {
        return None;
    }
    let commands = Arguments::command();
    let names = commands.get_subcommands().map(clap::Command::get_name);
    let nearest = snell_source::closest(word.as_str(), names)?;
    Some(Refusal::Command {
        word: word.to_owned(),
        nearest: nearest.to_owned(),
    })
}

/// A rule that panics is reported with the findings; only its place is told here.
fn quiet_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    tell(&format!(
        "snell {}: internal error{place}; this is a bug in snell, please report it\n",
        env!("CARGO_PKG_VERSION")
    ));
}
