//! Tables with the same columns.

use std::collections::BTreeMap;

use snell_prisma::{Field, Model};
use snell_source::{Confidence, Diagnostic, RuleMetadata};

use super::{together, words};
use crate::{
    rule::Context,
    support::{built, field_life::field_lives, row_times, tables::TableModel, wording},
};

/// So many columns that two tables share are no accident.
const SHARED: usize = 8;

/// Tables that a finding shows beside its first two.
const SHOWN: usize = 6;

/// Tables that share their columns: the first two of them, what these share, and the others.
struct Alike<'a> {
    earlier: TableModel<'a>,
    later: TableModel<'a>,
    shared: Vec<(&'a Field, &'a Field)>,
    others: Vec<TableModel<'a>>,
}

/// One finding for tables of a schema that share their columns.
pub(super) fn findings(context: &Context<'_>, rule: &'static RuleMetadata) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut found = Vec::new();
    for mut tables in together::schemas(context) {
        tables.retain(|table| {
            lives.owned(table.model).is_none() && !words::is_record(&table.model.name)
        });
        found.extend(groups(&tables).iter().map(|alike| finding(rule, alike)));
    }
    found
}

fn groups<'a>(tables: &[TableModel<'a>]) -> Vec<Alike<'a>> {
    let columns: Vec<BTreeMap<&str, &Field>> =
        tables.iter().map(|table| columns(table.model)).collect();
    let mut groups: Vec<Alike<'a>> = Vec::new();
    let mut group_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (later, of_later) in columns.iter().enumerate() {
        let like = columns[..later].iter().enumerate();
        let twin = like
            .map(|(earlier, of_earlier)| (earlier, shared(of_earlier, of_later)))
            .filter(|(_, shared)| shared.len() >= SHARED)
            .max_by_key(|(earlier, shared)| (shared.len(), std::cmp::Reverse(*earlier)));
        let Some((earlier, shared)) = twin else {
            continue;
        };
        let group = match group_of.get(&earlier) {
            Some(group) => {
                groups[*group].others.push(tables[later]);
                *group
            }
            None => {
                groups.push(Alike {
                    earlier: tables[earlier],
                    later: tables[later],
                    shared,
                    others: Vec::new(),
                });
                groups.len() - 1
            }
        };
        group_of.insert(earlier, group);
        group_of.insert(later, group);
    }
    groups
}

/// What a table says of its rows: neither keys nor times.
fn columns(model: &Model) -> BTreeMap<&str, &Field> {
    let own = model.columns().filter(|field| {
        !model.is_id(field.id)
            && !model.is_foreign_key(field.id)
            && !row_times::is_creation_time(field)
            && !row_times::is_change_time(field)
            && !is_common(field)
    });
    own.map(|field| (field.name.as_str(), field)).collect()
}

/// Columns that many tables have, whatever they are of: who changed a row, where it stands.
fn is_common(field: &Field) -> bool {
    let words = words::of(&field.name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    last == "by"
        || words
            .iter()
            .any(|word| word == "deleted" || word == "archived")
        || matches!(
            last,
            "order" | "position" | "version" | "active" | "enabled" | "type" | "status"
        )
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

fn finding(rule: &'static RuleMetadata, alike: &Alike<'_>) -> Diagnostic {
    let Alike {
        earlier,
        later,
        shared,
        others,
    } = alike;
    let (first, own) = shared[0];
    let names: Vec<String> = shared
        .iter()
        .take(4)
        .map(|(_, field)| format!("`{}`", field.name))
        .collect();
    let more = match others.len() {
        0 => String::new(),
        1 => ", and another table with them".to_owned(),
        more => format!(", and {more} other tables with them"),
    };
    let mut found = Diagnostic::at(
        rule,
        later.schema.field_name(own),
        format!(
            "`{}` and `{}` have {} columns in common{more}",
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
    for other in others.iter().take(SHOWN) {
        found = found.related(
            other.schema.model_name(other.model),
            format!("`{}` has most of them", other.model.name),
        );
    }
    let apart = apart(*earlier, *later, shared);
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
