//! A way of an `OR` that compares with a column of a row which may be `null`: then it
//! finds what the way beside it finds, without what that one asks beside.

use snell_flow::{ArrayValue, Entry, Fact, ObjectValue, QueryEvent, Root, Step, Value};
use snell_source::{Confidence, Diagnostic};

use super::RULE;
use crate::{functions, rule::Context};

/// Conditions inside conditions that are looked into.
const DEPTH: u32 = 4;

/// The way that may compare with `null`, and the one that asks for more of such rows.
struct Ways<'v> {
    column: &'v str,
    open: &'v Entry,
    narrow: &'v Entry,
}

pub(super) fn finding(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let model = project.schemas.model(call.model()?);
    if !functions::is_application(project, call.module) {
        return None;
    }
    let arguments = event.query.arguments.first()?.as_object()?;
    let filter = arguments.entries.get("where")?.value.as_object()?;
    let ways = within(context, event, filter, DEPTH)?;
    let column = ways.column;
    let title = format!("{}.{}", model.accessor, call.operation.as_str());
    let at = |entry: &Entry| project.modules.at(entry.module, entry.key);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at(ways.open),
            format!("`{title}` finds all rows without `{column}` when this one is `null`"),
        )
        .label("may be `null`: then every row without one is found")
        .related(at(ways.narrow), "the way that asks for more of these rows")
        .related(project.modules.at(call.module, call.name.span), "the query")
        .confidence(Confidence::Likely)
        .help(format!(
            "leave the way out when there is no `{column}` to compare with: `...(it ? [{{ {column}: it }}] : [])`"
        ))
        .subject(format!(
            "query:{} {title} {column}",
            functions::name(project, event.function)
        )),
    )
}

/// The ways of the first `OR` of a condition that stand so.
fn within<'v>(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    filter: &'v ObjectValue,
    depth: u32,
) -> Option<Ways<'v>> {
    let depth = depth.checked_sub(1)?;
    filter
        .entries
        .iter()
        .find_map(|(key, entry)| match (key.as_str(), &entry.value) {
            ("OR", Value::Array(ways)) => {
                let inside = || inside(context, event, ways, depth);
                beside(context, event, ways).or_else(inside)
            }
            ("AND", Value::Array(all)) => inside(context, event, all, depth),
            ("AND", Value::Object(all)) => within(context, event, all, depth),
            _ => None,
        })
}

fn inside<'v>(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    list: &'v ArrayValue,
    depth: u32,
) -> Option<Ways<'v>> {
    let mut objects = list.elements.iter().filter_map(Value::as_object);
    objects.find_map(|object| within(context, event, object, depth))
}

/// `OR: [{ role, groupId: null }, { groupId: member.groupId }]`
fn beside<'v>(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    ways: &'v ArrayValue,
) -> Option<Ways<'v>> {
    let known = || {
        let objects = ways.elements.iter().filter_map(Value::as_object);
        objects.filter(|object| object.spreads.is_empty())
    };
    known().find_map(|way| {
        let mut entries = way.entries.iter();
        let (Some((column, open)), None) = (entries.next(), entries.next()) else {
            return None;
        };
        if !may_be_null(context, event, &open.value) {
            return None;
        }
        let narrow = known().find_map(|other| {
            let entry = other.entries.get(column)?;
            (other.entries.len() > 1 && entry.value == Value::Null).then_some(entry)
        })?;
        Some(Ways {
            column,
            open,
            narrow,
        })
    })
}

/// Whether a value is a column of a row that may be `null`, and nothing before the query
/// asks whether it is.
fn may_be_null(context: &Context<'_>, event: &QueryEvent<'_>, value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let (Root::Row(row), [Step::Property(name)]) = (&opaque.root, opaque.path.as_slice()) else {
        return false;
    };
    let project = context.project;
    let Some(model) = project.calls.get(row.call).model() else {
        return false;
    };
    let field = project.schemas.model(model).field(name);
    let asked = event.event.facts.iter().any(|fact| match fact {
        Fact::Truthy(known) => known == value,
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => a == value || b == value,
        Fact::Falsy(_) | Fact::OneOf(_) => false,
    });
    field.is_some_and(|field| !field.is_required() && !field.is_list()) && !asked
}
