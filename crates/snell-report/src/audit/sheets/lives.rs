//! The life of what a system that talks is made of.

use super::{
    super::{Audit, tables::Life},
    Cell, Sheet,
};

/// The parts in the order in which people think of them.
pub(in crate::audit) const PARTS: [&str; 7] = [
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
pub(in crate::audit) fn parts(audit: &Audit) -> Sheet {
    let rows = PARTS.into_iter().flat_map(|part| {
        audit.lives.iter().filter_map(move |life| {
            let (_, columns) = life.parts.iter().find(|(name, _)| name == part)?;
            Some(row(life, part, columns))
        })
    });
    Sheet {
        lead: "What plays each part, as columns, relations and names tell; where the code makes, changes and removes its rows; and how their age and order can be told.".to_owned(),
        heads: vec![
            "Part", "Model", "Columns", "Made", "Changed", "Removed", "Dated", "Findings",
        ],
        rows: rows.collect(),
    }
}

fn row(life: &Life, part: &str, columns: &[(String, String)]) -> Vec<Cell> {
    let columns: Vec<String> = columns
        .iter()
        .map(|(what, field)| format!("{what} `{field}`"))
        .collect();
    let place = |spot: &Option<crate::trace::Spot>| match spot {
        Some(spot) => Cell::places(std::slice::from_ref(spot), ""),
        None => Cell::words("not seen"),
    };
    let mut ways = Vec::new();
    let mut places = Vec::new();
    let with = life.with.as_ref();
    for (words, spot) in [
        ("by code".to_owned(), life.taken.as_ref()),
        ("by age".to_owned(), life.swept.as_ref()),
        ("old ones are emptied".to_owned(), life.emptied.as_ref()),
        (
            with.map_or_else(String::new, |(above, _)| format!("with their `{above}`")),
            with.map(|(_, spot)| spot),
        ),
    ] {
        if let Some(spot) = spot {
            ways.push(words);
            places.push(spot.clone());
        }
    }
    let words = match ways.is_empty() {
        true => "not seen".to_owned(),
        false => ways.join("; "),
    };
    let dated = match life.dated {
        (true, true) => "made and changed",
        (true, false) => "made",
        (false, true) => "changed",
        (false, false) => "no",
    };
    vec![
        Cell::words(part),
        Cell::code(&life.model),
        Cell::words(columns.join(", ")),
        place(&life.made),
        place(&life.changed),
        Cell {
            words,
            places,
            ids: Vec::new(),
        },
        Cell::words(dated),
        Cell::default().with(&life.findings),
    ]
}
