//! Diagrams of tables: Mermaid for pages, DOT for Graphviz, SVG drawn here.

mod dot;
mod layout;
mod mermaid;
mod sheet;
mod svg;
mod tamed;

use crate::erd::{Column, Erd, Holder, Link, OnDelete};

pub(crate) use self::svg::escape;
use self::tamed::Tamed;

/// How a diagram is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErdFormat {
    /// Text that GitHub and GitLab draw.
    Mermaid,
    /// A picture.
    Svg,
    /// Graphviz.
    Dot,
}

/// Which columns a diagram shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErdColumns {
    /// All while there are few tables, else keys.
    Auto,
    /// All.
    All,
    /// Those of keys and links.
    Keys,
}

/// How a diagram is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErdOptions {
    /// Which columns.
    pub columns: ErdColumns,
    /// Whether lines to hubs are drawn too.
    pub hub_edges: bool,
}

/// Up to here a diagram with all columns can be read.
const FEW_TABLES: usize = 40;

/// Draws a diagram. The same data give the same text.
#[must_use]
pub fn erd(erd: &Erd, format: ErdFormat, options: &ErdOptions) -> String {
    let tamed = Tamed::of(erd, options);
    match format {
        ErdFormat::Mermaid => mermaid::render(&tamed),
        ErdFormat::Svg => svg::render(&tamed),
        ErdFormat::Dot => dot::render(&tamed),
    }
}

/// The picture as part of a page, and the names of the tables' groups in it.
pub(crate) fn part(erd: &Erd, options: &ErdOptions) -> (String, Vec<String>) {
    let names = (0..erd.tables.len()).map(|at| svg::identifier(erd, at));
    (svg::part(&Tamed::of(erd, options)), names.collect())
}

/// The colours of a holder: fill of the heading, and its line.
fn colors(holder: Holder) -> (&'static str, &'static str) {
    match holder {
        Holder::Owner => ("#cfe3ff", "#1f5fbf"),
        Holder::Direct => ("#d3f0d8", "#23803a"),
        Holder::Through => ("#eef5c8", "#75851a"),
        Holder::Shared => ("#ead9fb", "#7a3fb8"),
        Holder::Global => ("#e6e6e6", "#6b6b6b"),
    }
}

/// The colour of a line.
fn stroke(link: &Link) -> &'static str {
    match link.on_delete {
        _ if link.kept.is_missing() => "#c2410c",
        Some(OnDelete::Cascade) => "#c01c3c",
        Some(OnDelete::SetNull | OnDelete::SetDefault) => "#7a7a7a",
        _ => "#3d4b5c",
    }
}

/// The marks of a column: what keys it is in.
fn marks(column: &Column) -> Vec<&'static str> {
    let marks = [
        (column.primary, "PK"),
        (column.foreign, "FK"),
        (column.unique && !column.primary, "UK"),
    ];
    marks
        .into_iter()
        .filter_map(|(is, mark)| is.then_some(mark))
        .collect()
}

/// `String?`, `Int[]`.
fn kind(column: &Column) -> String {
    let end = match (column.list, column.optional) {
        (true, _) => "[]",
        (false, true) => "?",
        (false, false) => "",
    };
    format!("{}{end}", column.kind)
}

/// What a line means, in words: `cascade`, `no foreign key in the migrations`.
fn meaning(link: &Link) -> String {
    use crate::erd::Kept;
    match &link.kept {
        Kept::ForeignKey => link.on_delete.map_or("", OnDelete::as_str).to_owned(),
        Kept::Migrations => match link.on_delete {
            Some(action) => format!("{}, in migrations only", action.as_str()),
            None => "in migrations only".to_owned(),
        },
        Kept::JoinTable(name) => format!("through {name}"),
        Kept::Unbuilt => "no foreign key in migrations".to_owned(),
        Kept::Client => "no foreign key: relationMode".to_owned(),
        Kept::Undeclared => "no foreign key".to_owned(),
    }
}

#[cfg(test)]
mod tests;
