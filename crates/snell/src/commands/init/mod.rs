//! `snell init`: a configuration, and what runs snell on each commit and on each pull request.
//!
//! Shows every change first and writes nothing unasked. What is there already stays as it is, so
//! that a second run has nothing to do.

mod edit;
mod found;
mod recipes;

use std::io::{self, BufRead as _, IsTerminal as _};

use snell_engine::{Change, NewMigrations, Plan, analyze_with};

use self::found::Found;
use super::fix::{diff, printable};
use crate::{
    Exit, Failure,
    args::InitArguments,
    cache::CacheArguments,
    session::{Scope, Session, discover},
    terminal::{print, tell},
};

/// Something that would be written, or why it is not.
enum Step {
    /// A file becomes another one.
    Write(Change),
    /// It is there already.
    There(String),
    /// Only a person can do it.
    Advice(String),
}

/// Runs the command.
pub(crate) fn run(arguments: &InitArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let paths: Vec<_> = arguments.path.iter().cloned().collect();
    let session = Session::open(&paths, Scope::default())?;
    session.all_there()?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let (workspace, config) = discover(fs)?;
        let new = NewMigrations::Configured;
        let analysis = analyze_with(fs, workspace, &config, &new, &memory);
        if analysis.project.schemas.is_empty() {
            return Err(Failure::no_schema(&session, &analysis));
        }
        let found = Found::of(fs, &analysis, &config);
        print(&printable(&found.told()))?;
        let steps = recipes::steps(fs, &found, arguments)?;
        let mut plan = Plan::default();
        for step in steps {
            match step {
                Step::Write(change) => plan.changes.push(change),
                Step::There(what) => print(&format!("There    {what}\n"))?,
                Step::Advice(what) => print(&format!("Advice   {what}\n"))?,
            }
        }
        if plan.changes.is_empty() {
            print("\nNothing to write.\n")?;
            return Ok(Exit::Clean);
        }
        print(&printable(&format!("\n{}", diff(&plan))))?;
        if !is_wanted(arguments, plan.changes.len())? {
            return Ok(Exit::Clean);
        }
        plan.write(&session.decision.root)
            .map_err(|error| Failure::not_fixed(&error))?;
        for change in &plan.changes {
            print(&format!("Wrote    {}\n", change.path))?;
        }
        print(&found.next_steps(recipes::chosen(&found, arguments)))?;
        Ok(Exit::Clean)
    })
}

/// Whether the changes that were shown are to be written: by the flag, or by who reads them.
fn is_wanted(arguments: &InitArguments, files: usize) -> Result<bool, Failure> {
    if arguments.yes {
        return Ok(true);
    }
    if arguments.dry_run {
        return Ok(false);
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        tell("Nothing was written: `snell init --yes` writes it.\n");
        return Ok(false);
    }
    let files = match files {
        1 => "this file".to_owned(),
        n => format!("these {n} files"),
    };
    print(&format!("\nWrite {files}? [y/N] "))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
