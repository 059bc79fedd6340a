//! The life of what a system that talks is made of: a table of part 2.

use super::{
    super::{
        Audit,
        sheets::{self, PARTS},
        tables::Life,
    },
    text::{Document, code},
};

/// How rows of sessions, messages, agents, memories, translations and credentials come, change
/// and go.
pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(
        4,
        "The life of sessions, messages, agents, memories, translations and credentials",
    );
    let sheet = sheets::parts(audit);
    if sheet.rows.is_empty() {
        out.paragraph("No model plays one of these parts.");
        return;
    }
    out.sheet("models", &sheet);
    let missing: Vec<&str> = PARTS
        .into_iter()
        .filter(|part| {
            let mut lives = audit.lives.iter();
            !lives.any(|life| life.parts.iter().any(|(name, _)| name == part))
        })
        .collect();
    if !missing.is_empty() {
        out.paragraph(&format!(
            "No model plays the part of: {}.",
            missing.join(", ")
        ));
    }
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
