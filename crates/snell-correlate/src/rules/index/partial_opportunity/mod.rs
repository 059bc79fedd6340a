//! An index of which all queries want the same part.

use std::collections::BTreeMap;

use snell_prisma::FieldId;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        advice::text,
        asked::{Ask, Asked, Use},
        growth::Growths,
        index_use::{Current, CurrentIndex, Standing},
        indexes::TableIndex,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/partial-opportunity",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "All queries of an index ask for the same part of the rows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Places that must say the same.
const LEAST: usize = 2;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let asked = Asked::shared(context);
    let growths = Growths::shared(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        if growths.of_model(table.reference()).growth.is_by_use()
            && !asked.is_partly_unknown(table.reference())
        {
            // One table's queries have one condition: it is told of its first index.
            let mut indexes = current.of(&table).iter();
            found.extend(indexes.find_map(|one| finding(&table, one, &asked)));
        }
    }
    found
}

/// The condition that every query of an index makes: the column, how SQL says it, and
/// where.
fn common(index: &TableIndex, asks: &[(&Ask, &[Use])]) -> Option<(FieldId, String, Vec<Use>)> {
    let mut conditions: BTreeMap<(FieldId, &str), Vec<Use>> = BTreeMap::new();
    let mut queries = 0;
    for (ask, uses) in asks {
        let first = index.fields().next()?;
        let wanted = ask.fixes(first)
            || ask.ranged.contains(&first)
            || ask.optional.contains(&first)
            || ask.order.first().is_some_and(|sort| sort.field == first);
        if !wanted || ask.unique {
            continue;
        }
        queries += 1;
        for (field, value) in &ask.constant {
            if let Some(value) = value.as_deref().filter(|_| !ask.optional.contains(field)) {
                conditions.entry((*field, value)).or_default().extend(*uses);
            }
        }
    }
    let of_all = |(field, value): &(FieldId, &str)| {
        asks.iter()
            .filter(|(ask, _)| {
                ask.constant
                    .get(field)
                    .is_some_and(|own| own.as_deref() == Some(*value))
            })
            .count()
    };
    let (key, places) = conditions.into_iter().find(|(key, places)| {
        let mut at: Vec<_> = places.iter().map(|place| place.at).collect();
        at.sort();
        at.dedup();
        of_all(key) >= queries && at.len() >= LEAST
    })?;
    Some((key.0, key.1.to_owned(), places))
}

fn finding(table: &TableModel<'_>, one: &CurrentIndex, asked: &Asked) -> Option<Diagnostic> {
    let index = &one.index;
    let first = index.fields().next()?;
    // What another index serves better, or nothing asks for, goes: a part of it has no use either. And
    // the database looks for all rows of a row that goes.
    let used = matches!(one.standing(), Standing::Used | Standing::Partly);
    if !index.is_plain() || !used || table.model.is_foreign_key(first) {
        return None;
    }
    let asks: Vec<(&Ask, &[Use])> = asked.of_model(table.reference()).collect();
    let (field, value, places) = common(index, &asks)?;
    let (schema, model) = (table.schema, table.model);
    let column = &schema.datamodel[field];
    let kept: Vec<String> = index
        .fields()
        .filter(|own| *own != field)
        .map(|own| format!("\"{}\"", schema.datamodel[own].db_name))
        .collect();
    if kept.is_empty() {
        return None;
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        index.at,
        format!(
            "every query that `{}` on `{}` serves asks for `{}` {value}",
            index.name, model.name, column.name
        ),
    )
    .label("has entries for all other rows, too")
    .related(schema.field_name(column), "compared with a constant");
    for place in places.iter().take(3) {
        found = found.related(place.at, format!("only where `{}` {value}", column.name));
    }
    let columns: Vec<FieldId> = index.fields().collect();
    Some(
        found
            .help(format!(
                "an index of those rows alone is smaller, and other rows cost it nothing: `CREATE INDEX CONCURRENTLY ON {} ({}) WHERE \"{}\" {value};`, in place of this one",
                text::table(model),
                kept.join(", "),
                column.db_name
            ))
            .subject(wording::subject(model, &wording::fields(&schema.datamodel, &columns))),
    )
}
