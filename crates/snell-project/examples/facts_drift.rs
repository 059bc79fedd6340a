//! Prints where migrations depart from a schema, as `snell facts drift` does:
//! `facts_drift SCHEMA MIGRATIONS`. A development tool for `tests/referees/drift`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use snell_sql::drift::{DifferenceView, compare};
use snell_sql::{Migration, OnFailure, replay};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(schema), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: facts_drift SCHEMA MIGRATIONS");
        return ExitCode::from(2);
    };
    match rows(&schema, &folder) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn rows(schema: &str, folder: &str) -> Result<String, Box<dyn std::error::Error>> {
    let schema = snell_prisma::parse(&std::fs::read_to_string(schema)?);
    let (datamodel, _) = snell_prisma::lower(&[(0, &schema)]);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path().join("migration.sql");
        if path.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, snell_sql::parse(&std::fs::read_to_string(path)?)));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let migrations: Vec<Migration<'_>> = files
        .iter()
        .map(|(name, parse)| Migration { name, parse })
        .collect();
    let actual = replay(&migrations, OnFailure::Statement).catalog;
    let expected = snell_project::expected::expected(&datamodel, &actual);
    let drift: Vec<DifferenceView> = compare(&expected, &actual)
        .iter()
        .map(DifferenceView::from)
        .collect();
    Ok(serde_json::to_string_pretty(
        &serde_json::json!({ "drift": drift }),
    )?)
}
