//! Migrations, seeds and documentation: tables of part 2.

use snell_source::Sources;

use super::{
    super::{
        Audit,
        health::{self, past, spot},
        seeding,
        tables::Seed,
    },
    summary::link,
    text::{Document, code, count, escaped, prose, share},
};

/// The history, what the seeds fill, and what migrations did when they ran.
pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(4, "Migration history");
    history(out, audit);
    what_they_did(out, audit, sources);
    out.heading(4, "Seed coverage");
    seeds(out, audit);
}

fn history(out: &mut Document, audit: &Audit) {
    if health::elsewhere(audit) {
        out.paragraph(health::UNJUDGED);
        return;
    }
    if audit.migrations.is_empty() {
        out.paragraph("There are no migrations.");
        return;
    }
    let rows: Vec<Vec<String>> = audit
        .migrations
        .iter()
        .map(|migration| {
            let way_back = match migration.way_back() {
                "no" => "**no**",
                words => words,
            };
            let mixed = match (migration.data, migration.data < migration.statements) {
                (0, _) => "–".to_owned(),
                (n, true) => format!("{n}, **mixed**"),
                (n, false) => n.to_string(),
            };
            let mut ids: Vec<String> = migration.findings.iter().map(|id| link(id)).collect();
            const SHOWN: usize = 4;
            if ids.len() > SHOWN {
                let more = ids.len() - SHOWN;
                ids.truncate(SHOWN);
                ids.push(format!("{more} more"));
            }
            vec![
                out.at(&migration.spot)
                    .replacen("migration.sql:1", &escaped(&migration.name), 1),
                migration.statements.to_string(),
                way_back.to_owned(),
                number(migration.destructive),
                number(migration.locks),
                mixed,
                match (&migration.failure, migration.after_failure) {
                    (None, false) => "runs".to_owned(),
                    (Some(words), false) => format!("**fails**: {}", escaped(words)),
                    (None, true) => "not reached".to_owned(),
                    (Some(words), true) => {
                        format!(
                            "not reached; with those before it mended, fails: {}",
                            escaped(words)
                        )
                    }
                },
                ids.join(" "),
            ]
        })
        .collect();
    let stops = match audit.migrations.iter().any(|one| one.after_failure) {
        true => {
            " `prisma migrate deploy` stops at the first that fails and rolls that file back: what comes after it has run nowhere by itself."
        }
        false => "",
    };
    out.paragraph(&format!(
        "{} in the order in which they run.{stops} Those that a database has recorded (`SELECT migration_name, finished_at, rolled_back_at FROM _prisma_migrations`) stay as they are: what is wrong in them is corrected by a new one.",
        count(audit.migrations.len(), "migration")
    ));
    out.table(
        &[
            "Migration",
            "# Statements",
            "Reversible",
            "# Destructive",
            "# Locks told",
            "Changes rows",
            "Replayed on an empty database",
            "Findings",
        ],
        &rows,
    );
}

fn number(n: usize) -> String {
    match n {
        0 => "–".to_owned(),
        n => n.to_string(),
    }
}

/// What is over, by rule: lessons for the next migration.
fn what_they_did(out: &mut Document, audit: &Audit, sources: &Sources) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut all: Vec<_> = past(audit).collect();
    all.sort_by_key(|(_, finding)| finding.diagnostic.rule.name);
    let total = all.len();
    for group in all.chunk_by(|a, b| a.1.diagnostic.rule.name == b.1.diagnostic.rule.name) {
        let rule = group[0].1.diagnostic.rule;
        // Other tables lead to each of them, and the first few are enough to see what is meant.
        const SHOWN: usize = 3;
        let anchors: String = group
            .iter()
            .map(|(n, _)| format!("<a id=\"{}\"></a>", audit.findings[*n].id.to_lowercase()))
            .collect();
        let shown = group.iter().take(SHOWN).map(|(n, finding)| {
            let id = escaped(&audit.findings[*n].id);
            out.at(&spot(sources, finding))
                .replacen("migration.sql", &id, 1)
        });
        let mut places: Vec<String> = shown.collect();
        if group.len() > SHOWN {
            places.push(format!("{} more", group.len() - SHOWN));
        }
        rows.push(vec![
            code(rule.name),
            prose(rule.summary),
            group.len().to_string(),
            format!("{anchors}{}", places.join(", ")),
        ]);
    }
    if rows.is_empty() {
        return;
    }
    out.paragraph(&format!(
        "What migrations do when they run, as lessons for the next one ({}; nothing of it is left to mend, and the files stay as they are).",
        count(total, "finding")
    ));
    out.table(&["Rule", "What", "# Times", "Where"], &rows);
}

