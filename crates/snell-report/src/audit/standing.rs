//! Verdicts as readers sort them, and the matrix of endpoints and models.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Audit, Query};

/// How a reader sorts verdicts, soundest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Tied to who asks.
    Scoped,
    /// Looked at before or after.
    Checked,
    /// For administrators alone.
    Admin,
    /// No user asks, or it is public.
    Nobody,
    /// Nobody knows.
    Undecided,
    /// Rows of others are reached.
    Open,
}

impl Standing {
    /// All of them, in this order.
    pub(crate) const ALL: [Standing; 6] = [
        Standing::Scoped,
        Standing::Checked,
        Standing::Admin,
        Standing::Nobody,
        Standing::Undecided,
        Standing::Open,
    ];

    /// How a verdict of `snell facts queries` stands.
    pub(crate) fn of(verdict: &str) -> Self {
        match verdict {
            "Scoped" | "ScopedByParent" | "NotOwned" => Standing::Scoped,
            "CheckedBefore" | "CheckedAfter" => Standing::Checked,
            "Admin" => Standing::Admin,
            "System" | "Public" | "NotCalled" => Standing::Nobody,
            "OwnerFromClient" | "ClientKeyOnly" | "Unfiltered" | "RefersToAny" => Standing::Open,
            _ => Standing::Undecided,
        }
    }

    /// The verdicts on a query, one for each way that leads to it.
    pub(crate) fn all_of(query: &Query) -> Vec<Standing> {
        match query.ways.is_empty() {
            true => vec![Standing::of(&query.verdict)],
            false => {
                let ways = query.ways.iter();
                ways.map(|way| Standing::of(&way.verdict)).collect()
            }
        }
    }

    /// The class of its colour in pictures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Standing::Scoped => "scoped",
            Standing::Checked => "checked",
            Standing::Admin => "admin",
            Standing::Nobody => "nobody",
            Standing::Undecided => "undecided",
            Standing::Open => "open",
        }
    }

    /// The classes of its colour on a page.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Standing::Scoped => "v scoped",
            Standing::Checked => "v checked",
            Standing::Admin => "v admin",
            Standing::Nobody => "v nobody",
            Standing::Undecided => "v undecided",
            Standing::Open => "v open",
        }
    }

    /// What stands in a narrow cell: not by colour alone.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Standing::Scoped => "\u{2713}",
            Standing::Checked => "c",
            Standing::Admin => "a",
            Standing::Nobody => "p",
            Standing::Undecided => "?",
            Standing::Open => "!",
        }
    }

    /// What heads a narrow column; the legend has the words.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Standing::Admin => "admin",
            Standing::Nobody => "public",
            other => other.words(),
        }
    }

    /// What it means.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Standing::Scoped => "in scope",
            Standing::Checked => "checked",
            Standing::Admin => "administrators",
            Standing::Nobody => "public or no user",
            Standing::Undecided => "undecided",
            Standing::Open => "open",
        }
    }
}

/// How one endpoint stands to the rows of one model: the worst of its ways.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) standing: Standing,
    /// The verdict's own name.
    pub(crate) verdict: &'a str,
    /// Why.
    pub(crate) reason: &'a str,
}

/// The cells of one endpoint, by model.
pub(crate) type Row<'a> = BTreeMap<&'a str, Cell<'a>>;

/// Endpoints by models, for rows that somebody owns.
#[derive(Debug, Default)]
pub(crate) struct Matrix<'a> {
    cells: BTreeMap<&'a str, Row<'a>>,
}

impl<'a> Matrix<'a> {
    /// The matrix of an audit.
    pub(crate) fn of(audit: &'a Audit) -> Self {
        let mut cells: BTreeMap<&str, Row<'_>> = BTreeMap::new();
        for query in audit.queries.iter().filter(|query| query.owned) {
            let Some(model) = query.model.as_deref() else {
                continue;
            };
            for way in &query.ways {
                let new = Cell {
                    standing: Standing::of(&way.verdict),
                    verdict: &way.verdict,
                    reason: &way.reason,
                };
                let row = cells.entry(&way.endpoint).or_default();
                let cell = row.entry(model).or_insert(new);
                if new.standing > cell.standing {
                    *cell = new;
                }
            }
        }
        Matrix { cells }
    }

    /// Its models.
    pub(crate) fn models(&self) -> BTreeSet<&'a str> {
        let rows = self.cells.values();
        rows.flat_map(|row| row.keys().copied()).collect()
    }

    /// Its endpoints with their cells, those with most that is open first.
    pub(crate) fn rows(&self) -> Vec<(&'a str, &Row<'a>)> {
        let mut rows: Vec<_> = self.cells.iter().map(|(name, row)| (*name, row)).collect();
        rows.sort_by_key(|(name, row)| (Reverse(weight(row)), *name));
        rows
    }

    /// How many endpoints there are.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether more cells than that would be drawn.
    pub(crate) fn is_larger_than(&self, cells: usize) -> bool {
        self.cells.len() * self.models().len() > cells
    }

    /// What is open or undecided alone, of as many endpoints as `cells` allow.
    pub(crate) fn cut(&mut self, cells: usize) {
        for row in self.cells.values_mut() {
            row.retain(|_, cell| cell.standing >= Standing::Undecided);
        }
        self.cells.retain(|_, row| !row.is_empty());
        while self.is_larger_than(cells) {
            let Some((last, _)) = self.rows().pop() else {
                return;
            };
            self.cells.remove(last);
        }
    }
}

/// How much of a row asks for a look: what is open, then what is undecided.
fn weight(row: &Row<'_>) -> (usize, usize) {
    let count = |wanted: Standing| row.values().filter(|cell| cell.standing == wanted).count();
    (count(Standing::Open), count(Standing::Undecided))
}
