//! Part 3: the tables, their keys, and what a deletion takes along.

use super::{
    super::{
        Area, Audit, Change, Model, Owned,
        health::{self, active},
        sheets,
    },
    about::{about, about_those, told_those},
    summary::link,
    text::{Document, code, codes, count, prose},
};
use crate::{
    ErdColumns, ErdFormat, ErdOptions, draw_erd,
    erd::{Erd, Link},
};

/// Models that one diagram with their keys can hold.
const FEW_MODELS: usize = 40;
/// Rules on foreign keys.
const KEYS: [&str; 6] = [
    "integrity/missing-foreign-key",
    "integrity/foreign-key",
    "integrity/cascade",
    "integrity/implicit",
    "integrity/referential",
    "index/foreign-key",
];
/// Characters that Mermaid takes for one diagram, with room for what the page adds.
const MERMAID: usize = 48_000;

pub(super) fn write(out: &mut Document, audit: &Audit, diagram: Option<&str>) {
    out.heading(2, "3. Schema analysis");
    models(out, audit);
    pictures(out, audit, diagram);
    out.heading(3, "3.2 Normalization");
    normalization(out, audit);
    out.heading(3, "3.3 Relationships");
    relations(out, audit);
    removals(out, audit);
    out.heading(3, "3.4 Constraints");
    constraints(out, audit);
    drift(out, audit);
}

/// What the database keeps, and what it could.
fn constraints(out: &mut Document, audit: &Audit) {
    if health::elsewhere(audit) {
        out.paragraph(health::UNJUDGED);
        return;
    }
    let parts: Vec<String> = sheets::constraints(audit)
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| {
            let part = match word {
                "foreign key" => " ([3.3](#33-relationships))",
                "check" => " ([3.5](#35-schema-against-migrations))",
                _ => "",
            };
            format!("{}{part}", count(n, word))
        })
        .collect();
    if !parts.is_empty() {
        out.paragraph(&format!(
            "What the database keeps, whoever writes: {}.",
            parts.join(", ")
        ));
    }
    const ELSEWHERE: [&str; 5] = [
        "domain/credential-provider-unique",
        "domain/translation-unique",
        "domain/message-role",
        "consistency/not-null",
        "migration/not-valid-constraint-left",
    ];
    told_those(
        out,
        audit,
        "Constraints that are missing, useless or could be better",
        |_, rule| {
            let of_keys = KEYS.iter().any(|head| rule.starts_with(head));
            rule.starts_with("integrity/") && !of_keys
                || ELSEWHERE.iter().any(|head| rule.starts_with(head))
        },
    );
}

/// The diagram: of the whole schema while that can be read, else of each connected group.
fn pictures(out: &mut Document, audit: &Audit, diagram: Option<&str>) {
    if audit.erd.tables.is_empty() {
        return;
    }
    out.paragraph("The tables by whose rows they hold, with their keys; a solid line is a key that every row has.");
    let mermaid = |erd: &Erd| {
        let options = ErdOptions {
            columns: ErdColumns::Keys,
            hub_edges: false,
        };
        draw_erd(erd, ErdFormat::Mermaid, &options)
    };
    let whole = mermaid(&audit.erd);
    if audit.erd.tables.len() <= FEW_MODELS && whole.len() <= MERMAID {
        out.diagram(&whole);
    } else {
        let groups = groups(&audit.erd);
        let (shown, left): (Vec<_>, Vec<_>) = groups
            .iter()
            .map(|group| (group, mermaid(group)))
            .partition(|(group, text)| {
                group.tables.len() > 1 && group.tables.len() <= FEW_MODELS && text.len() <= MERMAID
            });
        for (_, text) in shown {
            out.diagram(&text);
        }
        let more: usize = left.iter().map(|(group, _)| group.tables.len()).sum();
        if more > 0 {
            out.paragraph(&format!(
                "{} stand alone or in groups that are too large for a diagram on a page.",
                count(more, "table")
            ));
        }
    }
    out.picture("All columns and relations", diagram);
}

