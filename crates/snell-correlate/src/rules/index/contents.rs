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
        for (ask, uses) in asked.of_model(table.reference()) {
            let searched = searched(ask, manners, &existing, is_made);
            let narrowed = ask.unique
                || existing.iter().any(|index| advice::finds(datamodel, index, ask))
                // What a foreign key without an index lacks is told of the key.
                || ask.equal.iter().any(|field| table.model.is_foreign_key(*field));
            if searched.is_empty() || narrowed && !is_idle(&existing, ask, &searched) {
                continue;
            }
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
    existing.iter().any(|index| {
        let bound = index.bound(ask);
        bound > 0
            && index.is_plain()
            && index
                .keys
                .get(bound)
                .and_then(|key| key.field)
                .is_some_and(|field| searched.contains(&field))
    })
}

/// Whether an index finds rows by a part of a column: GIN, GiST, or one over an
/// expression of it.
pub(super) fn looks_inside(index: &TableIndex, field: FieldId) -> bool {
    let of_kind = !matches!(index.method.as_str(), "btree" | "hash" | "brin");
    index.inside.contains(&field) || of_kind && index.fields().any(|own| own == field)
}

impl Unfound<'_> {
    /// A finding at the first place.
    pub(super) fn finding(
        &self,
        rule: &'static RuleMetadata,
        message: &str,
        label: &str,
    ) -> Option<DiagnosticBuilder> {
        let (first, rest) = self.places.split_first()?;
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
        let names = self.columns.iter();
        let names = names.map(|column| format!("`{}`", self.table.schema.datamodel[*column].name));
        wording::and(&names.collect::<Vec<_>>())
    }

    /// The columns as SQL has them, each with what follows its name.
    pub(super) fn in_sql(&self, suffix: &str) -> String {
        let names = self.columns.iter();
        let names = names.map(|column| {
            format!(
                "\"{}\"{suffix}",
                self.table.schema.datamodel[*column].db_name
            )
        });
        names.collect::<Vec<_>>().join(", ")
    }

    /// The subject of a finding.
    pub(super) fn subject(&self) -> String {
        let columns = wording::fields(&self.table.schema.datamodel, &self.columns);
        wording::subject(self.table.model, &columns)
    }
}
