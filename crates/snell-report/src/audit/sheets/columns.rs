//! Columns: what becomes of each, which follow from others, and which hold what people write.

use super::{
    super::{Audit, Field, health::count, tables::Life},
    Cell, Sheet, names,
};

/// Columns that are listed one by one; of more, those with JSON and those that nothing writes.
const MOST: usize = 400;

/// Each column with its type, and with what code, raw SQL and front ends do with it.
pub(in crate::audit) fn columns(audit: &Audit) -> Sheet {
    let fields = || audit.fields.iter().filter(|field| !field.exempt);
    let all = fields().count();
    let rows: Vec<Vec<Cell>> = fields()
        .filter_map(|field| {
            let (kind, nullable) = kind(audit, field)?;
            let silent = field.written + field.by_sql == 0;
            let shown = all <= MOST || kind.starts_with("Json") || silent;
            shown.then(|| row(field, &kind, nullable))
        })
        .collect();
    let which = match all > MOST {
        true => format!(
            "Of {}, those with JSON and those that no code writes by name.",
            count(all, "column")
        ),
        false => "Every column but keys and time stamps of the database.".to_owned(),
    };
    Sheet {
        lead: format!(
            "{which} One that may be NULL is right so where code leaves it out of new rows or writes `null`, and whoever reads it expects that. \u{201c}Whole\u{201d}: an object that is handed on whole, or raw SQL, may write it."
        ),
        heads: vec![
            "Column",
            "Type",
            "May be NULL",
            "# Written at",
            "# By raw SQL",
            "# Filters and sorts",
            "Named by code",
            "# Front ends that name it",
        ],
        rows,
    }
}

/// The type of a column in the schema, and whether it may be NULL.
fn kind(audit: &Audit, field: &Field) -> Option<(String, bool)> {
    let mut tables = audit.erd.tables.iter();
    let table = tables.find(|table| table.name == field.model)?;
    let column = table.columns.iter().find(|one| one.name == field.name)?;
    let list = if column.list { "[]" } else { "" };
    Some((format!("{}{list}", column.kind), column.optional))
}

fn row(field: &Field, kind: &str, nullable: bool) -> Vec<Cell> {
    let written = match (field.written, field.elsewhere) {
        (0, true) => "whole".to_owned(),
        (n, _) => n.to_string(),
    };
    vec![
        Cell::code(&format!("{}.{}", field.model, field.name)),
        Cell::code(kind),
        Cell::words(if nullable { "yes" } else { "no" }),
        Cell::words(written),
        Cell::words(field.by_sql.to_string()),
        Cell::words(field.asked.to_string()),
        Cell::words(if field.named { "yes" } else { "no" }),
        Cell::words(field.front_ends.to_string()),
    ]
}

/// Columns that follow from others.
pub(in crate::audit) fn derived(audit: &Audit) -> Sheet {
    let whole = |model: &str, name: &str| {
        let mut fields = audit.fields.iter();
        fields.any(|field| field.model == model && field.name == name && field.elsewhere)
    };
    let rows = audit.derived.iter().map(|one| {
        vec![
            Cell {
                words: format!("`{}.{}`", one.model, one.field),
                places: vec![one.spot.clone()],
                ids: Vec::new(),
            },
            Cell::words(&one.why),
            Cell::places(
                &one.written,
                match whole(&one.model, &one.field) {
                    true => "an object that is handed on whole",
                    false => "nothing that was seen",
                },
            ),
        ]
    });
    Sheet {
        lead: "Columns that repeat what other columns or rows say, by the schema's comments and by their names. Each is meant; what is to be looked at is whether everything that changes the one side writes the other in the same transaction.".to_owned(),
        heads: vec!["Column", "What it repeats", "Kept right by"],
        rows: rows.collect(),
    }
}

/// The tables in which people's words are, how long they are kept, and what outlives their owner.
pub(in crate::audit) fn texts(audit: &Audit) -> Sheet {
    let lives = audit.lives.iter().filter(|life| !life.texts.is_empty());
    let rows: Vec<Vec<Cell>> = lives
        .map(|life| {
            let plain: Vec<&String> = life
                .texts
                .iter()
                .filter(|field| !encrypted(audit, &life.model, field))
                .collect();
            vec![
                Cell::code(&life.model),
                Cell::words(names(&life.texts)),
                Cell::words(match plain.len() {
                    0 => "encrypted".to_owned(),
                    n if n == life.texts.len() => "plain".to_owned(),
                    _ => format!("plain: {}", names(plain)),
                }),
                kept(life),
                Cell::words(outlives(audit, life)),
            ]
        })
        .collect();
    Sheet {
        lead: "What people write, and what is written of them, is personal data too, whatever the columns are called. Who may ask for it is in the isolation matrix.".to_owned(),
        heads: vec![
            "Model",
            "Columns",
            "Stored",
            "Kept until",
            "When its owner is deleted",
        ],
        rows,
    }
}

fn encrypted(audit: &Audit, model: &str, field: &str) -> bool {
    let mut secrets = audit.secrets.iter();
    secrets.any(|one| {
        one.model == model
            && one.field == field
            && (one.algorithm.is_some() || one.hashed.is_some())
    })
}

/// How long rows stay.
fn kept(life: &Life) -> Cell {
    let at = |words: &str, spot: &crate::trace::Spot| Cell {
        words: words.to_owned(),
        places: vec![spot.clone()],
        ids: Vec::new(),
    };
    match (&life.swept, &life.emptied, &life.taken, &life.with) {
        (Some(spot), ..) => at("they are old:", spot),
        (_, Some(spot), ..) => at("they are old, and emptied:", spot),
        (_, _, Some(spot), _) => at("somebody deletes them:", spot),
        (_, _, _, Some((above, spot))) => at(&format!("their `{above}` is deleted:"), spot),
        _ => Cell::words("for ever: nothing that was seen removes them"),
    }
}

/// What a deletion of the owner does to rows of a model.
fn outlives(audit: &Audit, life: &Life) -> String {
    let mut found = Vec::new();
    for removal in &audit.removals {
        let has = |models: &[String]| models.contains(&life.model);
        let owner = &removal.model;
        if has(&removal.restricted) {
            found.push(format!("they keep a `{owner}` from being deleted"));
        } else if has(&removal.detached) && !has(&removal.removed) {
            found.push(format!(
                "they stay, without the key of the `{owner}`: what was written outlives who wrote it"
            ));
        } else if has(&removal.removed) {
            found.push(format!("they go with the `{owner}`"));
        }
    }
    match found.is_empty() {
        true => "no foreign key ties them to one: they stay".to_owned(),
        false => found.join("; "),
    }
}
