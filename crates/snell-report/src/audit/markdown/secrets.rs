//! Secrets and personal data: a table of part 7.

use super::{
    super::{
        Audit, roles, sheets,
        tables::{SecretColumn, Verdict},
    },
    summary::link,
    text::{Document, code, count, prose},
};
use crate::trace::Spot;

pub(super) fn write(out: &mut Document, audit: &Audit) {
    if audit.secrets.is_empty() {
        out.paragraph("No column was found that holds a secret, or tells who somebody is.");
    } else {
        columns(out, audit);
    }
    out.sheet("models", &sheets::texts(audit));
}

fn columns(out: &mut Document, audit: &Audit) {
    let (personal, secrets): (Vec<_>, Vec<_>) =
        audit.secrets.iter().partition(|column| !column.secret);
    out.paragraph(&format!(
        "Found: {} and {}, by their names and what is written beside them. \"Not seen\" stands where the code tells nothing. An answer has a column where a row of its table goes back whole, or comes along with another one by `include`; whether who gets it may see it is for a person to say where no finding does.",
        some(secrets.len(), "secret column"),
        some(personal.len(), "personal column"),
    ));
    let rows: Vec<Vec<String>> = secrets
        .iter()
        .map(|column| secret(out, audit, column))
        .collect();
    out.table(
        &[
            "Column",
            "Kind",
            "Written by",
            "Algorithm",
            "IV",
            "Tag",
            "Key source",
            "Key version",
            "Decrypted at",
            "Returned by",
            "Logged at",
            "Verdict",
        ],
        &rows,
    );
    let rows: Vec<Vec<String>> = personal
        .iter()
        .map(|column| {
            vec![
                code(&format!("{}.{}", column.model, column.field)),
                column.kind.clone(),
                seen(out, &column.written),
                given(audit, column),
                told(out, &column.logged),
                verdict(column),
            ]
        })
        .collect();
    out.table(
        &[
            "Personal data",
            "Kind",
            "Written by",
            "In the answers of",
            "Logged at",
            "Verdict",
        ],
        &rows,
    );
}

/// `no secret column`, `2 secret columns`
fn some(n: usize, word: &str) -> String {
    match n {
        0 => format!("no {word}"),
        n => count(n, word),
    }
}

/// The endpoints whose answers have it.
fn given(audit: &Audit, column: &SecretColumn) -> String {
    const SHOWN: usize = 2;
    match &column.given {
        None => "not known".to_owned(),
        Some(names) if names.is_empty() => "not seen".to_owned(),
        Some(names) => prose(&roles::endpoints(audit, names, SHOWN)),
    }
}

fn secret(out: &Document, audit: &Audit, column: &SecretColumn) -> Vec<String> {
    // A digest has none of these.
    let none = match column.hashed.is_some() {
        true => "–",
        false => "not seen",
    };
    let part = |part: &Option<(String, Spot)>| {
        part.as_ref().map_or_else(
            || none.to_owned(),
            |(words, at)| format!("{} {}", prose(words), out.at(at)),
        )
    };
    vec![
        code(&format!("{}.{}", column.model, column.field)),
        column.kind.clone(),
        seen(out, &column.written),
        match &column.hashed {
            Some(_) => part(&column.hashed),
            None => part(&column.algorithm),
        },
        part(&column.vector),
        match column.tag.is_empty() {
            true => none.to_owned(),
            false => out.places(&column.tag, 2),
        },
        part(&column.key),
        column.version.as_ref().map_or_else(
            || match column.hashed.is_some() {
                true => "–".to_owned(),
                false => "none".to_owned(),
            },
            |name| code(name),
        ),
        match column.decrypted.is_empty() {
            true => none.to_owned(),
            false => out.places(&column.decrypted, 2),
        },
        match column.returned.is_empty() {
            true => given(audit, column),
            false => out.places(&column.returned, 2),
        },
        told(out, &column.logged),
        verdict(column),
    ]
}

fn seen(out: &Document, spots: &[Spot]) -> String {
    match spots.is_empty() {
        true => "not seen".to_owned(),
        false => out.places(spots, 2),
    }
}

/// Places that findings tell.
fn told(out: &Document, spots: &[Spot]) -> String {
    match spots.is_empty() {
        true => "no finding".to_owned(),
        false => out.places(spots, 2),
    }
}

fn verdict(column: &SecretColumn) -> String {
    let words = column.words();
    let (head, rest) = match words.find([':', ',']) {
        Some(end) => words.split_at(end),
        None => (words.as_str(), ""),
    };
    let mut text = match column.verdict {
        Verdict::Sound | Verdict::Faulty => format!("**{head}**{rest}"),
        Verdict::Plain | Verdict::NotSeen => words.clone(),
    };
    if !column.findings.is_empty() {
        let links: Vec<String> = column.findings.iter().map(|id| link(id)).collect();
        text.push_str(&format!(" {}", links.join(" ")));
    }
    text
}
