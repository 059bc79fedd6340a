//! Prints what snell reads in the files of one Prisma schema, in the words of Prisma's DMMF.
//!
//! `facts_schema FILE...` reads the files of one schema. `facts_schema --batch` reads a JSON array
//! of schemas from standard input, each an array of texts, and prints one line for each. Either
//! prints `{ accepted, errors, ... }`; an error has `kind`, `file`, `start`, `end`, `message`.

use std::io::{self, Read as _, Write as _};

use serde_json::{Value, json};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    if arguments == ["--batch"] {
        let mut input = String::new();
        io::stdin().read_to_string(&mut input)?;
        let schemas: Vec<Vec<String>> = serde_json::from_str(&input)?;
        for texts in schemas {
            writeln!(out, "{}", facts(&texts)?)?;
        }
    } else {
        let texts: Vec<String> = arguments
            .iter()
            .map(|path| Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned()))
            .collect::<io::Result<_>>()?;
        writeln!(out, "{:#}", facts(&texts)?)?;
    }
    Ok(())
}

fn facts(texts: &[String]) -> anyhow::Result<Value> {
    let parses: Vec<_> = texts.iter().map(|t| snell_prisma::parse(t)).collect();
    let files: Vec<_> = parses.iter().enumerate().collect();
    let (datamodel, errors) = snell_prisma::lower(&files);
    let mut facts = json!({
        "accepted": errors.is_empty(),
        "errors": errors
            .iter()
            .map(|e| json!({
                "kind": e.kind,
                "file": e.file,
                "start": e.span.start,
                "end": e.span.end,
                "message": e.message,
            }))
            .collect::<Vec<_>>(),
    });
    let projection = serde_json::to_value(snell_prisma::dmmf::project(&datamodel))?;
    if let (Some(facts), Value::Object(projection)) = (facts.as_object_mut(), projection) {
        facts.extend(projection);
    }
    Ok(facts)
}
