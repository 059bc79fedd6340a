//! One finding for what several columns or tables of a schema have in common: a habit is one
//! fault, however many places show it.

use rustc_hash::FxHashSet;
use snell_prisma::Field;
use snell_source::{Diagnostic, DiagnosticBuilder, Location, RuleMetadata};

use crate::{
    rule::Context,
    support::tables::{self, TableModel},
};

/// Places that a finding shows beside its first.
const SHOWN: usize = 8;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    /// Its table.
    pub table: TableModel<'a>,
    /// The field.
    pub field: &'a Field,
}

impl Column<'_> {
    /// `Model.field`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.table.model.name, self.field.name)
    }

    /// Where it is named.
    pub(super) fn at_name(&self) -> Location {
        self.table.schema.field_name(self.field)
    }

    /// Where its type is: that of the database, when the schema says it.
    pub(super) fn at_type(&self) -> Location {
        let schema = self.table.schema;
        match &self.field.native_type {
            Some(native) => schema.location(self.field.place(native.span)),
            None => schema.field_type(self.field),
        }
    }
}

/// The columns that a rule is about, schema by schema; schemas without one are left out.
pub(super) fn columns<'a>(
    context: &Context<'a>,
    is_one: impl Fn(Column<'a>) -> bool,
) -> Vec<Vec<Column<'a>>> {
    let mut found: Vec<Vec<Column<'a>>> = Vec::new();
    for table in tables::of_postgres(context) {
        let fields = table.model.columns().filter(|f| f.ignored.is_none());
        for column in fields.map(|field| Column { table, field }) {
            if !is_one(column) {
                continue;
            }
            match found.last_mut() {
                Some(last) if last[0].table.id == table.id => last.push(column),
                _ => found.push(vec![column]),
            }
        }
    }
    found
}

/// One finding for the columns of each schema that a rule is about.
pub(super) fn findings<'a>(
    context: &Context<'a>,
    is_one: impl Fn(Column<'a>) -> bool,
    finding: impl Fn(&[Column<'a>]) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let schemas = columns(context, is_one);
    schemas
        .iter()
        .filter_map(|columns| finding(columns))
        .collect()
}

/// The finding that says what all of some columns are: the noun for them, and the rest of the sentence.
pub(super) fn about<'a>(
    rule: &'static RuleMetadata,
    columns: &[Column<'a>],
    at: impl Fn(&Column<'a>) -> Location,
    (noun, what): (&str, &str),
    label: &str,
) -> Option<DiagnosticBuilder> {
    let message = format!("{} {what}", are(&names(columns), noun));
    finding(rule, &places(columns, at), message, label)
}

/// The tables, schema by schema.
pub(super) fn schemas<'a>(context: &Context<'a>) -> Vec<Vec<TableModel<'a>>> {
    let mut found: Vec<Vec<TableModel<'a>>> = Vec::new();
    for table in tables::of_postgres(context) {
        match found.last_mut() {
            Some(last) if last[0].id == table.id => last.push(table),
            _ => found.push(vec![table]),
        }
    }
    found
}

/// The subject of a sentence about some things: `` `a` is``, `` `a` and `b` are``,
/// `` `a` and 3 other columns are``.
pub(super) fn are(names: &[String], noun: &str) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}` is"),
        [first, second] => format!("`{first}` and `{second}` are"),
        [first, rest @ ..] => format!("`{first}` and {} other {noun} are", rest.len()),
    }
}

/// The columns' names, for [`are`].
pub(super) fn names(columns: &[Column<'_>]) -> Vec<String> {
    columns.iter().map(Column::name).collect()
}

/// A finding at the first place that shows the others, as far as there is room.
pub(super) fn finding(
    rule: &'static RuleMetadata,
    places: &[(Location, String)],
    message: impl Into<String>,
    label: impl Into<String>,
) -> Option<DiagnosticBuilder> {
    let ((at, _), rest) = places.split_first()?;
    let mut found = Diagnostic::at(rule, *at, message).label(label);
    for (at, text) in rest.iter().take(SHOWN) {
        found = found.related(*at, text.clone());
    }
    if let Some(more) = rest.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let names: Vec<&str> = rest[SHOWN..]
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        found = found.note(match more {
            1..=12 => format!("and {}", names.join(", ")),
            _ => format!("and {more} more"),
        });
    }
    Some(found)
}

/// The places of columns, one for each table when there are many: `at` says where.
pub(super) fn places<'a>(
    columns: &[Column<'a>],
    at: impl Fn(&Column<'a>) -> Location,
) -> Vec<(Location, String)> {
    let mut seen = FxHashSet::default();
    let all: Vec<(Location, String)> = columns.iter().map(|c| (at(c), c.name())).collect();
    if all.len() <= SHOWN + 1 {
        return all;
    }
    let mut first = Vec::new();
    let mut later = Vec::new();
    for (column, place) in columns.iter().zip(all) {
        match seen.insert(column.table.model.id) {
            true => first.push(place),
            false => later.push(place),
        }
    }
    first.extend(later);
    first
}