/// The connected groups of tables. Lines to tables that many others lead to do not connect.
fn groups(erd: &Erd) -> Vec<Erd> {
    const HUB: usize = 8;
    let mut leads = vec![0usize; erd.tables.len()];
    for link in &erd.links {
        leads[link.to] += 1;
    }
    let mut group: Vec<usize> = (0..erd.tables.len()).collect();
    let links = erd
        .links
        .iter()
        .filter(|link| leads[link.to] <= HUB && leads[link.from] <= HUB);
    for link in links.clone() {
        let (from, to) = (group[link.from], group[link.to]);
        let (low, high) = (from.min(to), from.max(to));
        group
            .iter_mut()
            .filter(|g| **g == high)
            .for_each(|g| *g = low);
    }
    let mut numbers: Vec<usize> = group.clone();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
        .into_iter()
        .map(|number| {
            let inside: Vec<usize> = (0..erd.tables.len())
                .filter(|n| group[*n] == number)
                .collect();
            let place = |table: usize| inside.iter().position(|n| *n == table);
            Erd {
                schemas: erd.schemas.clone(),
                tables: inside.iter().map(|n| erd.tables[*n].clone()).collect(),
                links: erd
                    .links
                    .iter()
                    .filter_map(|link| {
                        Some(Link {
                            from: place(link.from)?,
                            to: place(link.to)?,
                            ..link.clone()
                        })
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Departures that ask for a change, and those that may well be meant.
fn normalization(out: &mut Document, audit: &Audit) {
    if health::unjudged(audit, Area::Normalization) {
        out.paragraph(health::UNJUDGED);
        return;
    }
    about_those(
        out,
        audit,
        "Departures from normal forms and doubtful column types",
        |n, rule| rule.starts_with("schema/") && audit.findings[n].change != Change::Keep,
    );
    let keeps = |n: usize, rule: &str| {
        audit.findings[n].change == Change::Keep && rule.starts_with("schema/")
    };
    let doubled = |rule: &str| health::DENORMALIZED.contains(&rule);
    let kept: Vec<String> = active(audit)
        .filter(|(n, finding)| {
            audit.findings[*n].change == Change::Keep && doubled(finding.diagnostic.rule.name)
        })
        .map(|(n, finding)| {
            let diagnostic = &finding.diagnostic;
            let notes = diagnostic.notes.iter().map(|note| prose(note));
            let notes = notes.collect::<Vec<_>>().join("; ");
            let cost = match notes.is_empty() {
                true => String::new(),
                false => format!(" ({notes})"),
            };
            format!(
                "- {}{cost} {}",
                prose(&diagnostic.message),
                link(&audit.findings[n].id)
            )
        })
        .collect();
    out.sheet("columns", &sheets::derived(audit));
    if !kept.is_empty() {
        out.paragraph("Intentional, as far as the code tells, though kept twice; keep them, and say why in a comment:");
        kept.iter().for_each(|line| out.line(line));
        out.blank();
    }
    if active(audit).any(|(n, finding)| {
        let rule = finding.diagnostic.rule.name;
        keeps(n, rule) && !doubled(rule)
    }) {
        about_those(
            out,
            audit,
            "Types and keys that may well be meant so, with what they cost, in [appendix C](#c-findings-without-a-concrete-change)",
            |n, rule| keeps(n, rule) && !doubled(rule),
        );
    }
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
}

/// Whose rows a model has, in a cell.
pub(super) fn owned(ownership: &Owned) -> String {
    match ownership {
        Owned::Owner => "owners".to_owned(),
        Owned::Directly(column) => format!("by {}", code(column)),
        Owned::Through(path) => format!("through {}", code(path)),
        Owned::Global => "no owner found".to_owned(),
        Owned::NotAnalysed => "not analysed".to_owned(),
    }
}

fn relations(out: &mut Document, audit: &Audit) {
    if audit.relations.is_empty() {
        out.paragraph("There are no foreign keys.");
        return;
    }
    let elsewhere = health::elsewhere(audit);
    let rows: Vec<Vec<String>> = audit
        .relations
        .iter()
        .map(|key| {
            let mut action = match key.explicit {
                true => code(&key.on_delete),
                false => format!("{} (Prisma's default)", code(&key.on_delete)),
            };
            if let Some(built) = &key.built {
                action.push_str(&format!("; the migrations: **{}**", code(built)));
            }
            vec![
                code(&format!("{}.{}", key.from, key.columns.join(", "))),
                code(&key.to),
                if key.required { "yes" } else { "no" }.to_owned(),
                action,
                match key.indexed {
                    true => "yes",
                    false if elsewhere => "no",
                    false => "**no**",
                }
                .to_owned(),
                out.at(&key.spot),
            ]
        })
        .collect();
    if health::elsewhere(audit) {
        out.paragraph("Listed as the schema has them. Whether an index is missing is not judged: that holds for PostgreSQL.");
    }
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
    if !health::elsewhere(audit) {
        about(out, audit, "Foreign keys", &KEYS);
    }
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
    let mut keys = audit.relations.iter().filter(|key| key.built.is_some());
    if keys.next().is_some() {
        out.paragraph("So the schema has it. Where the table says what the migrations do, the database does that until the step of the [plan](#8-refactoring-plan) that brings it to the schema has run.");
    }
}

fn drift(out: &mut Document, audit: &Audit) {
    out.heading(3, "3.5 Schema against migrations");
    if health::elsewhere(audit) {
        out.paragraph(health::UNJUDGED);
        return;
    }
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
            let first = drift.declared.first().or(drift.cure.first());
            let cure = match (first, &drift.stays) {
                (None, Some(_)) => "stays".to_owned(),
                (None, None) => String::new(),
                (Some(text), _) if text.len() <= 120 => code(text),
                _ => "in the first steps of the [plan](#8-refactoring-plan)".to_owned(),
            };
            vec![prose(&drift.what), cure]
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
            &["Difference", "What brings them together"],
            &rows,
        );
    }
    let unmanaged: Vec<String> = of(false)
        .map(|drift| format!("- {}", prose(&drift.what)))
        .collect();
    if !unmanaged.is_empty() {
        out.paragraph(&format!(
            "{} built by migrations that Prisma's schema has no words for. `prisma migrate dev` leaves checks, triggers, policies and functions alone; a baseline made from the schema loses them, unless they are added to it:",
            count(unmanaged.len(), "object")
        ));
        unmanaged.iter().for_each(|line| out.line(line));
        out.blank();
    }
}

/// The model of a name.
pub(super) fn model<'a>(audit: &'a Audit, name: &str) -> Option<&'a Model> {
    audit.models.iter().find(|model| model.name == name)
}
