//! The life of what a system that talks is made of: a table of part 2.

use super::{
    super::{Audit, tables::Life},
    summary::link,
    text::{Document, code},
};

/// The parts in the order in which people think of them.
const PARTS: [&str; 7] = [
    "session",
    "message",
    "agent",
    "memory",
    "translation",
    "credential",
    "audit log",
];

/// How rows of sessions, messages, agents, memories, translations and credentials come, change
/// and go.
pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(
        4,
        "The life of sessions, messages, agents, memories, translations and credentials",
    );
    let mut rows = Vec::new();
    for part in PARTS {
        for life in &audit.lives {
            let played = life.parts.iter().find(|(name, _)| name == part);
            if let Some((_, columns)) = played {
                rows.push(row(out, life, part, columns));
            }
        }
    }
    let missing: Vec<&str> = PARTS
        .into_iter()
        .filter(|part| {
            let mut lives = audit.lives.iter();
            !lives.any(|life| life.parts.iter().any(|(name, _)| name == part))
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("No model plays one of these parts.");
        return;
    }
    out.paragraph("What plays each part, as columns, relations and names tell; where the code makes, changes and removes its rows; and how their age and order can be told.");
    out.table(
        &[
            "Part", "Model", "Columns", "Made", "Changed", "Removed", "Dated", "Findings",
        ],
        &rows,
    );
    if !missing.is_empty() {
        out.paragraph(&format!(
            "No model plays the part of: {}.",
            missing.join(", ")
        ));
    }
}

fn row(out: &Document, life: &Life, part: &str, columns: &[(String, String)]) -> Vec<String> {
    let columns: Vec<String> = columns
        .iter()
        .map(|(what, field)| format!("{what} {}", code(field)))
        .collect();
    let dated = match life.dated {
        (true, true) => "made and changed",
        (true, false) => "made",
        (false, true) => "changed",
        (false, false) => "no",
    };
    const SHOWN: usize = 4;
    let mut ids: Vec<String> = life.findings.iter().map(|id| link(id)).collect();
    if ids.len() > SHOWN {
        let more = ids.len() - SHOWN;
        ids.truncate(SHOWN);
        ids.push(format!("{more} more"));
    }
    vec![
        part.to_owned(),
        code(&life.model),
        columns.join(", "),
        out.place(life.made.as_ref()),
        out.place(life.changed.as_ref()),
        removed(out, life),
        dated.to_owned(),
        ids.join(" "),
    ]
}

/// Where rows go, and with what.
pub(super) fn removed(out: &Document, life: &Life) -> String {
    let mut ways = Vec::new();
    if let Some(at) = &life.taken {
        ways.push(format!("by code {}", out.at(at)));
    }
    if let Some(at) = &life.swept {
        ways.push(format!("by age {}", out.at(at)));
    }
    if let Some(at) = &life.emptied {
        ways.push(format!("old ones are emptied {}", out.at(at)));
    }
    if let Some((above, at)) = &life.with {
        ways.push(format!("with their {} {}", code(above), out.at(at)));
    }
    match ways.is_empty() {
        true => "not seen".to_owned(),
        false => ways.join("; "),
    }
}
