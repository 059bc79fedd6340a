//! Searches by distance: what serves each, and from when on another way pays.

use super::{
    super::{Audit, tables::VectorSearch},
    Cell, Sheet, names,
};

/// What the number of rows is worth from which on an index of vectors pays.
pub(in crate::audit) const FIRST_GUESS: &str = "The number of rows is a first guess, at which an exact search takes some tens of milliseconds: measure it with vectors and hardware of your own.";

/// Which index finds the rows that each search compares.
pub(in crate::audit) fn searches(audit: &Audit) -> Sheet {
    let rows = audit.searches.iter().map(|search| {
        vec![
            Cell::places(std::slice::from_ref(&search.spot), ""),
            Cell::code(&format!("{}.{}", search.table, search.column)),
            Cell::words(match search.filters.is_empty() {
                true => "nothing: all rows".to_owned(),
                false => names(&search.filters),
            }),
            Cell::words(match &search.found_by {
                Some((name, columns)) => format!("`{name}` ({})", names(columns)),
                None => "none".to_owned(),
            }),
            Cell::words(match search.indexes.as_slice() {
                [] => "none".to_owned(),
                all => {
                    let all = all
                        .iter()
                        .map(|(name, method)| format!("`{name}` ({method})"));
                    all.collect::<Vec<_>>().join(", ")
                }
            }),
            Cell::words(how(search)),
        ]
    });
    Sheet {
        lead: "Which index finds the rows that each search compares.".to_owned(),
        heads: vec![
            "Search",
            "Vectors",
            "Fixed by its condition",
            "Index that finds those rows",
            "Index of the vectors",
            "What it does",
        ],
        rows: rows.collect(),
    }
}

/// How PostgreSQL can answer it today.
fn how(search: &VectorSearch) -> &'static str {
    let has = !search.indexes.is_empty();
    match (&search.found_by, has && search.can_be_served) {
        (Some(_), false) => "exact, over the rows that the index finds",
        (Some(_), true) => {
            "exact over the rows that the index finds, or the nearest of all first: the planner chooses"
        }
        (None, true) => "the nearest of all first; a condition looks at them after",
        (None, false) => "exact, over every row of the table",
    }
}

/// What to do now, and from when on what else; names in spans of code.
pub(in crate::audit) fn assessment(search: &VectorSearch) -> Vec<String> {
    let filters = names(&search.filters);
    let mut words = Vec::new();
    match (&search.found_by, search.filters.is_empty()) {
        (Some((name, _)), _) => words.push(format!(
            "exact search is right while one {filters} has few rows with a vector: `{name}` finds those, each is compared, and no neighbour is missed."
        )),
        (None, false) => words.push(format!(
            "no index finds the rows of one {filters}: one that leads with `{}` comes first, and lets an exact search over them serve.",
            search.filters[0]
        )),
        (None, true) => words.push(
            "every row of the table is compared: what a search compares grows with the table.".to_owned(),
        ),
    }
    words.push(format!("How many they are: `{}`.", search.measure()));
    if search.of_one_person {
        words.push("They are the rows of one person, which seldom are that many.".to_owned());
    }
    match (search.indexes.is_empty(), search.filters.is_empty()) {
        (true, false) => words.push(format!(
            "Beyond some {} rows: HNSW with `SET LOCAL hnsw.iterative_scan = strict_order` in the transaction of the search (pgvector 0.8), since the index gives the nearest rows of all and the condition looks at them after; or partitions by `{}`, each with an index of its own.",
            VectorSearch::MANY,
            search.filters[0]
        )),
        (true, true) => words.push(format!(
            "Beyond some {} rows: HNSW, which nothing filters after.",
            VectorSearch::MANY
        )),
        (false, false) if search.can_be_served => words.push(
            "Where the planner takes the index of the vectors, the condition looks at its candidates after: without `SET LOCAL hnsw.iterative_scan = strict_order` (pgvector 0.8) fewer rows come back than there are.".to_owned(),
        ),
        _ => {}
    }
    if search.bounded && !search.filters.is_empty() {
        words.push("The bound on the distance in its condition costs nothing then: it is looked at for rows that were compared already; with an index it makes an iterating scan go on to `hnsw.max_scan_tuples` where too few rows are near.".to_owned());
    }
    if !search.can_be_served {
        words.push("No index of vectors can serve its order as it stands: the distance alone, ascending, and a `LIMIT`.".to_owned());
    }
    words
}