fn seeds(out: &mut Document, audit: &Audit) {
    let Some(start) = audit.seeds.iter().find_map(|seed| seed.starts.first()) else {
        out.paragraph("No seed was found: nothing fills a new database.");
        return;
    };
    let filled = audit
        .seeds
        .iter()
        .filter(|seed| !seed.made.is_empty())
        .count();
    let relations = |wanted: fn(&(Vec<String>, Vec<String>)) -> usize| -> usize {
        audit.seeds.iter().map(|seed| wanted(&seed.relations)).sum()
    };
    let (with, without) = (relations(|r| r.0.len()), relations(|r| r.1.len()));
    out.paragraph(&format!(
        "Seeds start at {}. They fill {filled} of {} ({}) and {with} of {} ({}).",
        out.at(start),
        count(audit.seeds.len(), "model"),
        share(filled, audit.seeds.len()),
        count(with + without, "relation"),
        share(with, with + without),
    ));
    let rows: Vec<Vec<String>> = audit.seeds.iter().map(|seed| row(out, seed)).collect();
    out.table(&seeding::HEADS, &rows);
}

fn row(out: &Document, seed: &Seed) -> Vec<String> {
    let mut cells = vec![code(&seed.model)];
    cells.extend(seeding::cells(seed).map(|text| match text.as_str() {
        "none" => "**none**".to_owned(),
        text => or_dash(prose(text)),
    }));
    cells.push(out.places(&seed.made, 2));
    cells
}

fn or_dash(text: String) -> String {
    match text.is_empty() {
        true => "–".to_owned(),
        false => text,
    }
}

/// What comments say of models and columns.
pub(super) fn documentation(out: &mut Document, audit: &Audit) {
    out.heading(4, "Documentation coverage");
    if audit.models.is_empty() {
        out.paragraph("There are no models.");
        return;
    }
    let documented = audit.models.iter().filter(|model| model.documented).count();
    let kept = count(
        audit.models.iter().filter(|model| model.kept).count(),
        "model",
    );
    let columns: usize = audit.models.iter().map(|model| model.columns).sum();
    let with_words: usize = audit
        .models
        .iter()
        .map(|model| model.documented_columns)
        .sum();
    out.paragraph(&format!(
        "{documented} of {} ({}) and {with_words} of {} ({}) have a comment that says what they are; Prisma keeps those of {kept} (`///`).",
        count(audit.models.len(), "model"),
        share(documented, audit.models.len()),
        count(columns, "column"),
        share(with_words, columns),
    ));
    let rows: Vec<Vec<String>> = audit
        .models
        .iter()
        .filter(|model| model.documented || model.documented_columns > 0)
        .map(|model| {
            vec![
                code(&model.name),
                if model.documented { "yes" } else { "no" }.to_owned(),
                format!(
                    "{} of {} ({})",
                    model.documented_columns,
                    model.columns,
                    share(model.documented_columns, model.columns)
                ),
            ]
        })
        .collect();
    out.table(&["Model", "Documented", "Columns"], &rows);
    let rest = audit.models.len() - rows.len();
    if rest > 0 && !rows.is_empty() {
        out.paragraph(&format!("{} have none at all.", count(rest, "other model")));
    }
}
