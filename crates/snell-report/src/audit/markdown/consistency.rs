//! Part 5: the code against the schema.

use super::{
    super::Audit,
    schema::about,
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
    about(
        out,
        audit,
        "Loops, eager loading, transactions and errors",
        &["query/"],
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
    let rows: Vec<Vec<String>> = audit
        .mirrors
        .iter()
        .map(|mirror| {
            let name = match mirror.name.is_empty() {
                true => "(inline)".to_owned(),
                false => code(&mirror.name),
            };
            let properties = mirror.properties.map_or_else(
                || "not all known".to_owned(),
                |(all, bound)| format!("{bound} of {all}"),
            );
            vec![
                name,
                escaped(&mirror.kind),
                code(&mirror.model),
                escaped(&mirror.evidence),
                properties,
                out.at(&mirror.spot),
            ]
        })
        .collect();
    out.paragraph(&format!(
        "{} mirror models; how each is known stands beside it.",
        count(audit.mirrors.len(), "type")
    ));
    out.long_table(
        "mirrors",
        &[
            "Type",
            "Kind",
            "Model",
            "Known by",
            "Properties that are fields",
            "Where",
        ],
        &rows,
    );
}

fn fields(out: &mut Document, audit: &Audit) {
    let judged = || audit.fields.iter().filter(|field| !field.exempt);
    let all = judged().count();
    let written = judged().filter(|field| field.written > 0).count();
    let named = judged().filter(|field| field.named).count();
    let shown = judged().filter(|field| field.front_ends > 0).count();
    out.paragraph(&format!(
        "Of {} (keys and time stamps of the database left out) code writes {written} by name ({}), names {named} ({}), and front ends name {shown} ({}).",
        count(all, "column"),
        share(written, all),
        share(named, all),
        share(shown, all),
    ));
    let quiet: Vec<Vec<String>> = judged()
        .filter(|field| field.written == 0 || !field.named)
        .map(|field| {
            vec![
                code(&format!("{}.{}", field.model, field.name)),
                field.written.to_string(),
                field.asked.to_string(),
                if field.named { "yes" } else { "no" }.to_owned(),
                field.front_ends.to_string(),
            ]
        })
        .collect();
    if !quiet.is_empty() {
        out.paragraph("Columns that no query writes by name, or that no other code names:");
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
