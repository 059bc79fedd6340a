//! Replays a folder of Prisma migrations and prints the catalog as JSON, with what failed:
//! `facts_catalog FOLDER [statement|file|stop]`.
//!
//! A development tool for `tests/referees/catalog`; the product's own door is
//! `snell facts catalog`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use snell_source::SourceFile;
use snell_sql::catalog::project;
use snell_sql::{Failure, Migration, OnFailure, Parse, Replay, parse, replay};

/// A migration's name, its file and what it says.
type File = (String, SourceFile, Parse);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: facts_catalog FOLDER [statement|file|stop]");
        return ExitCode::from(2);
    };
    let on_failure = match arguments.next().as_deref() {
        Some("file") => OnFailure::File,
        Some("stop") => OnFailure::Stop,
        _ => OnFailure::Statement,
    };
    let started = std::time::Instant::now();
    let files = match read(Path::new(&folder)) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("{folder}: {error}");
            return ExitCode::from(2);
        }
    };
    let migrations: Vec<Migration<'_>> = files
        .iter()
        .map(|(name, _, parse)| Migration {
            name,
            parse,
            traced: false,
        })
        .collect();
    let parsed = started.elapsed();
    let result = replay(&migrations, on_failure);
    eprintln!(
        "{} migrations: parsed in {parsed:?}, replayed in {:?}",
        files.len(),
        started.elapsed() - parsed
    );
    println!("{:#}", document(&files, on_failure, &result));
    ExitCode::SUCCESS
}

/// Prisma's order: folders by name, each with its `migration.sql`.
fn read(folder: &Path) -> std::io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path().join("migration.sql");
        if path.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path)?;
            let parse = parse(&text);
            let file = SourceFile::new(format!("{name}/migration.sql"), text);
            files.push((name, file, parse));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn document(files: &[File], on_failure: OnFailure, result: &Replay) -> Value {
    let list: Vec<Value> = (0_u32..)
        .zip(files)
        .map(|(index, (name, file, _))| {
            let errors: Vec<Value> = result
                .failures
                .iter()
                .filter(|failure| failure.statement.migration == index)
                .map(|failure| error(files, failure, file))
                .collect();
            json!({
                "name": name,
                "status": if errors.is_empty() { "ok" } else { "error" },
                "errors": errors,
            })
        })
        .collect();
    let policy = match on_failure {
        OnFailure::Statement => "statement",
        OnFailure::File => "file",
        OnFailure::Stop => "stop",
    };
    json!({
        "migrations": { "policy": policy, "list": list },
        "catalog": project(&result.catalog),
    })
}

fn error(files: &[File], failure: &Failure, file: &SourceFile) -> Value {
    json!({
        "sqlstate": failure.sqlstate.as_str(),
        "message": failure.message,
        "certain": failure.certain,
        "line": file.position(failure.span.start).line,
        "statement": failure.statement.span.text(&file.text),
        "related": failure.related.as_ref().and_then(|related| {
            let (name, file, _) = files.get(related.place.migration as usize)?;
            Some(json!({
                "migration": name,
                "line": file.position(related.place.span.start).line,
                "message": related.message,
            }))
        }),
    })
}
