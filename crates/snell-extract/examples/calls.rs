//! Compares sites with the calls that a TypeScript checker found.
//!
//! `cargo run --release --example calls -- ROOT CALLS.jsonl`: every row of
//! `kind: call` (file, 1-based line, 1-based UTF-16 column of the operation's
//! name) must have a site there. Prints the rows that have none; exit code 1
//! when there is any.

#![allow(clippy::print_stdout, reason = "a tool prints")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use serde_json::Value;
use snell_extract::{Dialect, extract};
use snell_source::SourceFile;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(root), Some(truth)) = (arguments.next(), arguments.next()) else {
        println!("usage: calls ROOT CALLS.jsonl");
        return ExitCode::from(2);
    };
    let Ok(truth) = std::fs::read_to_string(truth) else {
        println!("the truth cannot be read");
        return ExitCode::from(2);
    };
    let mut wanted: BTreeMap<String, Vec<(u32, u32, String)>> = BTreeMap::new();
    for row in truth.lines() {
        let Ok(row) = serde_json::from_str::<Value>(row) else {
            continue;
        };
        if row["kind"] == "call" {
            let number = |key: &str| row[key].as_u64().and_then(|n| u32::try_from(n).ok());
            let file = row["file"].as_str().unwrap_or_default().to_owned();
            let operation = row["operation"].as_str().unwrap_or_default().to_owned();
            let at = (
                number("line").unwrap_or(0),
                number("column").unwrap_or(0),
                operation,
            );
            wanted.entry(file).or_default().push(at);
        }
    }
    let (mut all, mut missed) = (0, 0);
    for (file, rows) in wanted {
        let path = format!("{root}/{file}");
        let bytes = std::fs::read(&path).unwrap_or_default();
        let source = SourceFile::new(file.as_str(), String::from_utf8_lossy(&bytes).as_ref());
        let dialect = Dialect::of(source.kind).unwrap_or(Dialect::Tsx);
        let facts = extract(&source.text, dialect);
        let found: BTreeSet<_> = facts
            .sites
            .iter()
            .map(|site| {
                let at = source.position(site.operation.span.start);
                (at.line, at.column, site.operation.text.to_string())
            })
            .collect();
        for row in rows {
            all += 1;
            if !found.contains(&row) {
                missed += 1;
                println!("{file}:{}:{} {} has no site", row.0, row.1, row.2);
            }
        }
    }
    println!("{all} calls, {missed} without a site");
    ExitCode::from(u8::from(missed > 0))
}
