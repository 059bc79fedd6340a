//! Analyses a workspace once as it is and once for each edit, and prints what
//! each edit makes the rules of a pattern find. For the referee in
//! `tests/referees/mutations`.
//!
//! `mutations ROOT RULE[,RULE...]` reads one JSON object a line from standard
//! input: `{ id, file, start, end, text }`, the bytes `start..end` of `file`
//! replaced by `text`. For each it prints `{ id, findings, gone }`; the first
//! line, `id` null, is the workspace as it is. `places` are the file and the line of
//! each label of a finding, the primary one first.

use std::io::{self, BufRead as _, Write as _};

use camino::Utf8Path;
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use snell_correlate::Selection;
use snell_engine::analyze;
use snell_workspace::{Config, Disk, FileSystem, Overlay};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, patterns] = arguments.as_slice() else {
        return Err(io::Error::other("usage: mutations ROOT RULE[,RULE...]"));
    };
    let disk = Disk::new(Utf8Path::new(root))?;
    let names: Vec<&str> = snell_correlate::rules::all()
        .iter()
        .map(|rule| rule.metadata.name)
        .filter(|name| {
            patterns
                .split(',')
                .any(|pattern| snell_correlate::matches(pattern, name))
        })
        .collect();
    let selection = Selection::of(&names);
    let mut out = io::stdout().lock();
    let base = findings(&disk, &selection);
    writeln!(out, "{}", json!({ "id": null, "findings": base }))?;
    let known: FxHashSet<String> = base.iter().map(key).collect();
    for line in io::stdin().lock().lines() {
        let edit: Value = serde_json::from_str(&line?)?;
        let number = |name: &str| edit[name].as_u64().and_then(|n| usize::try_from(n).ok());
        let (Some(file), Some(start), Some(end), Some(text)) = (
            edit["file"].as_str(),
            number("start"),
            number("end"),
            edit["text"].as_str(),
        ) else {
            return Err(io::Error::other("an edit needs file, start, end and text"));
        };
        let path = Utf8Path::new(file);
        let mut bytes = disk
            .read(path, u64::MAX)
            .map_err(|error| io::Error::other(format!("{file}: {error:?}")))?;
        bytes.splice(start..end, text.bytes());
        let mut overlay = Overlay::new(&disk);
        overlay.replace(path, bytes);
        let found = findings(&overlay, &selection);
        let now: FxHashSet<String> = found.iter().map(key).collect();
        let new: Vec<&Value> = found.iter().filter(|f| !known.contains(&key(f))).collect();
        let gone = known.difference(&now).count();
        writeln!(
            out,
            "{}",
            json!({ "id": edit["id"], "findings": new, "gone": gone })
        )?;
    }
    Ok(())
}

/// A finding by what it says, not by where: lines move.
fn key(finding: &Value) -> String {
    format!(
        "{} {} {}",
        finding["rule"], finding["file"], finding["message"]
    )
}

fn findings(fs: &dyn FileSystem, selection: &Selection) -> Vec<Value> {
    let analysis = analyze(fs, &Config::default());
    let judgement = analysis.judge(selection);
    judgement
        .verdicts
        .iter()
        .map(|verdict| {
            let diagnostic = &verdict.diagnostic;
            let at = diagnostic.primary().at;
            let file = analysis.sources.file(at.file);
            let from = file.position(at.span.start);
            let places = diagnostic.labels.iter().map(|label| {
                let file = analysis.sources.file(label.at.file);
                let from = file.position(label.at.span.start);
                json!([file.path, from.line])
            });
            json!({
                "rule": diagnostic.rule.name,
                "file": file.path,
                "line": from.line,
                "column": from.column,
                "places": places.collect::<Vec<_>>(),
                "severity": diagnostic.severity,
                "confidence": diagnostic.confidence,
                "message": diagnostic.message,
                "label": diagnostic.primary().text,
                "help": diagnostic.help,
            })
        })
        .collect()
}
