//! Queries of growing tables whose conditions no ordinary index serves.

use std::collections::BTreeSet;

use snell_prisma::FieldId;
use snell_source::{Diagnostic, DiagnosticBuilder, Location, RuleMetadata};

use crate::{
    rule::Context,
    support::{
        advice,
        asked::{Ask, Asked, Manner},
        growth::Growths,
        indexes::{self, TableIndex},
        tables::{self, TableModel},
        wording,
    },
};

/// Places that a finding names beside its own.
const MOST_PLACES: usize = 4;

/// Columns of one table that queries look into, and nothing finds rows by.
pub(super) struct Unfound<'a> {
    pub(super) table: TableModel<'a>,
    /// The columns, in the order of the schema.
    pub(super) columns: Vec<FieldId>,
    /// Where queries look.
    pub(super) places: Vec<Location>,
    /// An ordinary index that has one of the columns, and does not serve.
    pub(super) idle: Option<TableIndex>,
    /// The columns that every one of the queries fixes, and by which an index finds
    /// the rows among which it looks. Without any, it looks at the whole table.
    pub(super) within: Vec<FieldId>,
}

/// By table, the columns that queries compare in one of these manners, where no index
/// finds the rows by another condition, and none is made for such a search.
pub(super) fn unfound<'a>(
    context: &Context<'a>,
    manners: &[Manner],
    is_made: fn(&TableIndex, FieldId) -> bool,
) -> Vec<Unfound<'a>> {
    let asked = Asked::shared(context);
    let growths = Growths::shared(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        if !growths.of_model(table.reference()).growth.is_by_use() {
            continue;
        }
        let existing = indexes::of(table.schema, table.model);
        let datamodel = &table.schema.datamodel;
        let mut columns = BTreeSet::new();
        let mut places = Vec::new();
        let mut within: Option<BTreeSet<FieldId>> = None;
        for (ask, uses) in asked.of_model(table.reference()) {
            let searched = searched(ask, manners, &existing, is_made);
            let narrowed = ask.unique
                || existing.iter().any(|index| advice::finds(datamodel, index, ask))
                // What a foreign key without an index lacks is told of the key.
                || ask.equal.iter().any(|field| table.model.is_foreign_key(*field));
            if searched.is_empty() || narrowed && !is_idle(&existing, ask, &searched) {
                continue;
            }
            let fixed = match narrowed {
                true => led(&existing, ask, &searched),
                false => BTreeSet::new(),
            };
            within = Some(match within {
                Some(known) => &known & &fixed,
                None => fixed,
            });
            columns.extend(searched);
            let more = uses.iter().map(|place| place.at);
            places.extend(more);
        }
        places.sort();
        places.dedup();
        if !places.is_empty() {
            let idle = existing.into_iter().find(|index| {
                index.ordered && index.fields().any(|field| columns.contains(&field))
            });
            found.push(Unfound {
                table,
                columns: columns.into_iter().collect(),
                places,
                idle,
                within: within.unwrap_or_default().into_iter().collect(),
            });
        }
    }
    found
}

fn searched(
    ask: &Ask,
    manners: &[Manner],
    existing: &[TableIndex],
    is_made: fn(&TableIndex, FieldId) -> bool,
) -> Vec<FieldId> {
    let compared = ask.compared.iter();
    compared
        .filter(|(field, manner)| {
            manners.contains(manner) && !existing.iter().any(|index| is_made(index, **field))
        })
        .map(|(field, _)| *field)
        .collect()
}

/// Whether an ordinary index was made for the search: it has the column right behind
/// those that the query fixes, two columns at least.
fn is_idle(existing: &[TableIndex], ask: &Ask, searched: &[FieldId]) -> bool {
    !led(existing, ask, searched).is_empty()
}

/// The columns of such an index that the query fixes.
fn led(existing: &[TableIndex], ask: &Ask, searched: &[FieldId]) -> BTreeSet<FieldId> {
    let made = existing.iter().find(|index| {
        let behind = index.keys.get(index.bound(ask)).and_then(|key| key.field);
        index.bound(ask) > 0
            && index.is_plain()
            && behind.is_some_and(|field| searched.contains(&field))
    });
    let keys = made.map_or(&[][..], |index| &index.keys[..index.bound(ask)]);
    keys.iter().filter_map(|key| key.field).collect()
}

/// Whether an index finds rows by a part of a column: GIN, GiST, or one over an
/// expression of it.
pub(super) fn looks_inside(index: &TableIndex, field: FieldId) -> bool {
    let of_kind = !matches!(index.method.as_str(), "btree" | "hash" | "brin");
    index.inside.contains(&field) || of_kind && index.fields().any(|own| own == field)
}

impl Unfound<'_> {
    /// A finding at the first place. `label` says what is done with every row.
    pub(super) fn finding(
        &self,
        rule: &'static RuleMetadata,
        message: &str,
        label: &str,
    ) -> Option<DiagnosticBuilder> {
        let (first, rest) = self.places.split_first()?;
        let label = match self.within.as_slice() {
            [] => label.to_owned(),
            within => format!("{label} that {} leaves", self.named(within)),
        };
        let mut found = Diagnostic::at(rule, *first, message).label(label);
        for place in rest.iter().take(MOST_PLACES) {
            found = found.related(*place, "searches in the same way");
        }
        if rest.len() > MOST_PLACES {
            let more = rest.len() - MOST_PLACES;
            found = found.note(format!("{more} more places search in the same way"));
        }
        for column in self.columns.iter().take(MOST_PLACES) {
            let field = &self.table.schema.datamodel[*column];
            found = found.related(self.table.schema.field_name(field), "searched");
        }
        if let Some(index) = &self.idle {
            found = found.related(
                index.at,
                "sorted by the column as it is: of no use to the search",
            );
        }
        Some(found)
    }

    /// The columns as a sentence has them.
    pub(super) fn names(&self) -> String {
        self.named(&self.columns)
    }

    /// Some columns as a sentence has them.
    pub(super) fn named(&self, columns: &[FieldId]) -> String {
        let names = columns.iter();
        let names = names.map(|column| format!("`{}`", self.table.schema.datamodel[*column].name));
        wording::and(&names.collect::<Vec<_>>())
    }

    /// The columns as SQL has them, each with what follows its name.
    pub(super) fn in_sql(&self, suffix: &str) -> String {
        let names = self.columns.iter().map(|column| self.spelled(*column));
        let names = names.map(|name| format!("{name}{suffix}"));
        names.collect::<Vec<_>>().join(", ")
    }

    /// A column as SQL has it.
    pub(super) fn spelled(&self, column: FieldId) -> String {
        format!("\"{}\"", self.table.schema.datamodel[column].db_name)
    }

    /// The subject of a finding.
    pub(super) fn subject(&self) -> String {
        let columns = wording::fields(&self.table.schema.datamodel, &self.columns);
        wording::subject(self.table.model, &columns)
    }
}
