//! Secrets and personal data: a table of part 7.

use super::{
    super::{
        Audit,
        tables::{SecretColumn, Verdict},
    },
    summary::link,
    text::{Document, code, count, prose},
};
use crate::trace::Spot;

pub(super) fn write(out: &mut Document, audit: &Audit) {
    if audit.secrets.is_empty() {
        out.paragraph("No column was found that holds a secret, or tells who somebody is.");
        return;
    }
    let (personal, secrets): (Vec<_>, Vec<_>) = audit
        .secrets
        .iter()
        .partition(|column| column.kind == "personal");
    out.paragraph(&format!(
        "{} and {}, by their names and what is written beside them. \"Not seen\" stands where the code tells nothing; whether personal data goes to somebody who may not see it is for a person to say where no finding does.",
        count(secrets.len(), "secret column"),
        count(personal.len(), "personal column"),
    ));
    let rows: Vec<Vec<String>> = secrets.iter().map(|column| secret(out, column)).collect();
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
                seen(out, &column.written),
                told(out, &column.returned),
                told(out, &column.logged),
                verdict(column),
            ]
        })
        .collect();
    out.table(
        &[
            "Personal data",
            "Written by",
            "Returned to others",
            "Logged at",
            "Verdict",
        ],
        &rows,
    );
}

fn secret(out: &Document, column: &SecretColumn) -> Vec<String> {
    let part = |part: &Option<(String, Spot)>| {
        part.as_ref().map_or_else(
            || "not seen".to_owned(),
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
        seen(out, &column.tag),
        part(&column.key),
        column
            .version
            .as_ref()
            .map_or_else(|| "none".to_owned(), |name| code(name)),
        seen(out, &column.decrypted),
        told(out, &column.returned),
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
    let mut text = match column.verdict {
        Verdict::Sound if column.hashed.is_some() => "**sound**: a digest is stored".to_owned(),
        Verdict::Sound if column.algorithm.is_none() => {
            "**sound**: the client encrypts it on the way".to_owned()
        }
        Verdict::Sound => "**sound**, by the lines of this row".to_owned(),
        Verdict::Faulty => "**not sound**".to_owned(),
        other => other.words().to_owned(),
    };
    if !column.findings.is_empty() {
        let links: Vec<String> = column.findings.iter().map(|id| link(id)).collect();
        text.push_str(&format!(" {}", links.join(" ")));
    }
    text
}
