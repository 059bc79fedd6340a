//! Tables with the same columns.

use std::collections::{BTreeMap, BTreeSet};

use snell_prisma::{Field, Model, ModelId};
use snell_source::{Confidence, Diagnostic, RuleMetadata};

use super::{together, words};
use crate::{
    rule::Context,
    support::{built, field_life::field_lives, majority, tables::TableModel, wording},
};

/// So many columns that two tables share are no accident.
const SHARED: usize = 8;

/// One finding for the tables of a schema that share their columns.
pub(super) fn findings(context: &Context<'_>, rule: &'static RuleMetadata) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut found = Vec::new();
    for tables in together::schemas(context) {
        let tables: Vec<TableModel<'_>> = tables
            .into_iter()
            .filter(|table| {
                lives.owned(table.model).is_none() && !words::is_record(&table.model.name)
            })
            .collect();
        let columns: Vec<BTreeMap<&str, &Field>> =
            tables.iter().map(|table| columns(table.model)).collect();
        let mut told: BTreeSet<ModelId> = BTreeSet::new();
        for (later, of_later) in columns.iter().enumerate() {
            let like = columns[..later].iter().enumerate();
            let twin = like
                .map(|(earlier, of_earlier)| (earlier, shared(of_earlier, of_later)))
                .filter(|(_, shared)| shared.len() >= SHARED)
                .max_by_key(|(earlier, shared)| (shared.len(), std::cmp::Reverse(*earlier)));
            if let Some((earlier, shared)) = twin
                && told.insert(tables[later].model.id)
            {
                found.push(finding(rule, tables[earlier], tables[later], &shared));
            }
        }
    }
    found
}

/// What a table says of its rows: neither keys nor times.
fn columns(model: &Model) -> BTreeMap<&str, &Field> {
    let own = model.columns().filter(|field| {
        !model.is_id(field.id)
            && !model.is_foreign_key(field.id)
            && !majority::is_creation_time(field)
            && !majority::is_change_time(field)
            && !field.name.to_ascii_lowercase().contains("deleted")
    });
    own.map(|field| (field.name.as_str(), field)).collect()
}

fn shared<'a>(
    one: &BTreeMap<&str, &'a Field>,
    other: &BTreeMap<&str, &'a Field>,
) -> Vec<(&'a Field, &'a Field)> {
    let pairs = other.iter().filter_map(|(name, field)| {
        let twin = one.get(name)?;
        (twin.ty == field.ty && twin.is_list() == field.is_list()).then_some((*twin, *field))
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by_key(|(_, field)| field.id);
    pairs
}

fn finding(
    rule: &'static RuleMetadata,
    earlier: TableModel<'_>,
    later: TableModel<'_>,
    shared: &[(&Field, &Field)],
) -> Diagnostic {
    let (first, own) = shared[0];
    let names: Vec<String> = shared
        .iter()
        .take(4)
        .map(|(_, field)| format!("`{}`", field.name))
        .collect();
    let mut found = Diagnostic::at(
        rule,
        later.schema.field_name(own),
        format!(
            "`{}` and `{}` have {} columns in common",
            later.model.name,
            earlier.model.name,
            shared.len()
        ),
    )
    .label(format!("{} and others", names.join(", ")))
    .related(
        earlier.schema.field_name(first),
        format!("the same in `{}`", earlier.model.name),
    )
    .confidence(Confidence::Likely);
    let apart = apart(earlier, later, shared);
    if !apart.is_empty() {
        found = found.note(format!("they differ already: {}", wording::and(&apart)));
    }
    found
        .help("give both the columns of one declaration: a table of its own that both refer to, which takes a join; or leave them apart and change both in one migration")
        .subject(format!("models:{},{}", earlier.model.name, later.model.name))
}

/// In what the columns are not quite the same.
fn apart(
    earlier: TableModel<'_>,
    later: TableModel<'_>,
    shared: &[(&Field, &Field)],
) -> Vec<String> {
    let mut found = Vec::new();
    let mut named = |what: &str, differs: &dyn Fn(&Field, &Field) -> bool| {
        let names: Vec<String> = shared
            .iter()
            .filter(|(one, other)| differs(one, other))
            .take(3)
            .map(|(_, field)| format!("`{}`", field.name))
            .collect();
        if !names.is_empty() {
            found.push(format!("{} in {what}", wording::and(&names)));
        }
    };
    named("what may be NULL", &|one, other| one.arity != other.arity);
    named("the default", &|one, other| {
        one.default.as_ref().map(|d| &d.value) != other.default.as_ref().map(|d| &d.value)
    });
    let checked = |table: TableModel<'_>, field: &Field| {
        built::table(table.schema, table.model).is_some_and(|built| built.allowed(field).is_some())
    };
    named("what a check allows", &|one, other| {
        checked(earlier, one) != checked(later, other)
    });
    found
}
