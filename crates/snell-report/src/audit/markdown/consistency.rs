//! Part 5: the code against the schema.

use std::collections::BTreeMap;

use super::{
    super::{Audit, Mirror},
    performance::GROWTH,
    schema::{about, about_those},
    text::{Document, code, count, escaped, share},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "5. Application consistency");
    out.heading(3, "5.1 Schema and code");
    about(
        out,
        audit,
        "What the code takes for true and the schema does not say",
        &[
            "consistency/unknown",
            "consistency/type",
            "consistency/missing-required",
            "consistency/id-type",
            "consistency/bigint",
            "consistency/schema-migration-drift",
            "consistency/cast",
            "consistency/nullable",
            "integrity/nullable-always-set",
        ],
    );
    out.heading(3, "5.2 Enums and closed sets of values");
    about(
        out,
        audit,
        "Value sets",
        &[
            "consistency/enum",
            "consistency/switch",
            "integrity/enum-like-string",
        ],
    );
    out.heading(3, "5.3 DTOs, response types and front ends");
    mirrors(out, audit);
    about(
        out,
        audit,
        "Mirrors that no longer agree",
        &[
            "consistency/dto",
            "consistency/response",
            "consistency/request",
            "consistency/length",
            "consistency/falsy",
            "security/validation",
            "security/whitelist",
            "security/serialization",
        ],
    );
    out.heading(3, "5.4 The life of fields");
    fields(out, audit);
    about(
        out,
        audit,
        "Fields that are unused, only written or never written",
        &[
            "consistency/unused",
            "consistency/write-only",
            "consistency/never-written",
            "consistency/default",
            "integrity/missing-default",
        ],
    );
    out.heading(3, "5.5 Query patterns");
    let grows = |rule: &str| GROWTH.iter().any(|head| rule.starts_with(head));
    about_those(
        out,
        audit,
        "Loops, eager loading, transactions and errors; long lists are in [6.2](#62-growing-tables-pages-and-retention)",
        |_, rule| rule.starts_with("query/") && !grows(rule),
    );
    out.heading(3, "5.6 Raw queries");
    raw(out, audit);
    about(out, audit, "Raw SQL", &["raw-sql/"]);
    out.heading(3, "5.7 Vector search in code");
    about(out, audit, "Embeddings and similarity search", &["vector/"]);
}

fn mirrors(out: &mut Document, audit: &Audit) {
    if audit.mirrors.is_empty() {
        out.paragraph("No type of the code was found to mirror a model.");
        return;
    }
    let mut by_model: BTreeMap<&str, Vec<&Mirror>> = BTreeMap::new();
    for mirror in &audit.mirrors {
        by_model.entry(&mirror.model).or_default().push(mirror);
    }
    out.paragraph(&format!(
        "{} {}. Behind each stands how that is known: it is written to the model, mapped from its rows, returned with them, or named after it; and how many of its properties are fields, where some are not.",
        count(audit.mirrors.len(), "type"),
        if audit.mirrors.len() == 1 { "mirrors a model" } else { "mirror models" },
    ));
    let rows: Vec<Vec<String>> = by_model
        .iter()
        .map(|(model, mirrors)| {
            let types: Vec<String> = mirrors.iter().map(|one| mirror(out, one)).collect();
            vec![code(model), types.len().to_string(), types.join(", ")]
        })
        .collect();
    out.long_table("models", &["Model", "# Types", "Which"], &rows);
}

/// A type with how it is known, as a link to it.
fn mirror(out: &Document, mirror: &Mirror) -> String {
    let name = match mirror.name.is_empty() {
        true => "inline".to_owned(),
        false => escaped(&mirror.name),
    };
    let properties = match mirror.properties {
        Some((all, bound)) if bound < all => format!(", {bound} of {all}"),
        Some(_) => String::new(),
        None => ", not all known".to_owned(),
    };
    format!(
        "{} ({}{properties})",
        out.named(&name, &mirror.spot),
        escaped(&mirror.evidence)
    )
}

fn fields(out: &mut Document, audit: &Audit) {
    let judged = || audit.fields.iter().filter(|field| !field.exempt);
    let all = judged().count();
    let written = judged().filter(|field| field.written > 0).count();
    let elsewhere = judged().filter(|field| field.written == 0 && field.elsewhere);
    let elsewhere = match elsewhere.count() {
        0 => String::new(),
        n => format!(", {n} more by raw SQL or by objects that are handed on whole"),
    };
    let named = judged().filter(|field| field.named).count();
    let shown = judged().filter(|field| field.front_ends > 0).count();
    out.paragraph(&format!(
        "Of {} (keys and time stamps of the database left out) code writes {written} by name ({}){elsewhere}, names {named} ({}), and front ends name {shown} ({}).",
        count(all, "column"),
        share(written, all),
        share(named, all),
        share(shown, all),
    ));
    let quiet: Vec<Vec<String>> = judged()
        .filter(|field| field.written == 0 && !field.elsewhere || !field.named)
        .map(|field| {
            vec![
                code(&format!("{}.{}", field.model, field.name)),
                match (field.written, field.elsewhere) {
                    (0, true) => "raw SQL, or whole objects".to_owned(),
                    (n, _) => n.to_string(),
                },
                field.asked.to_string(),
                if field.named { "yes" } else { "no" }.to_owned(),
                field.front_ends.to_string(),
            ]
        })
        .collect();
    if !quiet.is_empty() {
        out.paragraph("Columns that nothing was seen to write, or that no other code names:");
        out.long_table(
            "columns",
            &[
                "Column",
                "# Writes",
                "# Filters and orders",
                "Named by code",
                "# Front ends",
            ],
            &quiet,
        );
    }
}

fn raw(out: &mut Document, audit: &Audit) {
    if audit.raw.is_empty() {
        out.paragraph("There are no raw queries.");
        return;
    }
    let rows: Vec<Vec<String>> = audit
        .raw
        .iter()
        .map(|raw| {
            let verdict = match (raw.errors.first(), raw.whole) {
                (Some(error), _) => format!("**refused**: {}", escaped(error)),
                (None, true) => "understood".to_owned(),
                (None, false) => "known in part".to_owned(),
            };
            let short: String = raw.sql.chars().take(90).collect();
            vec![
                out.at(&raw.spot),
                code(&raw.method),
                escaped(&raw.form),
                verdict,
                code(&short),
            ]
        })
        .collect();
    out.long_table(
        "raw queries",
        &["Where", "Method", "Form", "Verdict", "Text"],
        &rows,
    );
}
