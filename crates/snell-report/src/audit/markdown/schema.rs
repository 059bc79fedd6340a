//! Part 3: the tables, their keys, and what a deletion takes along.

use super::{
    super::{Audit, Model, Owned},
    summary::{active, link},
    text::{Document, code, codes, count, prose, share},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "3. Schema analysis");
    models(out, audit);
    out.heading(3, "3.2 Normalization");
    about(
        out,
        audit,
        "Departures from normal forms and doubtful column types",
        &["schema/"],
    );
    out.heading(3, "3.3 Relationships");
    relations(out, audit);
    removals(out, audit);
    out.heading(3, "3.4 Constraints");
    about(
        out,
        audit,
        "Constraints that are missing, useless or could be better",
        &["integrity/", "domain/"],
    );
    drift(out, audit);
}

/// A list of links to the findings of some rules, or a line that there are none.
pub(super) fn about(out: &mut Document, audit: &Audit, what: &str, rules: &[&str]) {
    let found: Vec<String> = active(audit)
        .filter(|(_, finding)| {
            let name = finding.diagnostic.rule.name;
            rules.iter().any(|rule| name.starts_with(rule))
        })
        .map(|(n, finding)| {
            format!(
                "- {} ({}): {}",
                link(&audit.findings[n].id),
                finding.diagnostic.severity.as_str(),
                prose(&finding.diagnostic.message)
            )
        })
        .collect();
    if found.is_empty() {
        out.paragraph(&format!("{what}: nothing was found."));
        return;
    }
    const SCREEN: usize = 15;
    if found.len() > SCREEN {
        out.blank();
        out.line(&format!(
            "<details><summary>{what}: {}</summary>",
            count(found.len(), "finding")
        ));
        out.blank();
        found.iter().for_each(|line| out.line(line));
        out.blank();
        out.line("</details>");
    } else {
        out.paragraph(&format!("{what}:"));
        found.iter().for_each(|line| out.line(line));
    }
    out.blank();
}

fn models(out: &mut Document, audit: &Audit) {
    out.heading(3, "3.1 Models");
    let rows: Vec<Vec<String>> = audit
        .models
        .iter()
        .map(|model| {
            let of = |wanted: fn(&super::super::Relation) -> &str| {
                audit
                    .relations
                    .iter()
                    .filter(|key| wanted(key) == model.name)
                    .count()
            };
            vec![
                code(&model.name),
                code(&model.table),
                format!("{} ({} nullable)", model.columns, model.nullable),
                code(&model.key),
                of(|key| &key.from).to_string(),
                of(|key| &key.to).to_string(),
                owned(&model.ownership),
                out.at(&model.spot),
            ]
        })
        .collect();
    out.long_table(
        "models",
        &[
            "Model",
            "Table",
            "Columns",
            "Key",
            "# Keys out",
            "# Keys in",
            "Whose rows",
            "Where",
        ],
        &rows,
    );
    let documented = audit.models.iter().filter(|model| model.documented).count();
    let columns: usize = audit.models.iter().map(|model| model.columns).sum();
    let with_words: usize = audit
        .models
        .iter()
        .map(|model| model.documented_columns)
        .sum();
    out.paragraph(&format!(
        "{documented} of {} and {with_words} of {} have documentation (`///`): {} and {}.",
        count(audit.models.len(), "model"),
        count(columns, "column"),
        share(documented, audit.models.len()),
        share(with_words, columns),
    ));
}

/// Whose rows a model has, in a cell.
pub(super) fn owned(ownership: &Owned) -> String {
    match ownership {
        Owned::Owner => "owners".to_owned(),
        Owned::Directly(column) => format!("by {}", code(column)),
        Owned::Through(path) => format!("through {}", code(path)),
        Owned::Global => "nobody's".to_owned(),
    }
}

fn relations(out: &mut Document, audit: &Audit) {
    if audit.relations.is_empty() {
        out.paragraph("There are no foreign keys.");
        return;
    }
    let rows: Vec<Vec<String>> = audit
        .relations
        .iter()
        .map(|key| {
            let action = match key.explicit {
                true => code(&key.on_delete),
                false => format!("{} (Prisma's default)", code(&key.on_delete)),
            };
            vec![
                code(&format!("{}.{}", key.from, key.columns.join(", "))),
                code(&key.to),
                if key.required { "yes" } else { "no" }.to_owned(),
                action,
                if key.indexed { "yes" } else { "**no**" }.to_owned(),
                out.at(&key.spot),
            ]
        })
        .collect();
    out.long_table(
        "foreign keys",
        &[
            "Foreign key",
            "Refers to",
            "Required",
            "On delete",
            "Index",
            "Where",
        ],
        &rows,
    );
    about(
        out,
        audit,
        "Foreign keys",
        &[
            "integrity/missing-foreign-key",
            "integrity/foreign-key",
            "integrity/cascade",
            "integrity/implicit",
            "integrity/referential",
            "index/foreign-key",
        ],
    );
}

fn removals(out: &mut Document, audit: &Audit) {
    for removal in &audit.removals {
        if removal.removed.is_empty()
            && removal.detached.is_empty()
            && removal.restricted.is_empty()
        {
            continue;
        }
        let mut text = format!("The deletion of a row of {} ", code(&removal.model));
        let mut parts = Vec::new();
        if !removal.removed.is_empty() {
            parts.push(format!(
                "takes along rows of {} ({})",
                count(removal.removed.len(), "model"),
                codes(&removal.removed)
            ));
        }
        if !removal.detached.is_empty() {
            parts.push(format!(
                "leaves rows of {} without it",
                codes(&removal.detached)
            ));
        }
        if !removal.restricted.is_empty() {
            parts.push(format!(
                "fails while there are rows of {}",
                codes(&removal.restricted)
            ));
        }
        text.push_str(&parts.join("; "));
        text.push('.');
        out.paragraph(&text);
    }
}

fn drift(out: &mut Document, audit: &Audit) {
    out.heading(3, "3.5 Schema against migrations");
    if audit.migrations.is_empty() {
        out.paragraph("There are no migrations to compare with.");
        return;
    }
    let of = |managed: bool| {
        audit
            .drift
            .iter()
            .filter(move |drift| drift.managed == managed)
    };
    let rows: Vec<Vec<String>> = of(true)
        .map(|drift| {
            let cure = drift.cure.iter().map(|sql| code(sql)).collect::<Vec<_>>();
            vec![prose(&drift.what), cure.join("<br>")]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("The migrations build the database that the schema describes.");
    } else {
        out.paragraph(&format!(
            "{} between the schema and the database that the migrations build.",
            count(rows.len(), "difference")
        ));
        out.long_table(
            "differences",
            &["Difference", "Statement that follows the schema"],
            &rows,
        );
    }
    let unmanaged: Vec<Vec<String>> = of(false).map(|drift| vec![prose(&drift.what)]).collect();
    if !unmanaged.is_empty() {
        out.paragraph(&format!(
            "{} built by migrations that Prisma's schema has no words for; `prisma migrate dev` leaves checks, triggers, policies and functions alone.",
            count(unmanaged.len(), "object")
        ));
        out.long_table("objects beside the schema", &["Object"], &unmanaged);
    }
}

/// The model of a name.
pub(super) fn model<'a>(audit: &'a Audit, name: &str) -> Option<&'a Model> {
    audit.models.iter().find(|model| model.name == name)
}
