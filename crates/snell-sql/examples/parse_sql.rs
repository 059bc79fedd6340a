//! Says of texts whether snell reads them without a syntax error: JSON strings come in, one
//! a line, and for each goes out `null` or the first error's message.
//!
//! A development tool for `tests/referees/parse`.
#![allow(clippy::print_stdout)]

use std::io::{BufRead, Write};

use snell_sql::parse;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let read = parse(&text);
        let said = match (read.errors.first(), read.dialect) {
            (Some(error), _) => Some(error.message.to_string()),
            (None, Some(dialect)) => Some(format!("this is SQL for {}", dialect.name())),
            (None, None) => None,
        };
        writeln!(out, "{}", serde_json::to_string(&said)?)?;
    }
    Ok(())
}
