//! `snell completions`: what a shell needs to complete commands and options.

use clap::CommandFactory as _;

use crate::{
    Exit, Failure,
    args::{Arguments, CompletionsArguments},
    terminal::print,
};

/// Runs the command.
pub(crate) fn run(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "snell",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
