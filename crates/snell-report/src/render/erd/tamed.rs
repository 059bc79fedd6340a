//! What of a diagram is drawn as a line, and what as a word on its row: tables
//! that half of the schema leads to would make a fan that nobody can follow.

use std::collections::BTreeSet;

use super::{ErdColumns, ErdOptions, FEW_TABLES};
use crate::erd::{Column, Erd, Link, Table};

/// A table that more lines than these lead to is a hub.
const HUB: usize = 8;

/// A diagram with its choices made.
pub(super) struct Tamed<'a> {
    pub(super) erd: &'a Erd,
    /// Whether lines lead to each table.
    hubs: Vec<bool>,
    /// Whether all columns are shown.
    pub(super) all_columns: bool,
}

impl<'a> Tamed<'a> {
    pub(super) fn of(erd: &'a Erd, options: &ErdOptions) -> Self {
        // Tables, not lines: two columns of one table that lead to another are one neighbour.
        let mut from: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); erd.tables.len()];
        for link in erd.links.iter().filter(|link| link.from != link.to) {
            from[link.to].insert(link.from);
        }
        let is_hub = |from: &BTreeSet<usize>| !options.hub_edges && from.len() > HUB;
        Tamed {
            erd,
            hubs: from.iter().map(is_hub).collect(),
            all_columns: match options.columns {
                ErdColumns::All => true,
                ErdColumns::Keys => false,
                ErdColumns::Auto => erd.tables.len() <= FEW_TABLES,
            },
        }
    }

    /// The same with the columns of keys alone.
    pub(super) fn with_keys_only(&self) -> Tamed<'a> {
        Tamed {
            erd: self.erd,
            hubs: self.hubs.clone(),
            all_columns: false,
        }
    }

    pub(super) fn is_hub(&self, table: usize) -> bool {
        self.hubs[table]
    }

    /// The hubs, in order.
    pub(super) fn hubs(&self) -> impl Iterator<Item = &'a Table> {
        let tables = self.erd.tables.iter().zip(&self.hubs);
        tables.filter_map(|(table, hub)| hub.then_some(table))
    }

    /// The links that are drawn as lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'a Link> {
        let links = self.erd.links.iter();
        links.filter(|link| !self.hubs[link.to])
    }

    /// The links that are words on their rows, since they lead to hubs.
    pub(super) fn hub_lines(&self) -> impl Iterator<Item = &'a Link> {
        let links = self.erd.links.iter();
        links.filter(|link| self.hubs[link.to])
    }

    /// The columns of a table that are shown, with their positions.
    pub(super) fn columns(&self, table: usize) -> impl Iterator<Item = (usize, &'a Column)> {
        let columns = self.erd.tables[table].columns.iter().enumerate();
        let all = self.all_columns;
        columns.filter(move |(_, column)| all || column.primary || column.foreign || column.unique)
    }

    /// How many columns of a table are not shown.
    pub(super) fn hidden(&self, table: usize) -> usize {
        self.erd.tables[table].columns.len() - self.columns(table).count()
    }

    /// The link that starts at a column; of several, the one over the fewest columns.
    pub(super) fn link_at(&self, table: usize, column: usize) -> Option<&'a Link> {
        let links = self.erd.links.iter();
        links
            .filter(|link| link.from == table && link.columns.contains(&column))
            .min_by_key(|link| link.columns.len())
    }

    /// The links without a column: through join tables.
    pub(super) fn joins(&self, table: usize) -> impl Iterator<Item = &'a Link> {
        let links = self.erd.links.iter();
        links.filter(move |link| link.from == table && link.columns.is_empty())
    }
}
